/**
 * How often a host may be started again, and after which wait. Decides only; the pool acts. Holds that a
 * host which keeps failing is given up on, and that one which failed long ago is forgiven.
 */

/** Bounds of restarting one host. */
export interface RestartLimits {
  /** Restarts within `withinMs`; one more gives the host up. */
  readonly max: number;
  readonly withinMs: number;
  /** Wait before the first restart in a row; each further one waits twice as long. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** Restarts of one host, as a sliding window. */
export class RestartBudget {
  readonly #limits: RestartLimits;
  #restartsMs: number[] = [];

  constructor(limits: RestartLimits) {
    this.#limits = limits;
  }

  /**
   * Asks for one restart.
   *
   * @param nowMs any clock that does not go back
   * @returns milliseconds to wait before it, or undefined when the budget is spent
   */
  take(nowMs: number): number | undefined {
    const { max, withinMs, backoffMinMs, backoffMaxMs } = this.#limits;
    this.#restartsMs = this.#restartsMs.filter((at) => nowMs - at < withinMs);
    if (this.#restartsMs.length >= max) return undefined;
    const waitMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** this.#restartsMs.length);
    this.#restartsMs.push(nowMs);
    return waitMs;
  }
}
