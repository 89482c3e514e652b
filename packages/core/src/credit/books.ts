/**
 * What an owner has written down of each host that sends to its actors: counts by slot and host, in pages of
 * plain numbers. Owns the layout; holds nothing. Called by lenders and their table. Numbers that are touched for
 * each message lie together here, not in one object for each mailbox: with ten thousand mailboxes in use a
 * message then costs one cache miss for them instead of four.
 */
import { SLOTS_PER_PAGE } from './layout.ts';

/** Credits ever granted to the host, modulo 2¹⁶. */
export const GRANTED = 0;
/** Messages ever received from the host, modulo 2¹⁶. */
export const RECEIVED = 1;
/**
 * Messages received since windows were last adapted, or {@link MODULO} if there were more. In the owner's own row:
 * {@link OPEN} or {@link SHUT}.
 */
export const USED = 2;
/** Credits that the host should hold ahead of need. In the owner's own row: slots that stay free for itself. */
export const WINDOW = 3;
/** Counts are kept modulo 2¹⁶. */
export const MODULO = 0xffff;

/** Numbers for each slot and host. */
export const COLUMNS = 4;

/** The slot takes messages as a matter of course. */
export const OPEN = 1;
/** The slot is frozen, closed or free: its lender must be asked. */
export const SHUT = 0;

/** A page of books for a system of `hosts` hosts. No number in it is above {@link MODULO}. */
export function makeBooks(hosts: number): Uint16Array {
  return new Uint16Array(SLOTS_PER_PAGE * hosts * COLUMNS);
}

/** Index of a number in its page. */
export function bookAt(slot: number, host: number, hosts: number): number {
  return ((slot & (SLOTS_PER_PAGE - 1)) * hosts + host) * COLUMNS;
}
