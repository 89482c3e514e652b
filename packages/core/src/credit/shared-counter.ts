/**
 * The plain alternative to leases: one shared counter of free credits for each mailbox, which all hosts
 * decrement. Owns that counter; holds the mailbox's bound. Kept as an oracle for tests and as the rival in
 * the bench, not used by hosts: see `docs/adr` for the figures. It lacks what the counter cannot give: it
 * does not know who has what, so it cannot say whom to revoke from, whose turn it is, or what a host that
 * died had paid for. Called by tests and the bench; must not know messages.
 */
import {
  ANNOUNCED,
  demandAt,
  directoryAt,
  leaseAt,
  NOTICED,
  packDemand,
  packDirectory,
  sendsOf,
  SIGNALS,
  WANTED,
} from './layout.ts';
import type { Payment } from './lease.ts';
import { acknowledgeDemand, noticeWaiting } from './demand.ts';
import type { CreditPort, LocalLine, SlotPool } from './ports.ts';
import type { SharedWords } from './shared-words.ts';

/** The sending side: the operations of a `Lease`, on the one counter. */
export class CounterLease {
  /** Host that owns the slot. */
  readonly owner: number;
  /** The slot, among its owner's. */
  readonly slot: number;
  readonly #words: SharedWords;
  readonly #counterAt: number;
  readonly #demandAt: number;
  readonly #directoryAt: number;
  readonly #directory: number;
  readonly #port: CreditPort;

  /** See `Lease`. The counter stands where the owner's own lease would, which nobody uses. */
  constructor(
    words: SharedWords,
    owner: number,
    slot: number,
    host: number,
    generation: number,
    port: CreditPort,
  ) {
    this.owner = owner;
    this.slot = slot;
    this.#words = words;
    this.#counterAt = leaseAt(slot, owner);
    this.#demandAt = demandAt(slot, host);
    this.#directoryAt = directoryAt(slot, owner);
    this.#directory = packDirectory(generation, true);
    this.#port = port;
  }

  /** Pays for one message. */
  trySpend(): Payment {
    const words = this.#words;
    for (;;) {
      const credits = words.load(this.#counterAt);
      if (credits <= 0) return this.#open() ? 'dry' : 'closed';
      if (words.compareExchange(this.#counterAt, credits, credits - 1) === credits) break;
    }
    if (this.#open()) return 'paid';
    this.refund(1);
    return 'closed';
  }

  /** Returns `count` payments whose messages will not be sent. */
  refund(count: number): void {
    this.#words.add(this.#counterAt, count);
    if ((this.#words.load(this.#directoryAt) & WANTED) !== 0) this.announce();
  }

  /** Writes down how much waits here. */
  want(sends: number, senders: number): void {
    const counts = packDemand(sends, senders);
    for (;;) {
      const demand = this.#words.load(this.#demandAt);
      if ((demand & ~SIGNALS) === counts) return;
      const next = (demand & SIGNALS) | counts;
      if (this.#words.compareExchange(this.#demandAt, demand, next) === demand) break;
    }
    if (counts === 0 && (this.#words.load(this.#directoryAt) & WANTED) !== 0) this.announce();
  }

  /** Asks the owner to look at this host's demand, unless such a signal is under way. */
  announce(): void {
    for (;;) {
      const demand = this.#words.load(this.#demandAt);
      if ((demand & ANNOUNCED) !== 0) return;
      if (this.#words.compareExchange(this.#demandAt, demand, demand | ANNOUNCED) === demand) break;
    }
    this.#port.post(this.owner, 'demand', this.slot);
  }

  /** Call first when a `grant` signal comes. */
  acknowledge(): void {
    for (;;) {
      const demand = this.#words.load(this.#demandAt);
      if ((demand & NOTICED) === 0) return;
      if (this.#words.compareExchange(this.#demandAt, demand, demand & ~NOTICED) === demand) return;
    }
  }

  #open(): boolean {
    return (this.#words.load(this.#directoryAt) | WANTED) === this.#directory;
  }
}

/** The receiving side: the operations of a `Lender`, on the one counter. */
export class CounterLender {
  /** The mailbox's slots. */
  readonly pool: SlotPool;
  readonly #words: SharedWords;
  readonly #slot: number;
  readonly #self: number;
  readonly #hosts: number;
  readonly #local: LocalLine;
  readonly #port: CreditPort;
  readonly #counterAt: number;
  readonly #flushAt: number;
  #reclaimed = 0;
  /** Host that is told first next time. */
  #turn = 0;

  constructor(
    words: SharedWords,
    slot: number,
    self: number,
    hosts: number,
    generation: number,
    pool: SlotPool,
    local: LocalLine,
    port: CreditPort,
  ) {
    this.pool = pool;
    this.#words = words;
    this.#slot = slot;
    this.#self = self;
    this.#hosts = hosts;
    this.#local = local;
    this.#port = port;
    this.#counterAt = leaseAt(slot, self);
    this.#flushAt = Math.max(pool.capacityMessages >> 2, 1);
    words.store(directoryAt(slot, self), packDirectory(generation, false));
    this.flush();
  }

  /** A `demand` signal came from `host`. */
  look(host: number): void {
    acknowledgeDemand(this.#words, this.#slot, host);
    this.flush();
  }

  /** A send of this host parked: what nobody has spent yet is as good for it as for others. */
  localParked(): void {
    const wanted = this.#local.sends - this.pool.free;
    for (;;) {
      const credits = this.#words.load(this.#counterAt);
      const taken = Math.min(Math.max(credits, 0), wanted);
      if (taken <= 0) break;
      if (this.#words.compareExchange(this.#counterAt, credits, credits - taken) !== credits) continue;
      this.pool.takeBack(taken);
      break;
    }
    this.#local.admit(this.pool.free);
  }

  /** A slot of the mailbox became free. */
  released(): void {
    this.#reclaimed += 1;
    if (this.#reclaimed >= this.#flushAt) this.flush();
  }

  /** Puts what is free on the counter and wakes hosts that wait, one for each credit, in turns. */
  flush(): void {
    this.#reclaimed = 0;
    if (this.#local.sends > 0) this.#local.admit(this.pool.free);
    const free = this.pool.free;
    if (free > 0) {
      this.pool.lend(free);
      this.#words.add(this.#counterAt, free);
    }
    let credits = this.#words.load(this.#counterAt);
    for (let i = 0; i < this.#hosts && credits > 0; i += 1) {
      const host = (this.#turn + i) % this.#hosts;
      if (host === this.#self) continue;
      const sends = sendsOf(this.#words.load(demandAt(this.#slot, host)));
      if (sends === 0) continue;
      noticeWaiting(this.#words, this.#slot, host, this.#port);
      credits -= sends;
      this.#turn = (host + 1) % this.#hosts;
    }
  }
}
