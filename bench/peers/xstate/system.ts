/** XState: actors from transition functions, the leanest logic it has, on one thread. */
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { oneThreadCovers } from '../actor-library/covers.ts';
import type { ActorLibrary } from '../actor-library/library.ts';

export const systems: readonly System[] = [
  {
    name: 'xstate',
    kind: 'peer',
    version: () => Promise.resolve({ installed: pinnedVersion('xstate') }),
    covers: oneThreadCovers(start),
  },
];

interface Message {
  readonly type: 'message';
  readonly body: unknown;
}

async function start(): Promise<ActorLibrary> {
  const { createActor, fromTransition } = await import('xstate');
  return {
    spawn<S, M>(initial: S, handler: (state: S, message: M) => S) {
      const logic = fromTransition((state: S, event: Message) => handler(state, event.body as M), initial);
      return createActor(logic).start();
    },
    tell: (actor, body) => (actor as { send(message: Message): void }).send({ type: 'message', body }),
    stop: () => Promise.resolve(),
  };
}
