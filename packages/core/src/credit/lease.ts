/**
 * The sending side of credit: what one host may send to one actor of another host. Owns the `spent` half
 * of the lease word and the counts of the demand word; holds that a message is paid for before it leaves
 * and that no wake-up is lost. Called by the host's outbound line for that actor, on the host's own thread;
 * must not know messages, lines or the mailbox.
 *
 * Paying is one compare-exchange and two loads, and allocates nothing. A host that pays again in the same pass
 * draws some credits ahead, twice as many each time: they are spent as far as the owner can see, lie in the
 * lease's stock, and pay for the next messages without a look at shared memory. What is left of them goes back
 * when the pass ends (`stocks.ts`), so a stock outlives no pass, and nobody waits for one longer than that. While
 * somebody waits for credit on this slot nothing is drawn ahead. The idea is that of the stocks that Linux charges
 * memory groups from (`consume_stock`, mm/memcontrol.c).
 *
 * No wake-up is lost, because both sides write before they read:
 *
 *   sender: write demand · post DEMAND · try to spend once more · wait
 *   owner:  write granted · read demand · post GRANT if somebody waits
 *
 * Whatever the order, either the sender's second try sees the credit or the owner's read sees the demand.
 * The same holds between {@link Lease.refund} (write spent, read `wanted`) and an owner that runs short
 * (write `wanted`, read every lease).
 */
import {
  ANNOUNCED,
  besideLease,
  demandAt,
  leaseAt,
  NOTICED,
  packDemand,
  packDirectory,
  sendsOf,
  SIGNALS,
  unspentOf,
  WANTED,
  withSpent,
} from './layout.ts';
import { STOCK_MAX_CREDITS } from '../limits.ts';
import type { CreditPort } from './ports.ts';
import type { SharedWords } from './shared-words.ts';
import type { Stocks } from './stocks.ts';

/**
 * The answer to an attempt to pay: `paid`; `dry`, no credit now; `closed`, this generation of the slot is
 * over and the sender must look the address up again (the actor stopped or moved).
 */
export type Payment = 'paid' | 'dry' | 'closed';

/** One host's lease on one slot of another host, for one generation. */
export class Lease {
  // First what each payment touches, so that it lies in the object's first cache line.
  /** Credits that were spent and paid for nothing yet. */
  #stock = 0;
  /** Credits to draw with the next payment of this pass, itself included. */
  #draw = 1;
  /** The pass in which it was paid with last. */
  #pass = -1;
  readonly #words: SharedWords;
  readonly #leaseAt: number;
  /** The slot, among its owner's. */
  readonly slot: number;
  /** Which use of the slot the lease is for. */
  readonly generation: number;
  readonly #stocks: Stocks;
  /** Host that owns the slot. */
  readonly owner: number;
  readonly #demandAt: number;
  readonly #port: CreditPort;
  #superseded = false;

  /**
   * @param words the page of `owner` that holds `slot`
   * @param host the sending host, whose thread this is
   * @param generation what the owner said when it gave the slot
   * @param stocks the stocks of all leases of `host`
   */
  constructor(
    words: SharedWords,
    owner: number,
    slot: number,
    host: number,
    generation: number,
    port: CreditPort,
    stocks: Stocks,
  ) {
    this.owner = owner;
    this.slot = slot;
    this.generation = generation;
    this.#words = words;
    this.#leaseAt = leaseAt(slot, host);
    this.#demandAt = demandAt(slot, host);
    this.#port = port;
    this.#stocks = stocks;
  }

  /** False once the slot's generation is over. */
  get open(): boolean {
    return (this.#directory() | WANTED) === packDirectory(this.generation, true);
  }

  /** Credits drawn ahead. For checks. */
  get stock(): number {
    return this.#stock;
  }

  /** Pays for one message. After `paid` the message must be sent, or {@link refund} called. */
  trySpend(): Payment {
    if (this.#stock === 0) return this.#spend();
    this.#stock -= 1;
    return 'paid';
  }

  /**
   * Returns `count` payments whose messages will not be sent (encoding failed, an abort, a filter), and the stock.
   * They are unspent credit of this host again; the caller then serves its own line, if it has one.
   */
  refund(count: number): void {
    const words = this.#words;
    // With the stock, so that there is one only where a message was sent, and so a pass that will end.
    const returned = count + this.#stock;
    this.#stock = 0;
    for (;;) {
      const lease = words.load(this.#leaseAt);
      if (words.compareExchange(this.#leaseAt, lease, withSpent(lease, -returned)) === lease) break;
    }
    if ((this.#directory() & WANTED) !== 0) this.announce();
  }

  /** Returns the stock. Called at the end of a pass. */
  drain(): void {
    if (this.#stock > 0) this.refund(0);
  }

  /** What the owner says of the slot to this host. */
  #directory(): number {
    return this.#words.load(besideLease(this.#leaseAt));
  }

  /** Forgets the stock: the owner died, and its books with it. */
  forfeit(): void {
    this.#stock = 0;
  }

  #spend(): Payment {
    const words = this.#words;
    const wish = this.#nextDraw();
    let drawn: number;
    for (;;) {
      const lease = words.load(this.#leaseAt);
      const unspent = unspentOf(lease);
      if (unspent === 0) return this.open ? 'dry' : 'closed';
      // Never more than half: what stays can be taken back by the owner at any time.
      drawn = Math.max(Math.min(wish, unspent >> 1), 1);
      if (words.compareExchange(this.#leaseAt, lease, withSpent(lease, drawn)) === lease) break;
    }
    // Only after paying: an owner that closes the slot first changes the generation, then takes the credit
    // back, so a payment that it did not catch is one that sees the change here.
    if (!this.open) {
      this.refund(drawn);
      return 'closed';
    }
    this.#stock = drawn - 1;
    return 'paid';
  }

  /** One credit for the first payment of a pass, twice as many for each that follows, unless somebody waits for them. */
  #nextDraw(): number {
    const { pass } = this.#stocks;
    if (this.#pass !== pass) {
      this.#pass = pass;
      this.#draw = 1;
      return 1;
    }
    if ((this.#directory() & WANTED) !== 0) return 1;
    if (this.#draw === 1) this.#stocks.add(this);
    this.#draw = Math.min(this.#draw * 2, STOCK_MAX_CREDITS);
    return this.#draw;
  }

  /**
   * Writes down how much waits here. Before it waits, a host calls this, then {@link announce}, then
   * {@link trySpend} once more. When nothing waits any more, an owner that runs short is told, because
   * credit left over here may be somebody else's.
   */
  want(sends: number, senders: number): void {
    if (this.#superseded) return;
    const counts = packDemand(sends, senders);
    const words = this.#words;
    for (;;) {
      const demand = words.load(this.#demandAt);
      if ((demand & ~SIGNALS) === counts) return;
      if (words.compareExchange(this.#demandAt, demand, (demand & SIGNALS) | counts) === demand) break;
    }
    if (counts === 0 && (this.#directory() & WANTED) !== 0) this.announce();
  }

  /** Asks the owner to look at this lease, unless such a signal is under way. */
  announce(): void {
    const words = this.#words;
    for (;;) {
      const demand = words.load(this.#demandAt);
      if ((demand & ANNOUNCED) !== 0) return;
      if (words.compareExchange(this.#demandAt, demand, demand | ANNOUNCED) === demand) break;
    }
    this.#port.post(this.owner, 'demand', this.slot);
  }

  /** This host has a lease for a later generation of the slot: the demand word is that one's from here on. */
  supersede(): void {
    this.#superseded = true;
  }

  /** Call first when a `grant` signal comes: from here on the owner may post the next one. */
  acknowledge(): void {
    const words = this.#words;
    for (;;) {
      const demand = words.load(this.#demandAt);
      if ((demand & NOTICED) === 0) return;
      if (words.compareExchange(this.#demandAt, demand, demand & ~NOTICED) === demand) return;
    }
  }

  /** Sends that the owner believes to be waiting here. For checks. */
  get wanted(): number {
    return sendsOf(this.#words.load(this.#demandAt));
  }
}
