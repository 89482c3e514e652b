/**
 * What a run hands back to the benchmark library. Owns the shape; the names are those of tinybench, which reads
 * them instead of its own clock, so that it can be given a figure for each message. Knows no library.
 */

/** The outcome of one run that counts. */
export interface TimedRun {
  /** Milliseconds of one message: what the library shows as latency, and its inverse as operations a second. */
  readonly overriddenDuration: number;
  /** Milliseconds of the whole run: what counts towards the time that a benchmark may take. */
  readonly overriddenIterationCost: number;
}
