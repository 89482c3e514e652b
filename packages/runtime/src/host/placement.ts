/**
 * Which host a new actor lives on, by its `placement` and what hosts say of their load. Owns the count of what
 * this host has placed; holds that an actor goes to a host that lives while one does. Called when an actor is
 * made, and when one is made again whose host died; must not know how.
 */
import { MillraceError } from '@millrace/core';
import { type ChooserOptions, HostChooser, Ref } from '@millrace/core/remote';
import { LIFE } from './shared-memory.ts';

/**
 * Where an actor is to live: `auto`, on the less loaded of two workers drawn at random; `main` or `here` by name; a
 * worker by number, 1 to the number of workers; beside another actor by its ref. Without it a top-level actor
 * goes where `auto` says, and a child where its parent lives. A worker that is dead counts as the next one that lives.
 */
export type Placement = 'auto' | 'main' | 'here' | number | { readonly beside: unknown };

/** What is needed to place. */
export interface PlacerOptions extends ChooserOptions {
  readonly self: number;
  /** By host, one of {@link LIFE}. */
  readonly alive: Int32Array;
  /** Where the actor behind a ref lives. */
  readonly hostOf: (ref: object) => number;
}

/** Places the actors of one host. */
export class Placer {
  readonly #options: PlacerOptions;
  /** By host: actors that were sent there. */
  readonly #given: number[];
  readonly #chooser: HostChooser;

  constructor(options: PlacerOptions) {
    this.#options = options;
    this.#given = Array.from(options.alive, () => 0);
    this.#chooser = new HostChooser(options);
  }

  /** The host for a new actor. @throws ERR_OPTION_INVALID, ERR_HOST_LOST when it needs a worker and all are given up */
  place(placement: unknown): number {
    const { self, alive, hostOf } = this.#options;
    if (placement === undefined || placement === 'here') return self;
    if (placement === 'main') return 0;
    if (placement === 'auto') return this.#choose();
    if (
      typeof placement === 'number' &&
      Number.isInteger(placement) &&
      placement >= 0 &&
      placement < alive.length
    )
      return this.#alive(placement);
    const beside = refIn(placement);
    if (beside !== undefined) return this.#alive(hostOf(beside));
    throw new MillraceError('ERR_OPTION_INVALID', {
      option: 'placement',
      value: typeof placement === 'number' || typeof placement === 'string' ? placement : typeof placement,
      allowed: `'auto'|'main'|'here'|a worker from 1 to ${alive.length - 1}|{ beside: ref }`,
    });
  }

  /**
   * The host for an actor whose own host died. While no worker lives, one that will find it when it is back.
   *
   * @throws ERR_HOST_LOST when all are given up
   */
  placeAgain(placement: unknown): number {
    if (typeof placement === 'number') return this.#alive(placement);
    const beside = refIn(placement);
    if (beside !== undefined) return this.#alive(this.#options.hostOf(beside));
    return this.#choose();
  }

  #choose(): number {
    const { alive } = this.#options;
    if (alive.length === 1) return 0;
    const living: number[] = [];
    for (let host = 1; host < alive.length; host += 1)
      if (Atomics.load(alive, host) === LIFE.lives) living.push(host);
    if (living.length === 0) return this.#alive(1);
    const host = this.#chooser.choose(living, (one) => this.#given[one] ?? 0);
    this.#given[host] = (this.#given[host] ?? 0) + 1;
    return host;
  }

  /** That host, or the next worker that lives; when none does, the first of them that will be back. */
  #alive(host: number): number {
    const { alive } = this.#options;
    if (host === 0) return 0;
    const workers = alive.length - 1;
    let back = 0;
    for (let i = 0; i < workers; i += 1) {
      const next = ((host - 1 + i) % workers) + 1;
      const life = Atomics.load(alive, next);
      if (life === LIFE.lives) return next;
      if (life === LIFE.dead && back === 0) back = next;
    }
    if (back === 0) throw new MillraceError('ERR_HOST_LOST', { reason: 'every worker was given up' });
    return back;
  }
}

function refIn(placement: unknown): object | undefined {
  if (typeof placement !== 'object' || placement === null || !('beside' in placement)) return undefined;
  return Ref.isRef(placement.beside) ? (placement.beside as object) : undefined;
}
