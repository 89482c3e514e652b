/**
 * Both ways to bound a mailbox that many threads send to, behind one interface: leases, as Millrace has them, and one
 * shared counter for each mailbox. Owns the slots of this thread's mailboxes and this thread's ways to others';
 * holds that no mailbox has more messages than slots.
 */
import {
  attach,
  CounterLease,
  CounterLender,
  type CreditPort,
  type Lease,
  LeaseTable,
  LenderTable,
  pageOf,
  releasesDue,
  type SharedWords,
} from '@millrace/core/credit';
import { CountedSlots, LinedWay } from '@millrace/testkit/protocol';

/** A send that waits. */
export interface Parked {
  readonly sender: object;
  readonly value: number;
}

/** What a paid message is sent by. */
export type Carrier = (lease: Lease, parked: Parked) => void;

/** This thread's way to one mailbox of another. */
export class Way extends LinedWay<object, Parked> {
  readonly #carry: Carrier;

  constructor(carry: Carrier) {
    super();
    this.#carry = carry;
  }

  override ship(parked: Parked): boolean {
    if (this.lease === null) return false;
    this.#carry(this.lease, parked);
    return true;
  }

  override closed(): void {
    throw new Error('nothing is closed here');
  }
}

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
  readonly carry: Carrier;
}

const GENERATION = 1;

/** A lease for each thread and mailbox. */
export function leases({ self, hosts, mailboxes, capacity, port, page, carry }: Surroundings): Credit {
  const lenders = new LenderTable(self, hosts, port, (number) => page(self, number), GENERATION);
  const ways = new LeaseTable(self, port, page);
  const slots = Array.from({ length: mailboxes }, () => new CountedSlots(capacity));
  /** Slots that came free since their lender was told. */
  const freedUntold = new Int32Array(mailboxes);
  const opened = slots.map((pool) => lenders.open(pool, pool));
  for (const lender of opened) {
    for (let host = 0; host < hosts; host += 1) if (host !== self) lender.attach(host);
  }
  return {
    take(from, slot) {
      if (lenders.receive(from, slot) !== 'admit') throw new Error('a message was not paid for');
      (slots[slot] as CountedSlots).take();
    },
    done(slot) {
      const pool = slots[slot] as CountedSlots;
      pool.finish();
      const freed = (freedUntold[slot] as number) + 1;
      const isDue = freed >= releasesDue(pool);
      freedUntold[slot] = isDue ? 0 : freed;
      if (isDue) opened[slot]?.released(freed);
    },
    demanded: (from, slot) => lenders.look(from, slot),
    granted: (owner, slot) => ways.granted(owner, slot),
    settle(idle) {
      ways.endOfPass();
      if (idle) lenders.beforeSleep();
      else lenders.endOfBatch();
    },
    open(owner, slot) {
      const way = new Way(carry);
      attach(way, ways.open(owner, slot, GENERATION, way));
      return way;
    },
  };
}

/** One counter for each mailbox. */
export function counters({ self, hosts, mailboxes, capacity, port, page, carry }: Surroundings): Credit {
  const slots = Array.from({ length: mailboxes }, () => new CountedSlots(capacity));
  const lenders = slots.map(
    (pool, slot) =>
      new CounterLender(page(self, pageOf(slot)), slot, self, hosts, GENERATION, pool, pool, port),
  );
  const ways: { readonly lease: CounterLease; readonly way: Way }[][] = Array.from(
    { length: hosts },
    () => [],
  );
  return {
    take: (_from, slot) => (slots[slot] as CountedSlots).take(),
    done(slot) {
      (slots[slot] as CountedSlots).finish();
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
      const way = new Way(carry);
      const lease = new CounterLease(page(owner, pageOf(slot)), owner, slot, self, GENERATION, port);
      (ways[owner] as { lease: CounterLease; way: Way }[])[slot] = { lease, way };
      // The rival has the operations of a lease, and is not one.
      attach(way, lease as unknown as Lease);
      return way;
    },
  };
}
