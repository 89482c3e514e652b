/**
 * The receiving side of credit: what one mailbox has granted to other hosts, and to whom it grants next.
 * Owns the `granted` half of each lease word, the directory word of its slot, and by host the books
 * `granted` and `received`; moves slots between `free` and `lent` of the mailbox. Holds the law
 *
 *   INVARIANT: capacity + overdraft = free + depth + lent, and lent = Σ over hosts (granted − received)
 *
 * Called on the owner's thread by the lender table and by the actor's cell; must not know messages.
 *
 * A worked example, capacity 8. Host 1 attaches: its first window is 4, so free 4, lent 4. It sends 4, and
 * they arrive: depth 4, lent 0. It parks a fifth and says so: its window doubles to 8, and it is granted one
 * for the parked send and ahead of need what is free: free 0, lent 4. The fifth arrives: depth 5, lent 3. Two
 * are handled, a quarter of 8, so they are lent again: depth 3, lent 5. Host 2 attaches and parks 5 sends:
 * nothing is free, but host 1 has nothing parked, so its 5 unspent credits are taken back and granted to host 2.
 */
import { assert } from '../lib/assert.ts';
import { bookAt, COLUMNS, GRANTED, OPEN, RECEIVED, SHUT, USED, WINDOW } from './books.ts';
import {
  ANNOUNCED,
  demandAt,
  directoryAt,
  grantedOf,
  leaseAt,
  NOTICED,
  packDirectory,
  sendersOf,
  sendsOf,
  spentOf,
  unspentOf,
  withGranted,
} from './layout.ts';
import { OVERDRAFT_MAX_MESSAGES } from '../limits.ts';
import { type CreditPort, type LocalLine, releasesDue, type SlotPool } from './ports.ts';
import { firstWindow, nextWindow, Round } from './replenish.ts';
import type { SharedWords } from './shared-words.ts';

/** What all lenders of one host share. */
export interface LenderHost {
  /** This host. */
  readonly self: number;
  /** Hosts of the system, the main thread included. */
  readonly hosts: number;
  /** Where signals to other hosts go. */
  readonly port: CreditPort;
  /** Scratch by host for one deal: credits that it could use. Zero between calls. */
  readonly needs: Int32Array;
  /** Scratch by host for one deal: senders that wait there. */
  readonly weights: Int32Array;
  /** Scratch by host for one deal: credits that it gets. Zero between calls. */
  readonly dealt: Int32Array;
  /** The page of books that holds a slot. */
  booksOf(slot: number): Int32Array;
  /** Asks for {@link Lender.flush} at the end of the batch, or before the host sleeps. */
  list(lender: Lender): void;
}

/**
 * What to do with a message that came from another host: `admit` it to the mailbox with its lent slot;
 * `closed`, the actor is gone and the message is a dead letter; `unpaid`, the frame is hostile or broken and
 * must be dropped and counted.
 */
export type Receipt = 'admit' | 'closed' | 'unpaid';

/** `open`: grants. `frozen`: takes everything back and grants nothing. `closed`: the generation is over. */
export type LenderState = 'open' | 'frozen' | 'closed';

/** A look into a lender. */
export interface LenderReport {
  /** See {@link Lender.state}. */
  readonly state: LenderState;
  /** See {@link Lender.contended}. */
  readonly contended: boolean;
  /** Whoever returns credit is asked to say so. */
  readonly wanted: boolean;
  /** See {@link Lender.pending}. */
  readonly pending: number;
  /** Slots kept for messages that an earlier owner admitted. */
  readonly held: number;
  /** Hosts that wait, in the order of their turns; this host among them when its own sends wait. */
  readonly waiting: readonly number[];
  /** Credits that the first of them may still take in its turn. */
  readonly turnRest: number;
  /** Hosts that have the slot; counts are modulo 2¹⁶. */
  readonly hosts: readonly {
    readonly host: number;
    readonly granted: number;
    readonly received: number;
    readonly used: number;
    readonly window: number;
  }[];
  /** Slots that stay free for this host's own sends. */
  readonly ownWindow: number;
}

/** Counts are kept modulo 2¹⁶. */
export const MODULO = 0xffff;
/** Everything there is: more than any lease holds. */
const ALL = 0xffff;

/** The books of one mailbox that other hosts send to. */
export class Lender {
  #reclaimed = 0;
  /** So many slots come free before they are lent again at once. */
  readonly #flushAt: number;
  /** The mailbox's slots. */
  readonly pool: SlotPool;
  /** The slot, among this host's. */
  readonly slot: number;
  /** Tells this use of the slot from others. */
  readonly generation: number;
  /** On the table's list for the end of the batch. Changed by the table only. */
  listedUrgent = false;
  /** On the table's list for the next sleep. Changed by the table only. */
  listedIdle = false;
  readonly #host: LenderHost;
  readonly #local: LocalLine;
  readonly #words: SharedWords;
  /** Hosts that were given this slot. */
  readonly #attached: number[] = [];
  /** Made when somebody waits for the first time: most mailboxes never see that. */
  #round: Round | undefined;
  readonly #books: Int32Array;
  #state: LenderState = 'open';
  #wanted = false;
  /** Slots kept for messages that an earlier owner of this actor had admitted and that are still to come. */
  #held = 0;
  #holds = false;
  #whenDrained: (() => void) | undefined;

  /**
   * Opens a slot for a mailbox. Its directory word must not be in use: see `LenderTable.open`.
   *
   * @param words the page of this host that holds `slot`
   */
  constructor(
    host: LenderHost,
    words: SharedWords,
    slot: number,
    generation: number,
    pool: SlotPool,
    local: LocalLine,
  ) {
    this.slot = slot;
    this.generation = generation;
    this.pool = pool;
    pool.contended = false;
    this.#host = host;
    this.#local = local;
    this.#words = words;
    this.#books = host.booksOf(slot);
    this.#flushAt = Math.max(pool.capacityMessages >> 2, 1);
    for (let other = 0; other < host.hosts; other += 1) {
      // Counts go on where the slot's last generation left them: all it had granted was spent and received.
      const granted = grantedOf(words.load(leaseAt(slot, other)));
      this.#setBook(other, GRANTED, granted);
      this.#setBook(other, RECEIVED, granted);
      this.#setBook(other, USED, 0);
      this.#setBook(other, WINDOW, 0);
    }
    this.#setBook(host.self, USED, OPEN);
    words.store(directoryAt(slot), packDirectory(generation, false));
  }

  /** Where it stands in its life. */
  get state(): LenderState {
    return this.#state;
  }

  /** See `SlotPool.contended`. */
  get contended(): boolean {
    return this.pool.contended;
  }

  /** True when the end of the batch is soon enough and the next sleep too late. */
  get urgent(): boolean {
    return this.contended || this.#state !== 'open';
  }

  /** Hosts that were given this slot and are alive. */
  get attached(): readonly number[] {
    return this.#attached;
  }

  /**
   * Slots that became free and that nobody was offered yet. At rest, none while anybody waits, and fewer than a
   * sixteenth of the capacity otherwise.
   */
  get pending(): number {
    return this.#reclaimed;
  }

  /** Credits of `host` whose messages have not come: unspent, or under way. */
  outstanding(host: number): number {
    return (this.#book(host, GRANTED) - this.#book(host, RECEIVED)) & MODULO;
  }

  /** Gives the slot to another host, with a first window of credit. Harmless when it has it already. */
  attach(host: number): void {
    if (this.#attached.includes(host)) return;
    this.#attached.push(host);
    if (this.#state !== 'open') return;
    const window = firstWindow(this.pool.capacityMessages, this.#attached.length);
    this.#setBook(host, WINDOW, window);
    if (!this.contended) this.#grant(host, Math.min(window, this.pool.free));
  }

  /** A `demand` signal came from `host`, and {@link acknowledgeDemand} was called. */
  look(host: number): void {
    if (!this.#attached.includes(host)) {
      // It waits on a lease of an earlier generation: it must see that.
      this.#notice(host);
      return;
    }
    if (this.#state !== 'open') {
      this.#drain();
      return;
    }
    if (this.#sends(host) > 0) {
      this.#enter(host);
      const window = nextWindow(this.#book(host, WINDOW), 0, true, this.pool.capacityMessages);
      this.#setBook(host, WINDOW, window);
    }
    this.flush();
  }

  /** A send of this host parked in the local line: it takes its turn among the waiting hosts. */
  localParked(): void {
    if (this.#state !== 'open') return;
    this.#enter(this.#host.self);
    this.flush();
  }

  /** A message from `host` came off the transport. After `admit` the caller queues it with its lent slot. */
  receive(host: number): Receipt {
    const received = this.#book(host, RECEIVED);
    if (received === this.#book(host, GRANTED)) return 'unpaid';
    this.#setBook(host, RECEIVED, (received + 1) & MODULO);
    if (this.#state !== 'closed') {
      this.#setBook(host, USED, this.#book(host, USED) + 1);
      // The last one before a move: the caller has yet to queue it, so the barrier is looked at afterwards.
      if (this.#state === 'frozen') this.#host.list(this);
      return 'admit';
    }
    this.pool.takeBack(1);
    this.#drain();
    return 'closed';
  }

  /**
   * Slots of the mailbox became free: messages were handled, dropped, or left in any other way. Call it at the latest
   * when {@link releasesDue} of them have.
   */
  released(count = 1): void {
    this.#reclaimed += count;
    // Who waits is served at the end of the batch; credit ahead of need can wait until it is worth the work.
    if (this.#reclaimed >= releasesDue(this.pool)) this.#host.list(this);
    if (this.#reclaimed >= this.#flushAt) {
      this.#adaptWindows();
      this.flush();
    }
  }

  /** Grants what is free: first to those who wait, in turns; then, if nobody is left waiting, ahead of need. */
  flush(): void {
    this.#reclaimed = 0;
    if (this.#state !== 'open') {
      this.#drain();
      return;
    }
    if (this.#round !== undefined && this.#round.hosts.length > 0) this.#serve(this.#round);
    if (this.pool.overdraft > 0) {
      // Borrowed and not used: a host whose send went away meanwhile gives it back.
      this.#setWanted(true);
      this.#revokeIdle(0);
    }
    if (this.contended || this.pool.overdraft > 0) return;
    this.#setWanted(false);
    this.#topUp();
  }

  /**
   * Lends `host` one slot, above the capacity if none is free, to resolve a cycle of full mailboxes.
   *
   * @returns false when {@link OVERDRAFT_MAX_MESSAGES} are borrowed already, or the slot is not open
   */
  overdraft(host: number): boolean {
    if (this.#state !== 'open') return false;
    if (this.pool.free > 0) {
      this.#grant(host, 1);
      return true;
    }
    if (this.pool.overdraft >= OVERDRAFT_MAX_MESSAGES) return false;
    this.#setWanted(true);
    this.pool.lendOverdraft();
    this.#credit(host, 1);
    return true;
  }

  /**
   * `host` died. Call after its committed frames were received: what it was granted and did not deliver is
   * free again, whether it was spent or not.
   */
  reclaim(host: number): void {
    this.#words.store(demandAt(this.slot, host), 0);
    const at = this.#attached.indexOf(host);
    if (at === -1) return;
    this.#attached.splice(at, 1);
    const outstanding = this.outstanding(host);
    this.#words.store(leaseAt(this.slot, host), 0);
    this.#books.fill(0, this.#at(host, 0), this.#at(host, COLUMNS));
    if (outstanding > 0) this.pool.takeBack(outstanding);
    if (this.#state === 'open') this.flush();
    else this.#drain();
  }

  /**
   * Stops granting and takes every unspent credit back. `whenDrained` is called once, when every message that
   * was paid for has come: from then until {@link thaw} or {@link close} none is under way, exactly.
   */
  freeze(whenDrained: () => void): void {
    assert(this.#state === 'open', 'only an open slot can be frozen');
    this.#state = 'frozen';
    this.#setBook(this.#host.self, USED, SHUT);
    this.#whenDrained = whenDrained;
    this.#setWanted(true);
    this.#drain();
  }

  /** Grants again after {@link freeze}: the move was given up. */
  thaw(): void {
    assert(this.#state === 'frozen', 'only a frozen slot can be thawed');
    this.#state = 'open';
    this.#setBook(this.#host.self, USED, OPEN);
    this.#whenDrained = undefined;
    this.pool.contended = false;
    for (const host of this.#attached) if (this.#sends(host) > 0) this.#enter(host);
    if (this.#local.sends > 0) this.#enter(this.#host.self);
    this.#setWanted(false);
    this.flush();
  }

  /**
   * Ends the generation: every lease answers `closed` from here on, hosts that wait are told, and messages
   * under way get the receipt `closed`. `whenRetired` is called once, when nothing is under way: only then may
   * the slot be given to another mailbox.
   */
  close(whenRetired: () => void): void {
    assert(this.#state !== 'closed', 'a slot closes once');
    this.#state = 'closed';
    this.#setBook(this.#host.self, USED, SHUT);
    this.#whenDrained = whenRetired;
    this.pool.contended = false;
    this.#wanted = true;
    this.#words.store(directoryAt(this.slot), packDirectory(this.generation + 1, true));
    for (const host of this.#attached) this.#notice(host);
    this.#drain();
  }

  /**
   * Keeps every free slot for messages that were admitted by an earlier owner of this actor, whose host died,
   * and that are still in the rings. Call on a fresh slot; then {@link receiveHeld} for each such message,
   * and {@link releaseHeld} once every live host has sent its last one.
   */
  hold(): void {
    this.#holds = true;
    this.#held = this.pool.free;
    this.pool.lend(this.#held);
  }

  /** A message came that an earlier owner had admitted. After `admit` the caller queues it with a lent slot. */
  receiveHeld(): Receipt {
    if (!this.#holds) return 'unpaid';
    if (this.#held > 0) this.#held -= 1;
    // The earlier owner may have lent slots above its capacity, and their messages are still to come.
    else if (this.pool.free > 0) this.pool.lend(1);
    else if (this.pool.overdraft < OVERDRAFT_MAX_MESSAGES) this.pool.lendOverdraft();
    else return 'unpaid';
    if (this.#state === 'frozen') this.#host.list(this);
    if (this.#state !== 'closed') return 'admit';
    this.pool.takeBack(1);
    this.#drain();
    return 'closed';
  }

  /** No more messages of an earlier owner will come. */
  releaseHeld(): void {
    const held = this.#held;
    this.#holds = false;
    this.#held = 0;
    if (held > 0) this.pool.takeBack(held);
    if (this.#state === 'open') this.flush();
    else this.#drain();
  }

  /** All that decides what this lender does next, for metrics and for checks. O(hosts). */
  inspect(): LenderReport {
    return {
      state: this.#state,
      contended: this.contended,
      wanted: this.#wanted,
      pending: this.#reclaimed,
      held: this.#held,
      waiting: [...(this.#round?.hosts ?? [])],
      turnRest: this.#round?.rest ?? 0,
      hosts: this.#attached.map((host) => ({
        host,
        granted: this.#book(host, GRANTED),
        received: this.#book(host, RECEIVED),
        used: this.#book(host, USED),
        window: this.#book(host, WINDOW),
      })),
      ownWindow: this.#book(this.#host.self, WINDOW),
    };
  }

  /** Throws when the law does not hold. O(hosts). */
  verify(): void {
    const pool = this.pool;
    let lent = this.#held;
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

  /** Deals free slots to those who wait, then what idle hosts can spare, then what eviction frees. */
  #serve(round: Round): void {
    const { needs, weights, dealt, self } = this.#host;
    const pool = this.pool;
    let unmet = this.#readNeeds(round);
    unmet -= round.deal(pool.free, needs, weights, dealt);
    // Before saying that credit is wanted: a host that was dealt some and stops waiting now must have it when its
    // lease is read below, for it may have seen just before that none is wanted.
    this.#grantDealt(round);
    if (unmet > 0) {
      // Before reading the leases: a host that returns credit after we read its lease sees that it is wanted.
      this.#setWanted(true);
      const free = pool.free;
      this.#revokeIdle(unmet);
      const short = unmet - (pool.free - free);
      if (short > 0) this.#local.evict(short);
      unmet -= round.deal(pool.free - free, needs, weights, dealt);
      this.#grantDealt(round);
    }
    this.pool.contended = unmet > 0;
    const local = dealt[self] as number;
    for (const host of round.hosts) needs[host] = 0;
    dealt[self] = 0;
    // Last, with the scratch arrays empty: a sender that goes on may free slots, here and in other mailboxes.
    if (local > 0) this.#local.admit(local);
  }

  /** Grants what the other hosts were dealt. What this host was dealt stays free until it is let in. */
  #grantDealt(round: Round): void {
    const { dealt, self } = this.#host;
    for (const host of round.hosts) {
      const count = dealt[host] as number;
      if (count === 0 || host === self) continue;
      dealt[host] = 0;
      this.#grant(host, count);
    }
  }

  /** Writes down what each waiting host could use, and lets those go that wait no more. Returns the sum. */
  #readNeeds(round: Round): number {
    const { needs, weights, self } = this.#host;
    const waiting = round.hosts;
    let sum = 0;
    for (let i = waiting.length - 1; i >= 0; i -= 1) {
      const host = waiting[i] as number;
      const local = host === self;
      const demand = local ? 0 : this.#words.load(demandAt(this.slot, host));
      const sends = local ? this.#local.sends : sendsOf(demand);
      if (sends === 0) {
        round.leave(host);
        continue;
      }
      const unspent = local ? 0 : unspentOf(this.#words.load(leaseAt(this.slot, host)));
      const need = Math.max(sends - unspent, 0);
      needs[host] = need;
      weights[host] = Math.max(local ? this.#local.senders : sendersOf(demand), 1);
      sum += need;
    }
    return sum;
  }

  /** Fills the windows of hosts that used up a quarter of theirs. Leaves this host's own window in `free`. */
  #topUp(): void {
    const attached = this.#attached;
    let spare = this.pool.free - this.#book(this.#host.self, WINDOW);
    for (let i = 0; i < attached.length && spare > 0; i += 1) {
      const host = attached[i] as number;
      const window = this.#book(host, WINDOW);
      const enough = window - (window >> 2);
      // What is outstanding is unspent or under way: a look that costs nothing, before one at shared memory.
      if (this.outstanding(host) >= window) continue;
      const unspent = unspentOf(this.#words.load(leaseAt(this.slot, host)));
      if (unspent >= enough && unspent > 0) continue;
      const count = Math.min(window - unspent, spare);
      this.#grant(host, count);
      spare -= count;
    }
  }

  /** A quarter of the capacity was used since the last time: what each host used tells what it needs. */
  #adaptWindows(): void {
    const self = this.#host.self;
    let remote = 0;
    for (const host of this.#attached) {
      const used = this.#book(host, USED);
      remote += used;
      this.#setBook(host, USED, 0);
      const window = this.#book(host, WINDOW);
      this.#setBook(host, WINDOW, nextWindow(window, used, false, this.pool.capacityMessages));
    }
    // What was handled and did not come from elsewhere came from here: as much stays free for this host.
    this.#setBook(self, WINDOW, Math.max(this.#reclaimed - remote, 0));
  }

  /** Takes credit back from hosts that have nothing parked, until `count` more slots are free and none is borrowed. */
  #revokeIdle(count: number): void {
    const { pool } = this;
    const goal = pool.free + count;
    for (let i = 0; i < this.#attached.length; i += 1) {
      const missing = goal - pool.free + pool.overdraft;
      if (missing <= 0) return;
      const host = this.#attached[i] as number;
      if (this.#sends(host) > 0) continue;
      const taken = this.#revoke(host, missing);
      if (taken > 0) this.#setBook(host, WINDOW, this.#book(host, WINDOW) >> 1);
    }
  }

  /** Frozen or closed: takes back what is unspent, and reports when nothing is left. */
  #drain(): void {
    for (const host of this.#attached) this.#revoke(host, ALL);
    if (this.pool.lent > 0 || this.#whenDrained === undefined) return;
    const report = this.#whenDrained;
    this.#whenDrained = undefined;
    // A lender that is done may still stand on a list, and its slot be somebody else's by then.
    if (this.#state === 'closed') this.#attached.length = 0;
    report();
  }

  #revoke(host: number, countMax: number): number {
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

  #grant(host: number, count: number): void {
    if (count === 0) return;
    this.pool.lend(count);
    this.#credit(host, count);
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
    this.#notice(host);
  }

  #notice(host: number): void {
    noticeWaiting(this.#words, this.slot, host, this.#host.port);
  }

  #sends(host: number): number {
    return sendsOf(this.#words.load(demandAt(this.slot, host)));
  }

  #setWanted(wanted: boolean): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    this.#words.store(directoryAt(this.slot), packDirectory(this.generation, wanted));
  }

  #enter(host: number): void {
    this.#round ??= new Round();
    this.#round.enter(host);
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

/** Posts a `grant` signal if sends of `host` wait and no such signal is under way. */
export function noticeWaiting(words: SharedWords, slot: number, host: number, port: CreditPort): void {
  const at = demandAt(slot, host);
  for (;;) {
    const demand = words.load(at);
    if (sendsOf(demand) === 0 || (demand & NOTICED) !== 0) return;
    if (words.compareExchange(at, demand, demand | NOTICED) === demand) break;
  }
  port.post(host, 'grant', slot);
}

/** Call first when a `demand` signal comes: from here on the sending host may post the next one. */
export function acknowledgeDemand(words: SharedWords, slot: number, host: number): void {
  const at = demandAt(slot, host);
  for (;;) {
    const demand = words.load(at);
    if ((demand & ANNOUNCED) === 0) return;
    if (words.compareExchange(at, demand, demand & ~ANNOUNCED) === demand) return;
  }
}
