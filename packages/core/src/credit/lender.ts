/**
 * The receiving side of credit: the life of one mailbox's slot, from the first host that addresses it until its last
 * message came. Owns where the slot stands in that life (`open`, `frozen`, `closed`), what came free since the last
 * deal, and the slots held for a former owner's messages. What is lent to whom stands in its loans; who gets what is
 * free next is for its replenisher. Called on the owner's thread by the lender table and by the actor's cell; must not
 * know messages.
 *
 * A worked example, capacity 8. Host 1 attaches: its first window is 4, so free 4, lent 4. It sends 4, and
 * they arrive: depth 4, lent 0. It parks a fifth and says so: its window doubles to 8, and it is granted one
 * for the parked send and ahead of need what is free: free 0, lent 4. The fifth arrives: depth 5, lent 3. Two
 * are handled, a quarter of 8, so they are lent again: depth 3, lent 5. Host 2 attaches and parks 5 sends:
 * nothing is free, but host 1 has nothing parked, so its 5 unspent credits are taken back and granted to host 2.
 */
import { assert } from '../lib/assert.ts';
import { OVERDRAFT_MAX_MESSAGES } from '../limits.ts';
import { Replenisher, type ReplenisherHost } from './replenisher.ts';
import { type LoanReport, Loans, type LoansHost } from './loans.ts';
import { type LocalLine, releasesDue, type SlotPool } from './ports.ts';
import type { SharedWords } from './shared-words.ts';

/** What all lenders of one host share. */
export interface LenderHost extends LoansHost, ReplenisherHost {
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
  /** Hosts that have the slot. */
  readonly hosts: readonly LoanReport[];
  /** Slots that stay free for this host's own sends. */
  readonly ownWindow: number;
}

/** The slot of one mailbox that other hosts send to. */
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
  readonly #loans: Loans;
  readonly #replenisher: Replenisher;
  #state: LenderState = 'open';
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
    this.#host = host;
    this.#loans = new Loans(host, words, slot, generation, pool);
    this.#replenisher = new Replenisher(host, this.#loans, local);
    this.#flushAt = Math.max(pool.capacityMessages >> 2, 1);
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
    return this.#loans.attached;
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
    return this.#loans.outstanding(host);
  }

  /** Gives the slot to another host, with a first window of credit. Harmless when it has it already. */
  attach(host: number): void {
    if (this.#loans.attach(host) && this.#state === 'open') this.#replenisher.welcome(host);
  }

  /** A `demand` signal came from `host`, and `acknowledgeDemand` was called. */
  look(host: number): void {
    // What waits there does so on a lease of an earlier generation, and was told when that was closed.
    if (!this.attached.includes(host)) return;
    if (this.#state === 'open' && this.#loans.sends(host) > 0) this.#replenisher.ranDry(host);
    this.flush();
  }

  /** A send of this host parked in the local line: it takes its turn among the waiting hosts. */
  localParked(): void {
    if (this.#state !== 'open') return;
    const entered = this.#replenisher.enter(this.#host.self);
    // Others of this host wait already, for want of slots: what they cannot have, one more cannot.
    if (!entered && this.contended) return;
    this.flush();
  }

  /**
   * A message from `host` came off the transport. After `admit` the caller queues it with its lent slot. While the
   * slot is open the table does the same by itself.
   */
  receive(host: number): Receipt {
    return this.#loans.receive(host) ? this.#receipt() : 'unpaid';
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
      this.#replenisher.adaptWindows(this.#reclaimed);
      this.flush();
    }
  }

  /** Grants what is free; a slot that is not open takes back what is unspent. */
  flush(): void {
    this.#reclaimed = 0;
    if (this.#state === 'open') this.#replenisher.replenish();
    else this.#drain();
  }

  /**
   * Lends `host` one slot, above the capacity if none is free, to resolve a cycle of full mailboxes.
   *
   * @returns false when {@link OVERDRAFT_MAX_MESSAGES} are borrowed already, or the slot is not open
   */
  overdraft(host: number): boolean {
    if (this.#state !== 'open') return false;
    if (this.pool.free > 0) {
      this.#loans.grant(host, 1);
      return true;
    }
    if (this.pool.overdraft >= OVERDRAFT_MAX_MESSAGES) return false;
    this.#loans.setWanted(true);
    this.#loans.grantOverdraft(host);
    return true;
  }

  /**
   * `host` died. Call after its committed frames were received: what it was granted and did not deliver is
   * free again, whether it was spent or not.
   */
  reclaim(host: number): void {
    if (this.#loans.reclaim(host)) this.flush();
  }

  /**
   * Stops granting and takes every unspent credit back. `whenDrained` is called once, when every message that
   * was paid for has come: from then until {@link thaw} or {@link close} none is under way, exactly.
   */
  freeze(whenDrained: () => void): void {
    assert(this.#state === 'open', 'only an open slot can be frozen');
    this.#state = 'frozen';
    this.#loans.setOpen(false);
    this.#whenDrained = whenDrained;
    this.#loans.setWanted(true);
    this.#drain();
  }

  /** Grants again after {@link freeze}: the move was given up. */
  thaw(): void {
    assert(this.#state === 'frozen', 'only a frozen slot can be thawed');
    this.#state = 'open';
    this.#loans.setOpen(true);
    this.#whenDrained = undefined;
    this.#replenisher.resume();
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
    this.#loans.setOpen(false);
    this.#whenDrained = whenRetired;
    this.pool.contended = false;
    this.#loans.close();
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
    return this.#receipt();
  }

  /** No more messages of an earlier owner will come. */
  releaseHeld(): void {
    const held = this.#held;
    this.#holds = false;
    this.#held = 0;
    if (held > 0) this.pool.takeBack(held);
    this.flush();
  }

  /** All that decides what this lender does next, for metrics and for checks. O(hosts). */
  inspect(): LenderReport {
    return {
      state: this.#state,
      contended: this.contended,
      wanted: this.#loans.wanted,
      pending: this.#reclaimed,
      held: this.#held,
      waiting: [...this.#replenisher.waiting],
      turnRest: this.#replenisher.turnRest,
      hosts: this.#loans.inspect(),
      ownWindow: this.#loans.window(this.#host.self),
    };
  }

  /** Throws when the law of the loans does not hold. O(hosts). */
  verify(): void {
    this.#loans.verify(this.#held);
  }

  /** What becomes of a message that was paid for. */
  #receipt(): Receipt {
    if (this.#state === 'closed') {
      this.pool.takeBack(1);
      this.#drain();
      return 'closed';
    }
    // The last one before a move: the caller has yet to queue it, so the barrier is looked at afterwards.
    if (this.#state === 'frozen') this.#host.list(this);
    return 'admit';
  }

  /** Frozen or closed: takes back what is unspent, and reports when nothing is left. */
  #drain(): void {
    this.#loans.revokeAll();
    if (this.pool.lent > 0 || this.#whenDrained === undefined) return;
    const report = this.#whenDrained;
    this.#whenDrained = undefined;
    // A lender that is done may still stand on a list, and its slot be somebody else's by then.
    if (this.#state === 'closed') this.#loans.retire();
    report();
  }
}
