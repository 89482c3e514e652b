/**
 * Which of several hosts a new actor goes to: of two drawn at random, the one that measures as less loaded
 * (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). Owns the count of what was chosen
 * since the measures were new; must not know actors.
 *
 * What hosts say of themselves is a moment old, and a thousand actors may be made in that moment. So a measure decides
 * only where it tells two hosts clearly apart, and only until the better one has got a few more than the other; else
 * the one gets the actor that was given fewer.
 */
import { LEAD_MAX_ACTORS, LOAD_SAMPLE_MS } from '../limits.ts';
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

/** What a choice is made by. */
export interface ChooserOptions {
  readonly random: Random;
  /** What a host says of itself. */
  readonly loadOf: (host: number) => HostLoad;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

/** Chooses hosts for new actors. */
export class HostChooser {
  readonly #options: ChooserOptions;
  /** By host: actors that it was chosen for since {@link #sinceMs}. */
  #lately: number[] = [];
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: ChooserOptions) {
    this.#options = options;
  }

  /**
   * One of `hosts`, of which there is at least one.
   *
   * @param given actors that the caller has put on a host
   */
  choose(hosts: readonly number[], given: (host: number) => number): number {
    const nowMs = this.#options.now();
    if (nowMs - this.#sinceMs >= LOAD_SAMPLE_MS) {
      this.#sinceMs = nowMs;
      this.#lately = [];
    }
    const chosen = this.#ofTwo(hosts, given);
    this.#lately[chosen] = this.#got(chosen) + 1;
    return chosen;
  }

  #ofTwo(hosts: readonly number[], given: (host: number) => number): number {
    const { random, loadOf } = this.#options;
    const at = Math.floor(random() * hosts.length);
    const one = hosts[at] as number;
    if (hosts.length === 1) return one;
    // Another one: with two hosts, both are looked at every time.
    const other = Math.floor(random() * (hosts.length - 1));
    const two = hosts[other >= at ? other + 1 : other] as number;
    const difference = clearDifference(loadOf(one), loadOf(two));
    if (difference === 0) return given(two) < given(one) ? two : one;
    const [less, more] = difference < 0 ? [one, two] : [two, one];
    return this.#got(less) - this.#got(more) < LEAD_MAX_ACTORS ? less : more;
  }

  #got(host: number): number {
    return this.#lately[host] ?? 0;
  }
}

/** Below 0 when the first is clearly less loaded, above when the second is, 0 when nothing is clear. */
function clearDifference(first: HostLoad, second: HostLoad): number {
  if (Math.abs(first.busyShare - second.busyShare) >= BUSY_CLEAR) return first.busyShare - second.busyShare;
  const more = Math.max(first.active, second.active);
  if (more < ACTIVE_CLEAR || more <= 2 * Math.min(first.active, second.active)) return 0;
  return first.active - second.active;
}
