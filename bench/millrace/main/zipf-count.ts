/**
 * S6 and S7: keys spread over the workers by their number, a producer on each worker; and S6 with keys of other
 * kinds, as ablations.
 */
import type { ActorRef, RunningSystem } from 'millrace';
import { nowMs, SharedHistogram } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { expectedTallies, hottestKeys } from '../../load/keyed-load.ts';
import { findPeak } from '../../load/peak.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import {
  HOT_KEYS,
  scheduleOf,
  WARM_UP_SHARE,
  type ZipfOpenParams,
  type ZipfOpenSample,
} from '../../macro/s7-zipf-open.ts';
import {
  type Expectation,
  Key,
  type KeyRef,
  Meter,
  NamedKey,
  nameOf,
  type Pace,
  Producer,
  RoomyKey,
  type Tallies,
} from './key-actors.ts';
import { startStage, subjectOf, type Stage } from './subject.ts';

/** Time to tell the producers of an open loop when it begins. */
const PREPARE_MS = 20;
/** Spawns that are under way together. */
const TOGETHER = 1_000;

/**
 * Which keys: spread over the workers by their number; the same with mailboxes whose senders hardly ever wait; or
 * reached by name and placed by the runtime.
 */
export type KeysKind = 'hashed' | 'roomy' | 'named';

/** S6. */
export async function startZipfCount(
  params: ZipfCountParams,
  tools: Tools,
  kind: KeysKind = 'hashed',
): Promise<Subject<ZipfCountSample>> {
  const keyed = await startKeyed(params, tools, kind);
  return subjectOf(keyed.stage, (messages) => keyed.pass(Math.ceil(messages / params.workers)));
}

/** S7: the same actors, whose producers send when a message is due. */
export async function startZipfOpen(params: ZipfOpenParams, tools: Tools): Promise<Subject<ZipfOpenSample>> {
  const keyed = await startKeyed(params, tools, 'hashed');
  return subjectOf(keyed.stage, async () => {
    const peakPerSecond = await findPeak((messages) => keyed.pass(Math.ceil(messages / params.workers)));
    const { each, gapMs } = scheduleOf(params, peakPerSecond);
    // A little later than now, so that every producer has heard of it in time.
    const open = (messages: number) => keyed.pass(messages, { startMs: nowMs() + PREPARE_MS, gapMs });
    await open(Math.ceil(each * WARM_UP_SHARE));
    const sample = await open(each);
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
  kind: KeysKind,
): Promise<Keyed> {
  const { workers, keys, theta } = params;
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const stage = await startStage(['key-actors'], { workers });
  const { system, collector, told } = stage;
  const everyWorker = Array.from({ length: workers }, (_, i) => i + 1);
  const meters = await Promise.all(
    everyWorker.map((placement) => system.spawn(Meter, { placement, args: collector })),
  );
  await Promise.all(meters.map((meter) => meter.ask('heat', hottestKeys(keys, HOT_KEYS))));
  const tallies = (): Promise<Tallies[]> =>
    Promise.all(meters.map((meter) => meter.ask('tallies', undefined)));
  const refs = await startKeys(system, kind, params, workSteps);
  // Where they are; what named ones were asked to get there is forgotten with it.
  const workerOf = new Int32Array(keys);
  for (const [i, tally] of (await tallies()).entries()) for (const key of tally.keys) workerOf[key] = i + 1;
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
  const sharesOf = (counts: Int32Array): number[] => {
    const perWorker = new Array<number>(workers).fill(0);
    for (const [key, count] of counts.entries()) {
      const worker = workerOf[key] as number;
      perWorker[worker - 1] = (perWorker[worker - 1] as number) + count;
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

/** Starts every key; they are there when this resolves. */
async function startKeys(
  system: RunningSystem,
  kind: KeysKind,
  { keys, workers }: Pick<ZipfCountParams, 'workers' | 'keys'>,
  workSteps: number,
): Promise<KeyRef[]> {
  if (kind !== 'named') {
    const definition = kind === 'roomy' ? RoomyKey : Key;
    return inPortions(keys, (key) =>
      system.spawn(definition, { placement: 1 + (key % workers), args: { key, workSteps } }),
    );
  }
  const byName = system.keyed(NamedKey);
  return inPortions(keys, async (key) => {
    const ref = byName.ref(nameOf({ key, workSteps }));
    // The first message makes the actor.
    await ref.ask('add', 0);
    return ref;
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
