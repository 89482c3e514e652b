/**
 * S16 on one thread: idle actors, spawned one after the other without waiting for each.
 */
import { defineActor, type ActorRef } from '@millrace/core';
import type { Subject } from '../../harness/system.ts';
import { nowMs } from '../../load/clock.ts';
import { liveBytes } from '../../load/memory.ts';
import { signal } from '../../load/signal.ts';
import type { FootprintParams, FootprintSample } from '../../macro/s16-footprint.ts';
import { onSystem } from './floods.ts';

/** Spawns that are started before the first of them is awaited. */
const SPAWNS_TOGETHER = 1_000;

export function startFootprint({ actors }: FootprintParams): Promise<Subject<FootprintSample>> {
  return onSystem(async (system) => {
    const { fired, fire } = signal();
    let received = 0;
    let sum = 0;
    const Idle = defineActor({
      name: 'idle',
      init: () => ({ seen: 0 }),
      handlers: {
        add(state, value: number) {
          state.seen = value;
          received += 1;
          sum = (sum + value) | 0;
          if (received === actors) fire();
        },
      },
    });
    const all = new Array<ActorRef<typeof Idle>>(actors);
    const before = liveBytes();
    const startMs = nowMs();
    for (let from = 0; from < actors; from += SPAWNS_TOGETHER) {
      const spawns: Promise<ActorRef<typeof Idle>>[] = [];
      for (let i = from; i < Math.min(actors, from + SPAWNS_TOGETHER); i += 1)
        spawns.push(system.spawn(Idle));
      for (const [i, ref] of (await Promise.all(spawns)).entries()) all[from + i] = ref;
    }
    const spawnMs = nowMs() - startMs;
    const bytesPerActor = (liveBytes() - before) / actors;
    for (const [i, ref] of all.entries()) void ref.tell('add', i);
    await fired;
    return { elapsedMs: spawnMs, offered: actors, spawnMs, bytesPerActor, received, sum };
  });
}
