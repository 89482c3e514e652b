/**
 * S6: keys spread over the workers by their number, a producer on each worker.
 */
import type { Subject, Tools } from '../../harness/system.ts';
import { nowMs } from '../../load/clock.ts';
import { expectedTallies } from '../../load/keyed-load.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import { Key, Meter, Producer } from './key-actors.ts';
import { startStage, subjectOf } from './subject.ts';

/** Spawns and asks that are under way together. */
const TOGETHER = 1_000;

export async function startZipfCount(
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const { workers, keys, theta } = params;
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const stage = await startStage(['key-actors'], { workers });
  const { system, collector, told } = stage;
  const workerOf = (key: number): number => 1 + (key % workers);
  const refs = await inPortions(keys, (key) =>
    system.spawn(Key, { placement: workerOf(key), args: workSteps }),
  );
  const everyWorker = Array.from({ length: workers }, (_, i) => i + 1);
  const meters = await Promise.all(
    everyWorker.map((placement) => system.spawn(Meter, { placement, args: collector })),
  );
  const producers = await Promise.all(
    everyWorker.map((placement) =>
      system.spawn(Producer, { placement, args: { keys: refs, theta, producer: placement - 1 } }),
    ),
  );
  const load = zipfCountLoad(params);
  return subjectOf(stage, async (messages) => {
    const each = Math.ceil(messages / workers);
    const perWorker = new Array<number>(workers).fill(0);
    for (const [key, count] of expectedTallies(load, each).counts.entries()) {
      perWorker[workerOf(key) - 1] = (perWorker[workerOf(key) - 1] as number) + count;
    }
    await Promise.all(meters.map((meter, i) => meter.ask('expect', perWorker[i] as number)));
    await Promise.all(producers.map((producer) => producer.ask('prepare', each)));
    const done = told(perWorker.filter((count) => count > 0).length);
    const startMs = nowMs();
    for (const producer of producers) void producer.tell('go', undefined);
    await done;
    const elapsedMs = nowMs() - startMs;
    const handled = await Promise.all(meters.map((meter) => meter.ask('handled', undefined)));
    const tallies = await inPortions(keys, (key) =>
      (refs[key] as (typeof refs)[number]).ask('report', undefined),
    );
    return {
      elapsedMs,
      offered: each * workers,
      counts: tallies.map(({ count }) => count),
      sums: tallies.map(({ sum }) => sum),
      perWorker: handled,
    };
  });
}

/** Does something for 0 … count − 1, a portion at a time. */
async function inPortions<T>(count: number, act: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let from = 0; from < count; from += TOGETHER) {
    const portion = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, i) => act(from + i));
    // oxlint-disable-next-line no-await-in-loop -- portions, so that what waits stays bounded
    results.push(...(await Promise.all(portion)));
  }
  return results;
}
