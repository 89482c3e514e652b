/**
 * Which of several hosts a new actor goes to: of two drawn at random, the one that measures as less loaded
 * (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). Decides only; owns nothing.
 *
 * What hosts say of themselves is a moment old, and many may choose at once. So a measure decides only where it
 * tells two hosts clearly apart; else the one gets the actor that was given fewer.
 */
import type { Random } from '../ports.ts';

/** How loaded a host is, as far as it has said. */
export interface HostLoad {
  /** Share of the last while that its thread worked, 0 to 1. */
  readonly busyShare: number;
  /** Actors with something to do. */
  readonly active: number;
}

/** A host nobody has measured. */
export const IDLE: HostLoad = { busyShare: 0, active: 0 };

/** Difference of busy shares from which they decide. */
const BUSY_CLEAR = 0.25;

/** Actors with something to do from which they decide, where one host has more than twice those of the other. */
const ACTIVE_CLEAR = 16;

/**
 * Chooses one of `hosts`, of which there is at least one.
 *
 * @param loadOf what a host says of itself
 * @param given actors that the caller has put on a host
 */
export function chooseHost(
  hosts: readonly number[],
  random: Random,
  loadOf: (host: number) => HostLoad,
  given: (host: number) => number,
): number {
  const at = Math.floor(random() * hosts.length);
  const one = hosts[at] as number;
  if (hosts.length === 1) return one;
  // Another one: with two hosts, both are looked at every time.
  const other = Math.floor(random() * (hosts.length - 1));
  const two = hosts[other >= at ? other + 1 : other] as number;
  const first = loadOf(one);
  const second = loadOf(two);
  if (Math.abs(first.busyShare - second.busyShare) >= BUSY_CLEAR)
    return second.busyShare < first.busyShare ? two : one;
  const more = Math.max(first.active, second.active);
  if (more >= ACTIVE_CLEAR && more > 2 * Math.min(first.active, second.active))
    return second.active < first.active ? two : one;
  return given(two) < given(one) ? two : one;
}
