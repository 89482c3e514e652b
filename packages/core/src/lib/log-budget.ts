/**
 * Keeps a flood of equal events from flooding the log: so many lines a period, then silence, then the
 * number left out. Owns its counters. Called by whatever logs once for each message or failure.
 */

/** Lines a period. */
const LINES_MAX = 10;

/** Length of a period. */
const PERIOD_MS = 1_000;

/** A budget of log lines. */
export class LogBudget {
  #periodEndsAtMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /** How many lines were left out since the last one, when this one may be written; null when it may not. */
  take(nowMs: number): number | null {
    if (nowMs >= this.#periodEndsAtMs) {
      this.#periodEndsAtMs = nowMs + PERIOD_MS;
      this.#lines = 0;
    }
    if (this.#lines === LINES_MAX) {
      this.#leftOut += 1;
      return null;
    }
    this.#lines += 1;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
