/**
 * S16 for any library of actors.
 */
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import { signal } from '../../load/signal.ts';
import { liveBytes } from '../../load/memory.ts';
import type { FootprintParams, FootprintSample } from '../../macro/s16-footprint.ts';
import { type LibraryRef, type StartLibrary } from './library.ts';

export async function startFootprint(
  start: StartLibrary,
  params: FootprintParams,
): Promise<Subject<FootprintSample>> {
  const library = await start();
  return {
    async run() {
      const { actors } = params;
      const { fired, fire } = signal();
      let received = 0;
      let sum = 0;
      const handler = (state: { seen: number }, value: number): { seen: number } => {
        received += 1;
        sum = (sum + value) | 0;
        if (received === actors) fire();
        state.seen = value;
        return state;
      };
      const all = new Array<LibraryRef>(actors);
      const before = liveBytes();
      const startMs = nowMs();
      for (let i = 0; i < actors; i += 1) {
        const spawned = library.spawn({ seen: 0 }, handler);
        all[i] = isPromise(spawned) ? await spawned : spawned;
      }
      const spawnMs = nowMs() - startMs;
      const bytesPerActor = (liveBytes() - before) / actors;
      for (let i = 0; i < actors; i += 1) library.tell(all[i], i);
      await fired;
      return { elapsedMs: spawnMs, offered: actors, spawnMs, bytesPerActor, received, sum };
    },
    stop: () => library.stop(),
  };
}

/** Awaiting what is no promise would charge every spawn a turn of the microtask queue. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}
