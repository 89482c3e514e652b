/**
 * One owner of a mailbox and hosts that send to it, on one thread: lease, outbound line and lender over plain words.
 * Owns the lists in which signals and messages lie until a test delivers them; holds that the lender's law is
 * checked after each step.
 */
import { LeaseTable } from '../../src/credit/lease-table.ts';
import type { Lender } from '../../src/credit/lender.ts';
import { LenderTable } from '../../src/credit/lender-table.ts';
import type { Lease } from '../../src/credit/lease.ts';
import { attach, lineGrew, lineShrank, type Outbound, serve, tryPay } from '../../src/credit/outbound.ts';
import type { CreditPort, CreditSignal, LocalLine, SlotPool } from '../../src/credit/ports.ts';
import { PlainWords, type SharedWords } from '../../src/credit/shared-words.ts';
import { WaitingLine } from '../../src/mailbox/waiting-line.ts';

/** A mailbox reduced to its counters. */
export class Pool implements SlotPool, LocalLine {
  readonly capacityMessages: number;
  free: number;
  depth = 0;
  lent = 0;
  overdraft = 0;
  contended = false;
  sends = 0;
  evicts = false;

  constructor(capacityMessages: number) {
    this.capacityMessages = capacityMessages;
    this.free = capacityMessages;
  }

  get senders(): number {
    return Math.min(this.sends, 1);
  }

  lend(count: number): void {
    this.free -= count;
    this.lent += count;
  }

  takeBack(count: number): void {
    const repaid = Math.min(count, this.overdraft);
    this.lent -= count;
    this.overdraft -= repaid;
    this.free += count - repaid;
  }

  lendOverdraft(): void {
    this.lent += 1;
    this.overdraft += 1;
  }

  pushLent(): void {
    this.lent -= 1;
    this.depth += 1;
  }

  finish(): void {
    this.depth -= 1;
    if (this.overdraft > 0) this.overdraft -= 1;
    else this.free += 1;
  }

  admit(count: number): number {
    const admitted = Math.min(count, this.sends, this.free);
    this.sends -= admitted;
    this.free -= admitted;
    this.depth += admitted;
    return admitted;
  }

  evict(count: number): number {
    if (!this.evicts) return 0;
    const evicted = Math.min(count, this.depth);
    for (let i = 0; i < evicted; i += 1) this.finish();
    return evicted;
  }
}

/** What is sent. */
export interface Entry {
  readonly sender: object;
  readonly text: string;
}

/** The way of one host to the owner. */
export class RigWay implements Outbound<object, Entry> {
  lease: Lease | null = null;
  readonly line = new WaitingLine<object, Entry>();
  readonly #rig: Rig;
  readonly #host: number;

  constructor(rig: Rig, host: number) {
    this.#rig = rig;
    this.#host = host;
  }

  granted(): void {
    serve(this);
  }

  /** A send waits, unless there is credit for it now. */
  park(entry: Entry): void {
    this.line.enqueue(entry);
    lineGrew(this);
  }

  /** Takes a send that waits out. False when it has left the line already. */
  remove(entry: Entry): boolean {
    if (!this.line.remove(entry)) return false;
    lineShrank(this);
    return true;
  }

  ship({ text }: Entry): boolean {
    if (text === 'not data') return false;
    this.#rig.wire.push({ from: this.#host, slot: this.lease?.slot ?? -1, text });
    return true;
  }

  closed(): void {
    this.#rig.closed.push(this.#host);
  }
}

/** One owner (host 0) and sending hosts 1…n; signals and messages lie in lists until they are delivered. */
export class Rig {
  pool: Pool;
  lenders: LenderTable;
  lender: Lender;
  readonly signals: { to: number; from: number; signal: CreditSignal; slot: number }[] = [];
  readonly wire: { from: number; slot: number; text: string }[] = [];
  readonly received: string[] = [];
  readonly closed: number[] = [];
  readonly #pages: SharedWords[] = [];
  readonly #tables: LeaseTable[] = [];
  readonly ways: RigWay[] = [];

  constructor(capacityMessages: number, senders: number) {
    this.pool = new Pool(capacityMessages);
    this.lenders = new LenderTable(0, senders + 1, this.#port(0), (page, words) => {
      this.#pages[page] = new PlainWords(words);
      return this.#pages[page] as SharedWords;
    });
    this.lender = this.lenders.open(this.pool, this.pool);
    for (let host = 1; host <= senders; host += 1) this.join(host, this.lender);
  }

  /** Opens one more slot of the owner, for a mailbox of its own. */
  open(capacityMessages: number): { readonly pool: Pool; readonly lender: Lender } {
    const pool = new Pool(capacityMessages);
    return { pool, lender: this.lenders.open(pool, pool) };
  }

  /** Gives a host the slot of a lender, and a way to send by it. */
  join(host: number, lender: Lender): RigWay {
    lender.attach(host);
    return this.borrow(host, lender);
  }

  /** A way for a host to send by the slot of a lender, which need not have it attached. */
  borrow(host: number, lender: Lender): RigWay {
    this.#tables[host] ??= new LeaseTable(
      host,
      this.#port(host),
      (_owner, page) => this.#pages[page] as SharedWords,
    );
    const way = new RigWay(this, host);
    this.ways[host] = way;
    attach(way, this.#tables[host].open(0, lender.slot, lender.generation, way));
    return way;
  }

  /** The owner died and was started again over the same pages; every host was told. */
  startAgain(): void {
    const hosts = this.ways.length;
    this.#tables.length = 0;
    this.pool = new Pool(this.pool.capacityMessages);
    this.lenders = new LenderTable(
      0,
      hosts,
      this.#port(0),
      (page) => this.#pages[page] as SharedWords,
      this.lender.generation + 1,
    );
    this.lender = this.lenders.open(this.pool, this.pool);
    for (let host = 1; host < hosts; host += 1) this.join(host, this.lender);
  }

  /** Sends or parks; says which. */
  send(host: number, text: string, sender: object = this): string {
    const way = this.ways[host] as RigWay;
    const payment = tryPay(way);
    if (payment === 'paid') this.wire.push({ from: host, slot: way.lease?.slot ?? -1, text });
    else if (payment === 'dry') way.park({ sender, text });
    return payment;
  }

  /** Delivers everything that is under way. */
  deliver(): void {
    while (this.signals.length > 0 || this.wire.length > 0) {
      const message = this.wire.shift();
      if (message !== undefined) {
        const receipt = this.lenders.receive(message.from, message.slot);
        if (receipt === 'admit') {
          this.pool.pushLent();
          this.received.push(message.text);
        }
        this.lenders.endOfBatch();
      }
      const signal = this.signals.shift();
      if (signal !== undefined) {
        if (signal.signal === 'demand') this.lenders.look(signal.from, signal.slot);
        else this.#tables[signal.to]?.granted(signal.from, signal.slot);
      }
      this.lender.verify();
    }
  }

  /** Handles so many of the messages that were received. */
  handle(count = this.pool.depth): void {
    for (let i = 0; i < count; i += 1) {
      this.pool.finish();
      this.lender.released();
    }
    this.lenders.endOfBatch();
    this.lender.verify();
  }

  #port(from: number): CreditPort {
    return { post: (to, signal, slot) => this.signals.push({ to, from, signal, slot }) };
  }
}
