/**
 * S16 on one thread: idle actors, spawned one after the other without waiting for each.
 */
import { defineActor, startSystem, type ActorRef } from 'millrace';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import { liveBytes } from '../../load/memory.ts';
import { signal } from '../../load/signal.ts';
import type { FootprintParams, FootprintSample } from '../../macro/s16-footprint.ts';

/** The lightest actor there is: a number for a state. */
export const Idle = defineActor({
  name: 'idle',
  init: (whenTold: (value: number) => void) => ({ whenTold }),
  handlers: {
    add({ whenTold }, value: number) {
      whenTold(value);
    },
  },
});

/** Spawns that are started before the first of them is awaited. */
const SPAWNS_TOGETHER = 1_000;

export async function startFootprint({ actors }: FootprintParams): Promise<Subject<FootprintSample>> {
  const system = await startSystem({ actors: new URL(import.meta.url), workers: 0 });
  return {
    async run() {
      const { fired, fire } = signal();
      let received = 0;
      let sum = 0;
      const args = (value: number): void => {
        received += 1;
        sum = (sum + value) | 0;
        if (received === actors) fire();
      };
      const all = new Array<ActorRef<typeof Idle>>(actors);
      const before = liveBytes();
      const startMs = nowMs();
      for (let from = 0; from < actors; from += SPAWNS_TOGETHER) {
        const spawns: Promise<ActorRef<typeof Idle>>[] = [];
        const to = Math.min(actors, from + SPAWNS_TOGETHER);
        for (let i = from; i < to; i += 1) spawns.push(system.spawn(Idle, { args }));
        for (const [i, ref] of (await Promise.all(spawns)).entries()) all[from + i] = ref;
      }
      const spawnMs = nowMs() - startMs;
      const bytesPerActor = (liveBytes() - before) / actors;
      for (const [i, ref] of all.entries()) void ref.tell('add', i);
      await fired;
      return { elapsedMs: spawnMs, offered: actors, spawnMs, bytesPerActor, received, sum };
    },
    stop: async () => {
      await system.stop();
    },
  };
}
