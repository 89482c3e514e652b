/**
 * A virtual actor: its mailbox reduced to counters and a queue, its handler reduced to the sends it makes.
 * Owns its slots; holds the mailbox's half of the law. Called by its host; must not know leases or the
 * network.
 */
import type { Lender, LocalLine, SlotPool, Wait } from '@millrace/core/credit';
import { OVERDRAFT_MAX_MESSAGES, releasesDue, WaitingLine } from '@millrace/core/credit';
import { check, type SimLedger, type SimMessage } from './message.ts';
import { Queue } from './queue.ts';

/** What a full mailbox does; `latest` is `park` as far as credit is concerned. */
export type SimPolicy = 'park' | 'drop-oldest' | 'drop-newest' | 'fail';

/** Who sends: an actor, or application code outside actors. */
export interface SimSender {
  readonly key: number;
  readonly cell: SimCell | undefined;
  /** Its parked sends, to all receivers. */
  readonly parked: Set<Parked>;
  readonly parkedMax: number;
}

/** A parked send. */
export interface Parked {
  readonly sender: SimSender;
  readonly message: SimMessage;
  /** Takes it out of the line that it stands in; false when it stands in none. */
  leave: () => boolean;
  wait: Wait | undefined;
  settled: boolean;
  deadlineMs: number;
}

/** The slots of a virtual mailbox. */
export class SimPool implements SlotPool {
  readonly capacityMessages: number;
  free: number;
  lent = 0;
  overdraft = 0;
  contended = false;
  freedUntold = 0;
  held = 0;
  queue: Queue<SimMessage> = new Queue();

  constructor(capacityMessages: number) {
    this.capacityMessages = capacityMessages;
    this.free = capacityMessages;
  }

  get depth(): number {
    return this.queue.size + this.held;
  }

  lend(count: number): void {
    check(count <= this.free, 'I1 only free slots are lent', () => `free ${this.free}, lent out ${count}`);
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
    this.overdraft += 1;
    this.lent += 1;
    check(
      this.overdraft <= OVERDRAFT_MAX_MESSAGES,
      'I1 what is borrowed has a bound',
      () => `${this.overdraft}`,
    );
  }

  /** The same slots on another host. This pool is empty then. Nothing may be lent or held. */
  carry(): SimPool {
    const carried = new SimPool(this.capacityMessages);
    carried.queue = this.queue;
    carried.free = this.free;
    carried.overdraft = this.overdraft;
    this.queue = new Queue();
    this.free = this.capacityMessages;
    this.overdraft = 0;
    return carried;
  }

  /** Queues a message in a free slot. */
  push(message: SimMessage): void {
    check(this.free > 0, 'I1 a message needs a slot', () => `message ${message.id}`);
    this.free -= 1;
    this.queue.push(message);
  }

  /** Queues a message in a slot above the capacity. */
  pushOverdraft(message: SimMessage): void {
    this.overdraft += 1;
    this.queue.push(message);
  }

  /** Queues a message that came with a lent slot. */
  pushLent(message: SimMessage): void {
    check(this.lent > 0, 'I2 received ≤ spent', () => `message ${message.id}`);
    this.lent -= 1;
    this.queue.push(message);
  }

  /** Takes the oldest message; its slot stays held. */
  take(): SimMessage | undefined {
    const message = this.queue.shift();
    if (message !== undefined) this.held += 1;
    return message;
  }

  /** Frees a held slot. */
  release(): void {
    this.held -= 1;
    if (this.overdraft > 0) this.overdraft -= 1;
    else this.free += 1;
  }
}

/** A virtual actor on its host. */
export class SimCell implements LocalLine {
  readonly id: number;
  readonly policy: SimPolicy;
  pool: SimPool;
  readonly line: WaitingLine<SimSender, Parked> = new WaitingLine();
  readonly sender: SimSender;
  /** Set once another host addressed it. */
  lender: Lender | undefined;
  /** The message whose handler has not ended. */
  running: SimMessage | undefined;
  /** Asks of the running handler whose replies have not come, by id. */
  readonly asks: Map<number, { readonly wait: Wait; readonly deadlineMs: number }> = new Map();
  /** Waits for the moment at which it can move; then, where to. */
  movingTo = -1;
  drained = false;
  /** Hosts that have yet to say that all it sent them from here has come; undefined before they were asked. */
  echoes: { readonly round: number; readonly from: Set<number> } | undefined;
  stopped = false;
  readonly #ledger: SimLedger;
  #admitted: (parked: Parked) => void;

  constructor(
    id: number,
    capacityMessages: number,
    policy: SimPolicy,
    parkedMax: number,
    ledger: SimLedger,
    admitted: (parked: Parked) => void,
  ) {
    this.id = id;
    this.policy = policy;
    this.pool = new SimPool(capacityMessages);
    this.sender = { key: id, cell: this, parked: new Set(), parkedMax };
    this.#ledger = ledger;
    this.#admitted = admitted;
  }

  get sends(): number {
    return this.line.size;
  }

  get senders(): number {
    return this.line.senders;
  }

  /** True when it may be given its next message: its last one and all that it sent are done with. */
  get ready(): boolean {
    return this.pool.queue.size > 0 && this.restful && !this.stopped && !(this.drained && this.movingTo >= 0);
  }

  /** True when nothing of it runs or waits, so that it can be carried to another host. */
  get restful(): boolean {
    return this.running === undefined && this.sender.parked.size === 0 && this.asks.size === 0;
  }

  /** A local send may take a free slot now, without overtaking anybody. */
  get hasRoom(): boolean {
    return this.pool.free > 0 && this.line.size === 0 && !(this.lender?.contended ?? false);
  }

  admit(count: number): number {
    let admitted = 0;
    while (admitted < count && this.pool.free > 0) {
      const parked = this.line.next();
      if (parked === undefined) break;
      this.pool.push(parked.message);
      this.#admitted(parked);
      admitted += 1;
    }
    return admitted;
  }

  evict(count: number): number {
    if (this.policy !== 'drop-oldest') return 0;
    let evicted = 0;
    while (evicted < count) {
      const message = this.pool.take();
      if (message === undefined) break;
      this.pool.release();
      this.#ledger.settle(message, 'evicted');
      evicted += 1;
    }
    return evicted;
  }

  /** Lets the oldest parked send of a sender in above the capacity, if so many are not borrowed yet. */
  relieve(sender: SimSender): void {
    const { pool } = this;
    if (pool.free === 0 && pool.overdraft >= OVERDRAFT_MAX_MESSAGES) return;
    // Not the send whose wait closes the cycle: it may have parked behind others of the same pair.
    const parked = [...sender.parked].find(({ message }) => message.to === this.id);
    if (parked === undefined || !this.line.remove(parked)) return;
    if (pool.free > 0) pool.push(parked.message);
    else pool.pushOverdraft(parked.message);
    this.#admitted(parked);
  }

  /** Messages that would be lost with its host. */
  *messages(): Generator<SimMessage> {
    yield* this.pool.queue;
    if (this.running !== undefined) yield this.running;
  }

  /** It was carried to another host, with its queue and nothing else. */
  moved(admitted: (parked: Parked) => void): void {
    this.pool = this.pool.carry();
    this.movingTo = -1;
    this.drained = false;
    this.echoes = undefined;
    this.lender = undefined;
    this.#admitted = admitted;
  }

  /** Frees the slot of a message that was taken, and passes it on. */
  release(): void {
    this.pool.release();
    const { lender, pool } = this;
    if (lender === undefined) {
      this.admit(pool.free);
      return;
    }
    pool.freedUntold += 1;
    if (pool.freedUntold < releasesDue(pool)) return;
    const count = pool.freedUntold;
    pool.freedUntold = 0;
    lender.released(count);
  }
}
