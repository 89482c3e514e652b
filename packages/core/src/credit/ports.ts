/**
 * What the credit protocol needs from its surroundings: the mailbox that owns the slots, a way to post a
 * signal to another host, a line of parked sends. Owns one rule. Implemented by `mailbox/` (slots, line)
 * and by the host (port), and by virtual ones in a simulation.
 */

/**
 * Signals between hosts. Each says only "look at this slot": what is to be done stands in shared memory,
 * so a signal may come late or twice and does no harm.
 *
 * - `demand`: to the owner of the slot. The poster's parked sends or unspent credit changed.
 * - `grant`: to a sending host. Its lease changed: credit came, or the slot's generation is over.
 */
export type CreditSignal = 'demand' | 'grant';

/**
 * Posts signals. At most one signal of each kind is under way for each slot and sending host (a bit in
 * shared memory sees to it), so whatever queues them is bounded by 2 × slots × hosts. A post must never be
 * lost while both hosts live, must wake the receiving host, and must not throw.
 */
export interface CreditPort {
  /** Posts one signal about a slot: of `toHost` for `demand`, of the posting host for `grant`. */
  post(toHost: number, signal: CreditSignal, slot: number): void;
}

/**
 * The slots of one mailbox. The mailbox owns every counter; the lender moves slots between `free` and
 * `lent` and knows for each sending host how many of the lent ones are its.
 *
 * INVARIANT: capacityMessages + overdraft = free + depth + lent.
 */
export interface SlotPool {
  /** Slots of the mailbox, from 1 to 32,767. */
  readonly capacityMessages: number;
  /** Slots that nobody has. */
  readonly free: number;
  /** Messages that hold a slot: waiting, being handled, stashed. */
  readonly depth: number;
  /** Slots granted to other hosts whose messages have not come yet. */
  readonly lent: number;
  /** Slots borrowed above the capacity. */
  readonly overdraft: number;
  /**
   * True while somebody waits whom the free slots do not serve. Written by the lender alone. The mailbox's own host
   * must then park its sends too (`Lender.localParked`), or it would overtake the others. It stands here because
   * each send looks at it, and at this object anyway.
   */
  contended: boolean;
  /** `free` − count, `lent` + count. The caller has seen `free ≥ count`. */
  lend(count: number): void;
  /** `lent` − count; repays the overdraft first, the rest goes to `free`. */
  takeBack(count: number): void;
  /** `overdraft` + 1, `lent` + 1. */
  lendOverdraft(): void;
}

/**
 * So many slots come free before `Lender.released` must be called with their number: one while somebody may wait
 * for it; else enough to be worth the work.
 */
export function releasesDue(pool: SlotPool): number {
  return pool.contended || pool.overdraft > 0 ? 1 : Math.max(pool.capacityMessages >> 4, 1);
}

/**
 * What competes with other hosts for the slots of a mailbox: the sends of its own host. Implemented by
 * the actor's cell; a mailbox whose host never parks sends may return 0 everywhere.
 */
export interface LocalLine {
  /** Parked sends of this host. */
  readonly sends: number;
  /** Distinct senders among them. */
  readonly senders: number;
  /** Lets up to `count` parked sends into free slots. Returns how many it let in. */
  admit(count: number): number;
  /**
   * Under `drop-oldest`: drops up to `count` queued messages, oldest first, and returns how many; their slots
   * are free then. Any other policy returns 0. Runs in the middle of a deal: it must not make any actor go on,
   * nor call `Lender.released`.
   */
  evict(count: number): number;
}
