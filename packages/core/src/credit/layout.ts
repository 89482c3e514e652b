/**
 * Where the words of the credit protocol lie, and what their bits mean. Owns offsets and bits, nothing
 * else; called by lease and lender; must not know who may change what (they do).
 *
 * A host that owns actors shares pages of {@link SLOTS_PER_PAGE} slots. A slot is given to an actor when
 * another host first addresses it, so an actor that only its own host addresses costs nothing here.
 *
 * ```
 * page of host o, in 32-bit words, S = SLOTS_PER_PAGE, H = hosts
 *
 *   0                S                3S                5S                        S + 2SH
 *   ├────────────────┼────────────────┼─────────────────┼───────── ┄ ─────────────┤
 *   │ directory      │ column host 0  │ column host 1   │ …                       │
 *   │ S words        │ S × 2 words    │ S × 2 words     │                         │
 *   └────────────────┴────────────────┴─────────────────┴───────── ┄ ─────────────┘
 *     one a slot       one pair a slot: lease, demand
 *
 *   directory   ┌──────────────── 31 generation ────────────────┬ 1 wanted ┐   written by the owner
 *   lease       ┌───────── 16 granted ────────┬──────── 16 spent ──────────┐   both, by compare-exchange
 *   demand      ┌ 1 noticed ┬ 1 announced ┬── 15 senders ──┬── 15 sends ───┐   both, by compare-exchange
 * ```
 *
 * Columns, not rows: what one sending host writes lies together, apart from what the others write, so
 * two senders never fight over a cache line. A column is 2 KiB, a whole number of cache lines.
 */

const SLOT_BITS = 8;

/** Slots in one page. A page of a system with 3 hosts is 7 KiB, with 65 hosts 131 KiB. */
export const SLOTS_PER_PAGE: number = 1 << SLOT_BITS;

const WORDS_PER_CELL = 2;

/** Words of one page for a system of `hosts` hosts, the main thread included. */
export function pageWords(hosts: number): number {
  return SLOTS_PER_PAGE + SLOTS_PER_PAGE * WORDS_PER_CELL * hosts;
}

/** Page that holds a slot. */
export function pageOf(slot: number): number {
  return slot >> SLOT_BITS;
}

/** Index of a slot's directory word in its page. */
export function directoryAt(slot: number): number {
  return slot & (SLOTS_PER_PAGE - 1);
}

/** Index, in the slot's page, of the lease word of `host`. The demand word follows it. */
export function leaseAt(slot: number, host: number): number {
  return SLOTS_PER_PAGE + (host * SLOTS_PER_PAGE + (slot & (SLOTS_PER_PAGE - 1))) * WORDS_PER_CELL;
}

/** Index, in the slot's page, of the demand word of `host`. */
export function demandAt(slot: number, host: number): number {
  return leaseAt(slot, host) + 1;
}

// Lease word.

const HALF = 0xffff;

/** Credits ever granted, modulo 2¹⁶. */
export function grantedOf(lease: number): number {
  return lease >>> 16;
}

/** Credits ever spent, modulo 2¹⁶. */
export function spentOf(lease: number): number {
  return lease & HALF;
}

/** Credits granted and not spent. */
export function unspentOf(lease: number): number {
  return ((lease >>> 16) - lease) & HALF;
}

/** The lease word after `count` more credits were granted. */
export function withGranted(lease: number, count: number): number {
  return (lease + (count << 16)) | 0;
}

/** The lease word after `count` more credits were spent, or returned when negative. */
export function withSpent(lease: number, count: number): number {
  return (lease & ~HALF) | ((lease + count) & HALF);
}

/** The lease word with every unspent credit taken away. */
export function withoutUnspent(lease: number): number {
  return (lease << 16) | (lease & HALF);
}

// Demand word.

/** More than this many parked sends, or senders, are announced as this many. */
export const DEMAND_MAX = 0x7fff;

/** A DEMAND signal was posted and the owner has not looked yet. */
export const ANNOUNCED: number = 1 << 30;

/** A GRANT signal was posted and the sender's host has not looked yet. */
export const NOTICED: number = 1 << 31;

/** Both signal bits. */
export const SIGNALS: number = ANNOUNCED | NOTICED;

/** Counts of a demand word, with no signal bit set. */
export function packDemand(sends: number, senders: number): number {
  return (Math.min(senders, DEMAND_MAX) << 15) | Math.min(sends, DEMAND_MAX);
}

/** Sends that wait. */
export function sendsOf(demand: number): number {
  return demand & DEMAND_MAX;
}

/** Distinct senders that wait. */
export function sendersOf(demand: number): number {
  return (demand >>> 15) & DEMAND_MAX;
}

// Directory word.

/** Somebody waits for credit, or the slot is closing: whoever returns a credit tells the owner. */
export const WANTED = 1;

/** A directory word. Generations count from 0 and wrap after 2³¹. */
export function packDirectory(generation: number, wanted: boolean): number {
  return (generation << 1) | (wanted ? WANTED : 0);
}
