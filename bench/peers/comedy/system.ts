/** Comedy: actors in memory, or each in a thread of its own below the root. */
import { pinnedVersion } from '../../harness/paths.ts';
import { lacks, runs, type Coverage, type System } from '../../harness/system.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn, type FanInParams } from '../../macro/s2-fan-in.ts';
import { cell as pingPong, type PingPongParams } from '../../macro/s3-ping-pong.ts';
import { cell as zipfCount } from '../../macro/s6-zipf-count.ts';
import { cell as zipfOpen } from '../../macro/s7-zipf-open.ts';
import { cell as overload } from '../../macro/s8-overload.ts';
import { cell as burst } from '../../macro/s9-burst.ts';
import { cell as footprint } from '../../macro/s16-footprint.ts';
import { oneThreadCovers } from '../actor-library/covers.ts';
import type { ActorLibrary } from '../actor-library/library.ts';

const inMemory = oneThreadCovers(start);

export const systems: readonly System[] = [
  {
    name: 'comedy',
    kind: 'peer',
    onlyInFull: true,
    version: () => Promise.resolve({ installed: pinnedVersion('comedy') }),
    covers: [
      ...inMemory.filter(({ cell }) => !['S1', 'S2', 'S3', 'S6', 'S7', 'S8', 'S9', 'S16'].includes(cell.id)),
      runs(
        localTell,
        async (params) => (await import('../actor-library/floods.ts')).startLocalTell(start, params),
        ({ idle }) => tooMany(idle),
      ),
      runs(
        fanIn,
        async (params) =>
          params.placement === 'same'
            ? (await import('../actor-library/floods.ts')).startFanIn(start, params)
            : (await import('./threads.ts')).startFanIn(params),
        ({ placement, senders }: FanInParams) =>
          placement === 'other' && senders > 1 ? 'only the root can send to a threaded child' : undefined,
      ),
      runs(
        pingPong,
        async (params) =>
          params.placement === 'same'
            ? (await import('../actor-library/round-trips.ts')).startPingPong(start, params)
            : (await import('./threads.ts')).startPingPong(),
        lacksPingPong,
      ),
      runs(zipfCount, async (params, tools) => (await import('./threads.ts')).startZipfCount(params, tools)),
      lacks(zipfOpen, 'only the root can send to a threaded child: there is no producer on each worker'),
      runs(burst, async (params, tools) => (await import('./threads.ts')).startBurst(params, tools)),
      runs(
        footprint,
        async (params) => (await import('../actor-library/footprint.ts')).startFootprint(start, params),
        ({ actors }) => tooMany(actors),
      ),
      runs(overload, async (params, tools) => (await import('./threads.ts')).startOverload(params, tools)),
    ] satisfies Coverage[],
  },
];

function tooMany(actors: number): string | undefined {
  return actors > 100_000 ? 'a million actors take longer than a job may' : undefined;
}

function lacksPingPong({ placement, shape, waiting }: PingPongParams): string | undefined {
  if (placement === 'same') return undefined;
  if (shape === 'ring') return 'threaded actors cannot send to each other';
  return waiting === 'spin' ? 'a thread without messages always sleeps' : undefined;
}

async function start(): Promise<ActorLibrary> {
  const { createSystem } = await import('comedy');
  const system = createSystem({ test: true });
  const root = await system.rootActor();
  return {
    spawn<S, M>(initial: S, handler: (state: S, message: M) => S) {
      class Behaviour {
        #state = initial;

        initialize(): void {}

        destroy(): void {}

        message(body: M): void {
          this.#state = handler(this.#state, body);
        }
      }
      return root.createChild(new Behaviour());
    },
    tell: (actor, message) => {
      // A handler that fails is logged by the library; the checksum notices what it did not do.
      (actor as { send(topic: string, body: unknown): Promise<void> })
        .send('message', message)
        .catch(() => {});
    },
    stop: () => system.destroy(),
  };
}
