/** Which host a new actor lives on: a pure reading of its `placement`. */
import { MillraceError } from '@millrace/core';
import { Ref } from '@millrace/core/remote';

/**
 * Where an actor is to live: `main` or `here` by name, a worker by number (1 to the number of workers),
 * beside another actor by its ref.
 */
export type Placement = 'main' | 'here' | number | { readonly beside: unknown };

/** The host for a placement. @throws ERR_OPTION_INVALID */
export function placeChild(
  placement: unknown,
  self: number,
  hosts: number,
  hostOf: (ref: unknown) => number,
): number {
  if (placement === undefined || placement === 'here') return self;
  if (placement === 'main') return 0;
  if (typeof placement === 'number' && Number.isInteger(placement) && placement >= 0 && placement < hosts)
    return placement;
  if (
    typeof placement === 'object' &&
    placement !== null &&
    'beside' in placement &&
    Ref.isRef(placement.beside)
  ) {
    return hostOf(placement.beside);
  }
  throw new MillraceError('ERR_OPTION_INVALID', {
    option: 'placement',
    value: typeof placement === 'number' || typeof placement === 'string' ? placement : typeof placement,
    allowed: `'main'|'here'|a worker from 1 to ${hosts - 1}|{ beside: ref }`,
  });
}

/**
 * The host for an actor whose own host died: the worker that was asked for if it lives, else the next one that
 * does; while none does, the first, which finds the actor when it is started again.
 */
export function placeAgain(placement: unknown, alive: Int32Array): number {
  const first = typeof placement === 'number' && placement > 0 ? placement : 1;
  for (let i = 0; i < alive.length - 1; i += 1) {
    const host = ((first - 1 + i) % (alive.length - 1)) + 1;
    if (Atomics.load(alive, host) === 1) return host;
  }
  return first;
}
