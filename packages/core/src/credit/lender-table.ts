/**
 * The slots of one host: which actor has which, and in which generation. Owns the pages, the free slots
 * and the lists of lenders that have something to grant; holds that a slot changes hands only when nothing
 * of its former generation is under way. Called by the host's loop, on its own thread; must not know actors.
 */
import { bookAt, GRANTED, makeBooks, MODULO, OPEN, RECEIVED, USED } from './books.ts';
import { acknowledgeDemand } from './demand.ts';
import { demandAt, pageOf, pageWords } from './layout.ts';
import { Lender, type LenderHost, type Receipt } from './lender.ts';
import type { CreditPort, LocalLine, SlotPool } from './ports.ts';
import type { SharedWords } from './shared-words.ts';

/**
 * Finds room in shared memory for one page, `lengthWords` long and known to every host before its slots are.
 * It may hold what an earlier incarnation of this host left there, if every host was told of its death.
 */
export type MakePage = (page: number, lengthWords: number) => SharedWords;

/** All lenders of one host. */
export class LenderTable implements LenderHost {
  /** See {@link LenderHost.self}. */
  readonly self: number;
  /** See {@link LenderHost.hosts}. */
  readonly hosts: number;
  /** See {@link LenderHost.port}. */
  readonly port: CreditPort;
  /** See {@link LenderHost.needs}. */
  readonly needs: Int32Array;
  /** See {@link LenderHost.weights}. */
  readonly weights: Int32Array;
  /** See {@link LenderHost.dealt}. */
  readonly dealt: Int32Array;
  readonly #makePage: MakePage;
  readonly #firstGeneration: number;
  readonly #pages: SharedWords[] = [];
  readonly #books: Uint16Array[] = [];
  readonly #lenders: (Lender | undefined)[] = [];
  /** By slot: generations it has had. */
  readonly #generations: number[] = [];
  readonly #freeSlots: number[] = [];
  #urgent: Lender[] = [];
  #idle: Lender[] = [];
  /** An empty list to fill while the other is walked. */
  #spare: Lender[] = [];

  /**
   * @param self this host
   * @param hosts hosts of the system, the main thread included
   * @param firstGeneration above all that an earlier incarnation of this host gave; from 1
   */
  constructor(self: number, hosts: number, port: CreditPort, makePage: MakePage, firstGeneration = 1) {
    this.#firstGeneration = firstGeneration;
    this.self = self;
    this.hosts = hosts;
    this.port = port;
    this.needs = new Int32Array(hosts);
    this.weights = new Int32Array(hosts);
    this.dealt = new Int32Array(hosts);
    this.#makePage = makePage;
  }

  /** Slots in use, those that are closing included. */
  get size(): number {
    return this.#lenders.length - this.#freeSlots.length;
  }

  /** Gives a mailbox a slot, when another host first addresses it. */
  open(pool: SlotPool, local: LocalLine): Lender {
    const slot = this.#freeSlots.pop() ?? this.#lenders.length;
    const page = pageOf(slot);
    const words = (this.#pages[page] ??= this.#cleanPage(page));
    this.#books[page] ??= makeBooks(this.hosts);
    // Even for a first use 1: a zeroed directory word belongs to nobody.
    const generation = (this.#generations[slot] ?? this.#firstGeneration - 1) + 1;
    this.#generations[slot] = generation;
    const lender = new Lender(this, words, slot, generation, pool, local);
    this.#lenders[slot] = lender;
    return lender;
  }

  /** See {@link LenderHost.booksOf}. */
  booksOf(slot: number): Uint16Array {
    return this.#books[pageOf(slot)] as Uint16Array;
  }

  #cleanPage(page: number): SharedWords {
    const lengthWords = pageWords(this.hosts);
    const words = this.#makePage(page, lengthWords);
    // A dead owner's credit is nobody's, and its signal bits would keep the next signal from being posted.
    for (let index = 0; index < lengthWords; index += 1) words.store(index, 0);
    return words;
  }

  /** The lender of a slot, closing ones included. */
  get(slot: number): Lender | undefined {
    return this.#lenders[slot];
  }

  /** The lenders of slots in use, closing ones included; for checks. */
  *inUse(): Generator<Lender> {
    for (const lender of this.#lenders) if (lender !== undefined) yield lender;
  }

  /** A `demand` signal came. False when no mailbox ever had the slot. */
  look(host: number, slot: number): boolean {
    const words = this.#pages[pageOf(slot)];
    if (words === undefined || slot >= this.#lenders.length) return false;
    // Also when the slot is free by now: the bit is there for whoever gets it next.
    acknowledgeDemand(words, slot, host);
    this.#lenders[slot]?.look(host);
    return true;
  }

  /** A message for `slot` came from `host`. */
  receive(host: number, slot: number): Receipt {
    const admitted = this.receiveOpen(host, slot, 1);
    if (admitted >= 0) return admitted === 1 ? 'admit' : 'unpaid';
    return this.#lenders[slot]?.receive(host) ?? 'unpaid';
  }

  /**
   * The usual case of {@link receive}, for `count` messages in a row and without a look at the lender (see
   * `Loans.receive`).
   *
   * @returns how many are to be admitted; the rest was not paid for. -1 when the slot is not open, and nothing was done
   */
  receiveOpen(host: number, slot: number, count: number): number {
    const books = this.#books[pageOf(slot)];
    if (books === undefined || books[bookAt(slot, this.self, this.hosts) + USED] !== OPEN) return -1;
    const at = bookAt(slot, host, this.hosts);
    const received = books[at + RECEIVED] as number;
    const admitted = Math.min(count, ((books[at + GRANTED] as number) - received) & MODULO);
    books[at + RECEIVED] = (received + admitted) & MODULO;
    books[at + USED] = Math.min((books[at + USED] as number) + admitted, MODULO);
    return admitted;
  }

  /** Ends a slot's generation; the slot serves again once all is settled. `whenRetired` is called then. */
  close(lender: Lender, whenRetired?: () => void): void {
    lender.close(() => {
      // The next generation differs from what a closed lease expects: see `Lender.close`.
      this.#generations[lender.slot] = lender.generation + 1;
      this.#lenders[lender.slot] = undefined;
      this.#freeSlots.push(lender.slot);
      whenRetired?.();
    });
  }

  /** A host died and all its committed frames were received. */
  reclaim(host: number): void {
    for (const [slot, lender] of this.#lenders.entries()) {
      // It may have left a demand on a slot that is free by now, and the next lender would believe it.
      if (lender === undefined) this.#pages[pageOf(slot)]?.store(demandAt(slot, host), 0);
      else lender.reclaim(host);
    }
  }

  /** Grants to those who wait. Call at the end of each batch of messages received and of each one handled. */
  endOfBatch(): void {
    if (this.#urgent.length === 0) return;
    const lenders = this.#urgent;
    this.#urgent = this.#spare;
    for (const lender of lenders) {
      lender.listedUrgent = false;
      lender.flush();
    }
    lenders.length = 0;
    this.#spare = lenders;
  }

  /**
   * Grants what is free, ahead of need too, where `releasesDue` slots or more came free: fewer stay for the next
   * time, unless somebody waits. Call before the host sleeps, and when it has been busy long.
   *
   * @returns true when nothing is left to grant. The host may sleep then, unless a parked send of its own that
   *   was let in just now has made an actor ready.
   */
  beforeSleep(): boolean {
    this.endOfBatch();
    const lenders = this.#idle;
    this.#idle = this.#spare;
    for (const lender of lenders) {
      lender.listedIdle = false;
      lender.flush();
    }
    lenders.length = 0;
    this.#spare = lenders;
    return this.#urgent.length === 0 && this.#idle.length === 0;
  }

  /** See {@link LenderHost.list}. */
  list(lender: Lender): void {
    if (lender.urgent) {
      if (lender.listedUrgent) return;
      lender.listedUrgent = true;
      this.#urgent.push(lender);
    } else {
      if (lender.listedIdle) return;
      lender.listedIdle = true;
      this.#idle.push(lender);
    }
  }
}
