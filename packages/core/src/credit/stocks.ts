/**
 * The credits that the leases of one host have drawn ahead. Owns the list of leases that have a stock and the number
 * of the pass; holds that no stock outlives its pass. Leases enter themselves; the lease table ends the pass.
 */

/** A lease, as far as its stock goes. */
export interface Stocked {
  /** Returns what is left. */
  drain(): void;
}

/** The stocks of one host. */
export class Stocks {
  /** The number of this pass. */
  pass = 0;
  #stocked: Stocked[] = [];
  #spare: Stocked[] = [];

  /** A lease is about to draw credits ahead. It says so once in a pass. */
  add(lease: Stocked): void {
    this.#stocked.push(lease);
  }

  /** The pass is over: every stock goes back. */
  drain(): void {
    this.pass = (this.pass + 1) & 0x3fffffff;
    if (this.#stocked.length === 0) return;
    const stocked = this.#stocked;
    this.#stocked = this.#spare;
    for (const lease of stocked) lease.drain();
    stocked.length = 0;
    this.#spare = stocked;
  }
}
