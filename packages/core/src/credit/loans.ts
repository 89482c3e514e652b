/**
 * What one mailbox has lent to each other host. Owns the `granted` half of each lease word, the directory words of
 * its slot, and its rows of the books; moves slots between `free` and `lent` of the mailbox. Holds the law
 *
 *   INVARIANT: capacity + overdraft = free + depth + lent, and lent = Σ over hosts (granted − received)
 *
 * where `lent` counts what the lender holds for a former owner's messages besides. Called by the lender and its
 * replenisher, on the owner's thread; must not know who deserves credit, nor where the slot stands in its life.
 */
import { assert } from '../lib/assert.ts';
import { bookAt, COLUMNS, GRANTED, MODULO, OPEN, RECEIVED, SHUT, USED, WINDOW } from './books.ts';
import { noticeWaiting } from './demand.ts';
import {
  demandAt,
  directoryAt,
  grantedOf,
  leaseAt,
  packDirectory,
  sendsOf,
  spentOf,
  unspentOf,
  withGranted,
} from './layout.ts';
import type { CreditPort, SlotPool } from './ports.ts';
import type { SharedWords } from './shared-words.ts';

/** What all loans of one host share. */
export interface LoansHost {
  /** This host. */
  readonly self: number;
  /** Hosts of the system, the main thread included. */
  readonly hosts: number;
  /** Where signals to other hosts go. */
  readonly port: CreditPort;
  /** The page of books that holds a slot. */
  booksOf(slot: number): Uint16Array;
}

/** What the books say of one host that has a slot; counts are modulo 2¹⁶. */
export interface LoanReport {
  readonly host: number;
  readonly granted: number;
  readonly received: number;
  readonly used: number;
  readonly window: number;
}

/** Everything there is: more than any lease holds. */
const ALL = 0xffff;

/** The loans of one slot, in one generation. */
export class Loans {
  /** The mailbox's slots. */
  readonly pool: SlotPool;
  /** The slot, among this host's. */
  readonly slot: number;
  /** Tells this use of the slot from others. */
  readonly generation: number;
  readonly #host: LoansHost;
  readonly #words: SharedWords;
  readonly #books: Uint16Array;
  /** Hosts that were given this slot. */
  readonly #attached: number[] = [];
  #wanted = false;

  /** Begins the slot's rows of the books: it must not be in use, see `LenderTable.open`. */
  constructor(host: LoansHost, words: SharedWords, slot: number, generation: number, pool: SlotPool) {
    this.slot = slot;
    this.generation = generation;
    this.pool = pool;
    this.#host = host;
    this.#words = words;
    this.#books = host.booksOf(slot);
    for (let other = 0; other < host.hosts; other += 1) {
      // Counts go on where the slot's last generation left them: all it had granted was spent and received.
      const granted = grantedOf(words.load(leaseAt(slot, other)));
      this.#setBook(other, GRANTED, granted);
      this.#setBook(other, RECEIVED, granted);
      this.#setBook(other, USED, 0);
      this.#setBook(other, WINDOW, 0);
    }
    this.setOpen(true);
  }

  /** Hosts that were given this slot and are alive. */
  get attached(): readonly number[] {
    return this.#attached;
  }

  /** Whoever returns credit is asked to say so. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Whether messages are taken as a matter of course, or the lender is asked about each: see `LenderTable.receive`. */
  setOpen(open: boolean): void {
    this.#setBook(this.#host.self, USED, open ? OPEN : SHUT);
  }

  /** Enters a host. Returns false when it has the slot already. */
  attach(host: number): boolean {
    if (this.#attached.includes(host)) return false;
    this.#attached.push(host);
    this.#tell(host, this.generation);
    return true;
  }

  /** Credits of `host` whose messages have not come: unspent, or under way. */
  outstanding(host: number): number {
    return (this.#book(host, GRANTED) - this.#book(host, RECEIVED)) & MODULO;
  }

  /** Credits of `host` that it may still spend. */
  unspent(host: number): number {
    return unspentOf(this.#words.load(leaseAt(this.slot, host)));
  }

  /** The demand word of `host`. */
  demand(host: number): number {
    return this.#words.load(demandAt(this.slot, host));
  }

  /** Sends of `host` that wait. */
  sends(host: number): number {
    return sendsOf(this.demand(host));
  }

  /** Credits that `host` should hold ahead of need; for this host itself, slots that stay free for its own sends. */
  window(host: number): number {
    return this.#book(host, WINDOW);
  }

  /** See {@link window}. */
  setWindow(host: number, window: number): void {
    this.#setBook(host, WINDOW, window);
  }

  /** Messages that came from `host` since the last call. */
  takeUsed(host: number): number {
    const used = this.#book(host, USED);
    this.#setBook(host, USED, 0);
    return used;
  }

  /** Counts a message that came from `host`. Returns false when `host` had not paid for one. */
  receive(host: number): boolean {
    const received = this.#book(host, RECEIVED);
    if (received === this.#book(host, GRANTED)) return false;
    this.#setBook(host, RECEIVED, (received + 1) & MODULO);
    this.#setBook(host, USED, Math.min(this.#book(host, USED) + 1, MODULO));
    return true;
  }

  /** Lends `host` so many of the free slots. */
  grant(host: number, count: number): void {
    if (count === 0) return;
    this.pool.lend(count);
    this.#credit(host, count);
  }

  /** Lends `host` a slot above the capacity. */
  grantOverdraft(host: number): void {
    this.pool.lendOverdraft();
    this.#credit(host, 1);
  }

  /** Takes up to `countMax` unspent credits back from `host`. Returns how many. */
  revoke(host: number, countMax: number): number {
    const words = this.#words;
    const at = leaseAt(this.slot, host);
    for (;;) {
      const lease = words.load(at);
      const count = Math.min(unspentOf(lease), countMax);
      if (count === 0) return 0;
      if (words.compareExchange(at, lease, withGranted(lease, -count)) !== lease) continue;
      this.#setBook(host, GRANTED, (this.#book(host, GRANTED) - count) & MODULO);
      this.pool.takeBack(count);
      return count;
    }
  }

  /** Takes back all that is unspent. */
  revokeAll(): void {
    for (const host of this.#attached) this.revoke(host, ALL);
  }

  /** `host` died: all that it was granted and that did not come is free again. Returns false when it had no slot. */
  reclaim(host: number): boolean {
    this.#words.store(demandAt(this.slot, host), 0);
    const at = this.#attached.indexOf(host);
    if (at === -1) return false;
    this.#attached.splice(at, 1);
    const outstanding = this.outstanding(host);
    this.#words.store(leaseAt(this.slot, host), 0);
    this.#words.store(directoryAt(this.slot, host), 0);
    this.#books.fill(0, this.#at(host, 0), this.#at(host, COLUMNS));
    if (outstanding > 0) this.pool.takeBack(outstanding);
    return true;
  }

  /** Says in the directory, to each host, whether whoever returns credit shall tell. */
  setWanted(wanted: boolean): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    for (const host of this.#attached) this.#tell(host, this.generation);
  }

  /** Ends the generation: every lease answers `closed` from here on, and hosts that wait are told. */
  close(): void {
    this.#wanted = true;
    for (const host of this.#attached) {
      this.#tell(host, this.generation + 1);
      this.notice(host);
    }
  }

  /** Lets go of every host: the slot may be another mailbox's from here on. */
  retire(): void {
    this.#attached.length = 0;
  }

  /** Wakes `host` if sends of it wait. */
  notice(host: number): void {
    noticeWaiting(this.#words, this.slot, host, this.#host.port);
  }

  /** What the books say, by host. */
  inspect(): LoanReport[] {
    return this.#attached.map((host) => ({
      host,
      granted: this.#book(host, GRANTED),
      received: this.#book(host, RECEIVED),
      used: this.#book(host, USED),
      window: this.#book(host, WINDOW),
    }));
  }

  /**
   * Throws when the law does not hold. O(hosts).
   *
   * @param held lent slots that no host has, see `Lender.hold`
   */
  verify(held: number): void {
    const pool = this.pool;
    let lent = held;
    for (let host = 0; host < this.#host.hosts; host += 1) {
      const outstanding = this.outstanding(host);
      lent += outstanding;
      const lease = this.#words.load(leaseAt(this.slot, host));
      const granted = this.#book(host, GRANTED);
      assert(grantedOf(lease) === granted, 'the shared word says what was granted');
      assert(unspentOf(lease) <= outstanding, 'received ≤ spent ≤ granted');
      assert(((spentOf(lease) - this.#book(host, RECEIVED)) & MODULO) <= outstanding, 'received ≤ spent');
    }
    assert(lent === pool.lent, 'lent = Σ (granted − received)');
    assert(
      pool.capacityMessages + pool.overdraft === pool.free + pool.depth + pool.lent && pool.free >= 0,
      'capacity + overdraft = free + depth + lent',
    );
    assert(pool.overdraft === 0 || pool.free === 0, 'a free slot repays the overdraft first');
  }

  /** Adds credit to a lease, then tells the host if it waits: in this order, see `lease.ts`. */
  #credit(host: number, count: number): void {
    const words = this.#words;
    const at = leaseAt(this.slot, host);
    this.#setBook(host, GRANTED, (this.#book(host, GRANTED) + count) & MODULO);
    for (;;) {
      const lease = words.load(at);
      if (words.compareExchange(at, lease, withGranted(lease, count)) === lease) break;
    }
    this.notice(host);
  }

  /** Writes the directory word for a host. */
  #tell(host: number, generation: number): void {
    this.#words.store(directoryAt(this.slot, host), packDirectory(generation, this.#wanted));
  }

  #at(host: number, column: number): number {
    return bookAt(this.slot, host, this.#host.hosts) + column;
  }

  #book(host: number, column: number): number {
    return this.#books[this.#at(host, column)] as number;
  }

  #setBook(host: number, column: number, value: number): void {
    this.#books[this.#at(host, column)] = value;
  }
}
