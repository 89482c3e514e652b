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
 *   0                        2S               3S                       5S               6S        3SH
 *   ├────────────────────────┼────────────────┼────────────────────────┼────────────────┼─── ┄ ───┤
 *   │ of host 0: S × 2 words │ S words        │ of host 1: S × 2 words │ S words        │ …       │
 *   └────────────────────────┴────────────────┴────────────────────────┴────────────────┴─── ┄ ───┘
 *     a slot: lease, directory  a slot: demand
 *
 *   lease       ┌───────── 16 granted ────────┬──────── 16 spent ──────────┐   both, by compare-exchange
 *   directory   ┌──────────────── 31 generation ────────────────┬ 1 wanted ┐   written by the owner
 *   demand      ┌ 1 noticed ┬ 1 announced ┬── 15 senders ──┬── 15 sends ───┐   both, by compare-exchange
 * ```
 *
 * Columns, not rows: what one sending host writes lies together, apart from what the others write, so
 * two senders never fight over a cache line. A column is 3 KiB, a whole number of cache lines. What each payment
 * looks at, lease and directory, lies in one cache line: so each host has a directory word of its own. The demand
 * word, which only those who wait look at, is out of their way.
 */

const SLOT_BITS = 8;

/** Slots in one page. A page of a system with 3 hosts is 9 KiB, with 65 hosts 195 KiB. */
export const SLOTS_PER_PAGE: number = 1 << SLOT_BITS;

/** Words of one host in a page: two for each slot, then one more for each. */
const COLUMN_WORDS = SLOTS_PER_PAGE * 3;

/** Words of one page for a system of `hosts` hosts, the main thread included. */
export function pageWords(hosts: number): number {
  return COLUMN_WORDS * hosts;
}

/** Page that holds a slot. */
export function pageOf(slot: number): number {
  return slot >> SLOT_BITS;
}

/** Index, in the slot's page, of the lease word of `host`. */
export function leaseAt(slot: number, host: number): number {
  return host * COLUMN_WORDS + (slot & (SLOTS_PER_PAGE - 1)) * 2;
}

/** Index, in the slot's page, of the directory word for `host`. */
export function directoryAt(slot: number, host: number): number {
  return besideLease(leaseAt(slot, host));
}

/** Index of the directory word that belongs to the lease word at an index. */
export function besideLease(index: number): number {
  return index + 1;
}

/** Index, in the slot's page, of the demand word of `host`. */
export function demandAt(slot: number, host: number): number {
  return host * COLUMN_WORDS + SLOTS_PER_PAGE * 2 + (slot & (SLOTS_PER_PAGE - 1));
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
