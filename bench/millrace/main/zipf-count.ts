/**
 * S6 and S7: keys spread over the workers by their number, a producer on each worker.
 */
import type { ActorRef } from 'millrace';
import { nowMs, SharedHistogram } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { expectedTallies, hottestKeys } from '../../load/keyed-load.ts';
import { findPeak } from '../../load/peak.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import { HOT_KEYS, scheduleOf, type ZipfOpenParams, type ZipfOpenSample } from '../../macro/s7-zipf-open.ts';
import { Key, Meter, Producer, type Expectation, type Pace, type Tallies } from './key-actors.ts';
import { startStage, subjectOf, type Stage } from './subject.ts';

/** Time to tell the producers of an open loop when it begins. */
const PREPARE_MS = 20;
/** Spawns that are under way together. */
const TOGETHER = 1_000;

/** S6. */
export async function startZipfCount(
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const keyed = await startKeyed(params, tools);
  return subjectOf(keyed.stage, (messages) => keyed.pass(Math.ceil(messages / params.workers)));
}

/** S7: the same actors, whose producers send when a message is due. */
export async function startZipfOpen(params: ZipfOpenParams, tools: Tools): Promise<Subject<ZipfOpenSample>> {
  const keyed = await startKeyed(params, tools);
  return subjectOf(keyed.stage, async () => {
    const peakPerSecond = await findPeak((messages) => keyed.pass(Math.ceil(messages / params.workers)));
    const { each, gapMs } = scheduleOf(params, peakPerSecond);
    // A little later than now, so that every producer has heard of it in time.
    const sample = await keyed.pass(each, { startMs: nowMs() + PREPARE_MS, gapMs });
    const [all, cold] = [new SharedHistogram(), new SharedHistogram()];
    for (const meter of keyed.meters) {
      const latencies = await meter.ask('latencies', undefined);
      all.add(latencies.all);
      cold.add(latencies.cold);
    }
    return { ...sample, peakPerSecond, latency: all.summary(), cold: cold.summary() };
  });
}

interface Keyed {
  readonly stage: Stage;
  readonly meters: readonly ActorRef<typeof Meter>[];
  /** Every producer sends that many messages of its stream. */
  readonly pass: (each: number, pace?: Pace) => Promise<ZipfCountSample>;
}

async function startKeyed(
  params: Pick<ZipfCountParams, 'workers' | 'keys' | 'theta' | 'workUs'>,
  tools: Tools,
): Promise<Keyed> {
  const { workers, keys, theta } = params;
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const stage = await startStage(['key-actors'], { workers });
  const { system, collector, told } = stage;
  const workerOf = (key: number): number => 1 + (key % workers);
  const refs = await inPortions(keys, (key) =>
    system.spawn(Key, { placement: workerOf(key), args: { key, workSteps } }),
  );
  const everyWorker = Array.from({ length: workers }, (_, i) => i + 1);
  const meters = await Promise.all(
    everyWorker.map((placement) => system.spawn(Meter, { placement, args: collector })),
  );
  await Promise.all(meters.map((meter) => meter.ask('heat', hottestKeys(keys, HOT_KEYS))));
  const producers = await Promise.all(
    everyWorker.map((placement) =>
      system.spawn(Producer, { placement, args: { keys: refs, theta, producer: placement - 1 } }),
    ),
  );
  const load = zipfCountLoad(params);
  const run = async (
    perWorker: readonly number[],
    each: number,
    more: Partial<Expectation>,
  ): Promise<number> => {
    await Promise.all(
      meters.map((meter, i) => meter.ask('expect', { messages: perWorker[i] as number, ...more })),
    );
    await Promise.all(producers.map((producer) => producer.ask('prepare', { messages: each, ...more })));
    const done = told(perWorker.filter((count) => count > 0).length);
    const startMs = nowMs();
    for (const producer of producers) void producer.tell('go', undefined);
    await done;
    return nowMs() - startMs;
  };
  const tallies = (): Promise<Tallies[]> =>
    Promise.all(meters.map((meter) => meter.ask('tallies', undefined)));
  const sharesOf = (counts: Int32Array): number[] => {
    const perWorker = new Array<number>(workers).fill(0);
    for (const [key, count] of counts.entries()) {
      perWorker[workerOf(key) - 1] = (perWorker[workerOf(key) - 1] as number) + count;
    }
    return perWorker;
  };
  // The channels of raw threads are open before the clock starts; so are the leases here.
  await run(sharesOf(new Int32Array(keys).fill(workers)), keys, { sweep: true });
  await tallies();
  return {
    stage,
    meters,
    async pass(each, pace) {
      const perWorker = sharesOf(expectedTallies(load, each).counts);
      const elapsedMs = await run(perWorker, each, pace === undefined ? {} : { pace });
      const handled = await Promise.all(meters.map((meter) => meter.ask('handled', undefined)));
      const counts = new Int32Array(keys);
      const sums = new Int32Array(keys);
      for (const tally of await tallies()) {
        for (const [i, key] of tally.keys.entries()) {
          counts[key] = tally.counts[i] as number;
          sums[key] = tally.sums[i] as number;
        }
      }
      return { elapsedMs, offered: each * workers, counts, sums, perWorker: handled };
    },
  };
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
