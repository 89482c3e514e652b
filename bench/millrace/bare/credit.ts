/**
 * Both ways to bound a mailbox that many threads send to, behind one interface: leases, as Millrace has them, and one
 * shared counter for each mailbox. Owns the slots of this thread's mailboxes and this thread's ways to others';
 * holds that no mailbox has more messages than slots.
 */
import {
  CounterLease,
  CounterLender,
  type CreditPort,
  type Lease,
  LeaseTable,
  LenderTable,
  type LocalLine,
  Outbound,
  type OutboundHost,
  pageOf,
  releasesDue,
  type SharedWords,
  type SlotPool,
} from '@millrace/core/credit';

/** A send that waits. */
export interface Parked {
  readonly sender: object;
  readonly value: number;
}

/** This thread's way to one mailbox of another. */
export type Way = Outbound<object, Parked>;

/** Credit between the threads, as one of them sees it. */
export interface Credit {
  /** A message came for a mailbox of this thread: it has a slot now. */
  take(from: number, slot: number): void;
  /** It was handled. */
  done(slot: number): void;
  /** A signal came. */
  demanded(from: number, slot: number): void;
  granted(owner: number, slot: number): void;
  /** Gives freed slots to those who wait; when `idle`, also ahead of need. */
  settle(idle: boolean): void;
  /** Opens the way to a mailbox of another thread. */
  open(owner: number, slot: number): Way;
}

/** What a thread has to do with the others. */
export interface Surroundings {
  readonly self: number;
  readonly hosts: number;
  readonly mailboxes: number;
  readonly capacity: number;
  readonly port: CreditPort;
  readonly page: (owner: number, page: number) => SharedWords;
  readonly shipper: OutboundHost<object, Parked>;
}

const GENERATION = 1;

/** The counters of one mailbox. Its own thread's messages never wait: they are counted on the spot. */
class Slots implements SlotPool, LocalLine {
  readonly capacityMessages: number;
  free: number;
  depth = 0;
  lent = 0;
  readonly overdraft = 0;
  contended = false;
  freedUntold = 0;
  readonly sends = 0;
  readonly senders = 0;

  constructor(capacity: number) {
    this.capacityMessages = capacity;
    this.free = capacity;
  }

  lend(count: number): void {
    this.free -= count;
    this.lent += count;
  }

  takeBack(count: number): void {
    this.lent -= count;
    this.free += count;
  }

  lendOverdraft(): void {
    throw new Error('nobody waits in a circle here');
  }

  admit(): number {
    return 0;
  }

  evict(): number {
    return 0;
  }

  take(): void {
    this.lent -= 1;
    this.depth += 1;
    if (this.lent < 0 || this.depth > this.capacityMessages) throw new Error('the bound is broken');
  }

  done(): void {
    this.depth -= 1;
    this.free += 1;
  }
}

/** A lease for each thread and mailbox. */
export function leases({ self, hosts, mailboxes, capacity, port, page, shipper }: Surroundings): Credit {
  const lenders = new LenderTable(self, hosts, port, (number) => page(self, number), GENERATION);
  const ways = new LeaseTable(self, port, page);
  const slots = Array.from({ length: mailboxes }, () => new Slots(capacity));
  const opened = slots.map((pool) => lenders.open(pool, pool));
  for (const lender of opened) {
    for (let host = 0; host < hosts; host += 1) if (host !== self) lender.attach(host);
  }
  return {
    take(from, slot) {
      if (lenders.receive(from, slot) !== 'admit') throw new Error('a message was not paid for');
      (slots[slot] as Slots).take();
    },
    done(slot) {
      const pool = slots[slot] as Slots;
      pool.done();
      pool.freedUntold += 1;
      if (pool.freedUntold < releasesDue(pool)) return;
      opened[slot]?.released(pool.freedUntold);
      pool.freedUntold = 0;
    },
    demanded: (from, slot) => lenders.look(from, slot),
    granted: (owner, slot) => ways.granted(owner, slot),
    settle(idle) {
      if (idle) lenders.beforeSleep();
      else lenders.endOfBatch();
    },
    open(owner, slot) {
      const way: Way = new Outbound(shipper);
      way.attach(ways.open(owner, slot, GENERATION, way));
      return way;
    },
  };
}

/** One counter for each mailbox. */
export function counters({ self, hosts, mailboxes, capacity, port, page, shipper }: Surroundings): Credit {
  const slots = Array.from({ length: mailboxes }, () => new Slots(capacity));
  const lenders = slots.map(
    (pool, slot) =>
      new CounterLender(page(self, pageOf(slot)), slot, self, hosts, GENERATION, pool, pool, port),
  );
  const ways: { readonly lease: CounterLease; readonly way: Way }[][] = Array.from(
    { length: hosts },
    () => [],
  );
  return {
    take: (_from, slot) => (slots[slot] as Slots).take(),
    done(slot) {
      (slots[slot] as Slots).done();
      lenders[slot]?.released();
    },
    demanded: (from, slot) => lenders[slot]?.look(from),
    granted(owner, slot) {
      const entry = ways[owner]?.[slot];
      entry?.lease.acknowledge();
      entry?.way.granted();
    },
    // It has nothing to say ahead of need: what is free stands on the counter.
    settle: () => {},
    open(owner, slot) {
      const way: Way = new Outbound(shipper);
      const lease = new CounterLease(page(owner, pageOf(slot)), owner, slot, self, GENERATION, port);
      (ways[owner] as { lease: CounterLease; way: Way }[])[slot] = { lease, way };
      // The rival has the operations of a lease, and is not one.
      way.attach(lease as unknown as Lease);
      return way;
    },
  };
}

/** Words in shared memory. */
export class AtomicWords implements SharedWords {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  load(index: number): number {
    return Atomics.load(this.#words, index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.#words, index, value);
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    return Atomics.compareExchange(this.#words, index, expected, replacement);
  }

  add(index: number, delta: number): number {
    return Atomics.add(this.#words, index, delta);
  }
}
