/**
 * What a run comes to, in figures: pure functions from what it left behind. Lost means accepted from the
 * source and not in the database; it is counted from the database's rows and from nothing that a pipeline says.
 */
import type { Outcome } from './experiment.ts';

/** The figures of one run. */
export interface Summary {
  readonly stored: number;
  readonly lost: number;
  readonly needReview: number;
  /** Rows that were delivered more than once. */
  readonly redelivered: number;
  readonly retries: number;
  readonly refusedByApi: number;
  readonly perSecond: number;
  /** From accepted to stored. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From arrived to stored, the time in the log included. */
  readonly endToEndP99Ms: number;
  readonly peakRssBytes: number;
  readonly peakInMemory: number;
  readonly peakInLog: number;
  readonly seconds: number;
  readonly samplesDropped: number;
}

/** The figures of a run. */
export function summarise(outcome: Outcome): Summary {
  const { stored, samples, scenario, seconds } = outcome;
  const waited = stored.map((row) => row.storedAtMs - row.acceptedAtMs);
  const last = samples.at(-1);
  return {
    stored: stored.length,
    lost: scenario.events - stored.length,
    needReview: stored.filter((row) => row.needsReview).length,
    redelivered: stored.filter((row) => row.deliveries > 1).length,
    retries: last?.retries ?? 0,
    refusedByApi: last?.limited ?? 0,
    perSecond: stored.length / seconds,
    p50Ms: percentile(waited, 0.5),
    p99Ms: percentile(waited, 0.99),
    endToEndP99Ms: percentile(
      stored.map((row) => row.storedAtMs - row.arrivedAtMs),
      0.99,
    ),
    peakRssBytes: peak(samples.map((sample) => sample.rssBytes)),
    peakInMemory: peak(samples.map((sample) => sample.accepted - sample.done)),
    peakInLog: peak(samples.map((sample) => sample.arrived - sample.accepted)),
    seconds,
    samplesDropped: outcome.samplesDropped,
  };
}

/** The smallest value that at least this share of `values` does not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function peak(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), 0);
}
