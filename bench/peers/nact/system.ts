/** nact: actors as functions of state and message, on one thread. */
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { oneThreadCovers } from '../actor-library/covers.ts';
import type { ActorLibrary } from '../actor-library/library.ts';

export const systems: readonly System[] = [
  {
    name: 'nact',
    kind: 'peer',
    version: () => Promise.resolve({ installed: pinnedVersion('nact') }),
    covers: oneThreadCovers(start),
  },
];

async function start(): Promise<ActorLibrary> {
  const { dispatch, spawn, start: startSystem, stop } = await import('nact');
  const system = startSystem();
  let spawned = 0;
  return {
    spawn: (initialState, handler) => {
      // A name of our own: the library draws one at random otherwise and fails when two are alike.
      spawned += 1;
      return spawn(system, handler, `actor-${spawned}`, { initialState });
    },
    tell: (actor, message) => dispatch(actor as Parameters<typeof dispatch>[0], message as never),
    stop: () => Promise.resolve(stop(system)),
  };
}
