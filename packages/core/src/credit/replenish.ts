/**
 * Who gets how much credit: pure decisions on plain numbers. Owns the arithmetic of fairness (deficit round
 * robin) and of windows; holds that what is dealt is at most what is free and at most what is needed.
 * Called by the lender, which carries the deal out; must not know words, slots or signals.
 *
 * Deficit round robin after M. Shreedhar and G. Varghese, "Efficient Fair Queuing Using Deficit Round-Robin"
 * (SIGCOMM 1995), with one credit as the unit and the number of distinct waiting senders as the quantum.
 * Three senders parked on host 1 and one on host 2, 8 credits free: host 1 gets 3, host 2 gets 1, host 1
 * gets 3, host 2 gets 1; so each *sender* got 2, however the senders are spread over hosts.
 */

/** Hosts that wait for credit on one mailbox, in their order of service, and what each still has coming. */
export class Round {
  /** Hosts that wait, the next to be served first. */
  readonly hosts: number[] = [];
  /** By host: credits that it may still take in its present turn. */
  readonly #deficits: number[] = [];
  /** True when the first host's turn began and its quantum was added already. */
  #begun = false;

  /** What the host whose turn it is may still take in it; 0 when its turn has not begun. */
  get rest(): number {
    const first = this.hosts[0];
    return first === undefined || !this.#begun ? 0 : (this.#deficits[first] as number);
  }

  /** Puts a host at the end. False when it waits already. */
  enter(host: number): boolean {
    if (this.hosts.includes(host)) return false;
    this.hosts.push(host);
    this.#deficits[host] = 0;
    return true;
  }

  /** Takes a host out; what it had coming is void. */
  leave(host: number): void {
    const at = this.hosts.indexOf(host);
    if (at === -1) return;
    this.hosts.splice(at, 1);
    if (at === 0) this.#begun = false;
  }

  /**
   * Deals up to `free` credits. A host gets its quantum, `weights[host]`, a turn, never more than it needs;
   * where a deal stops for want of credit the next one goes on.
   *
   * @param needs by host: credits it could use; lowered by what it is dealt
   * @param weights by host: distinct waiting senders, at least 1
   * @param dealt by host: raised by what it is dealt
   * @returns credits dealt
   */
  deal(free: number, needs: Int32Array, weights: Int32Array, dealt: Int32Array): number {
    let left = free;
    let idle = 0;
    while (left > 0 && idle < this.hosts.length) {
      const host = this.hosts[0] as number;
      const need = needs[host] as number;
      if (need === 0) {
        idle += 1;
        this.#rotate(host);
        continue;
      }
      idle = 0;
      if (!this.#begun) {
        this.#deficits[host] = (this.#deficits[host] as number) + (weights[host] as number);
        this.#begun = true;
      }
      const deficit = this.#deficits[host] as number;
      const share = Math.min(deficit, need, left);
      needs[host] = need - share;
      dealt[host] = (dealt[host] as number) + share;
      this.#deficits[host] = deficit - share;
      left -= share;
      if (share === need || share === deficit) this.#rotate(host);
    }
    return free - left;
  }

  /** Ends the first host's turn. A host that took all it needed keeps no claim on a later turn. */
  #rotate(host: number): void {
    this.hosts.shift();
    this.hosts.push(host);
    this.#deficits[host] = 0;
    this.#begun = false;
  }
}

/**
 * Credits that a host should hold unspent before it asks, after `used` messages came from it since the last
 * look. A window needs rate × round trip to keep a sender from running dry; the owner cannot see the round
 * trip, but it sees the sender run dry: then the window doubles. A window four times larger than what was
 * used shrinks by half. So it settles within a factor of 2 of the need, from either side.
 *
 * @param capacity of the mailbox; no window is larger
 */
export function nextWindow(window: number, used: number, ranDry: boolean, capacity: number): number {
  if (ranDry) return Math.min(Math.max(window * 2, 1), capacity);
  if (used * 4 < window) return Math.max(window >> 1, 1);
  return window;
}

/** A host's first window: half the mailbox shared among the hosts that use it, at least 1. */
export function firstWindow(capacity: number, hosts: number): number {
  return Math.max(Math.floor(capacity / (2 * hosts)), 1);
}
