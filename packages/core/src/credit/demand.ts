/**
 * The owner's half of a demand word: when to wake a host that waits, and how to take note of its call. Owns the bits
 * `noticed` (set here, cleared by the lease) and `announced` (cleared here, set by the lease), so that at most one
 * signal of each kind is under way for a slot and a host. Called by whoever lends; must not know how much is lent.
 */
import { ANNOUNCED, demandAt, NOTICED, sendsOf } from './layout.ts';
import type { CreditPort } from './ports.ts';
import type { SharedWords } from './shared-words.ts';

/** Posts a `grant` signal if sends of `host` wait and no such signal is under way. */
export function noticeWaiting(words: SharedWords, slot: number, host: number, port: CreditPort): void {
  const at = demandAt(slot, host);
  for (;;) {
    const demand = words.load(at);
    if (sendsOf(demand) === 0 || (demand & NOTICED) !== 0) return;
    if (words.compareExchange(at, demand, demand | NOTICED) === demand) break;
  }
  port.post(host, 'grant', slot);
}

/** Call first when a `demand` signal comes: from here on the sending host may post the next one. */
export function acknowledgeDemand(words: SharedWords, slot: number, host: number): void {
  const at = demandAt(slot, host);
  for (;;) {
    const demand = words.load(at);
    if ((demand & ANNOUNCED) === 0) return;
    if (words.compareExchange(at, demand, demand & ~ANNOUNCED) === demand) return;
  }
}
