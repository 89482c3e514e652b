/**
 * S6, zipf-count, the headline: ten thousand keyed actors, one producer on every worker, keys drawn
 * from an exact Zipf distribution. Each actor counts its messages, sums their values, and works for a
 * while. Beside messages a second stands the share of what the skew allows: a key is served by one
 * core, so the hottest key alone can be the limit.
 */
import { skewCeiling, Zipf } from '@millrace/testkit/bench';
import type { Cell, Sample, Verdict } from '../harness/cell.ts';
import { floodMeasures, type Measure } from '../harness/metrics.ts';
import { expectedTallies, keyedLoad, type KeyedLoad } from '../load/keyed-load.ts';
import { CAPACITY_MESSAGES, digestOf, firstDifference } from './tally.ts';

export type ZipfCountParams = {
  readonly theta: number;
  /** Work of one message, in microseconds of one core. */
  readonly workUs: number;
  readonly workers: number;
  readonly keys: number;
  readonly capacity: number;
  /** The share of the hottest key. */
  readonly p1: number;
};

/** Every producer sends `offered / workers` messages. */
export interface ZipfCountSample extends Sample {
  /** Messages by key. */
  readonly counts: ArrayLike<number>;
  /** Σ of values by key, modulo 2³². */
  readonly sums: ArrayLike<number>;
  /** Messages handled by each worker, where the system can say. */
  readonly perWorker?: ArrayLike<number>;
}

const KEYS = 10_000;

/**
 * The engine compiles what it has seen often enough, so slow messages warm it up slowly: with 10 µs of work for six
 * seconds. With one worker it does that on a core that is idle; with a worker on each core it takes the time from
 * them. Where the one is compared with the other, it is waited for.
 */
const SLOW_SWEEP_WARM_UP_TIMES = 8;

let latest: { readonly of: string; readonly load: KeyedLoad } | undefined;

/** The load of a point: one stream of keys per worker. The latest is kept, for a process asks for one point. */
export function zipfCountLoad({
  keys,
  theta,
  workers,
}: Pick<ZipfCountParams, 'keys' | 'theta' | 'workers'>): KeyedLoad {
  const of = `${keys} ${theta} ${workers}`;
  if (latest?.of !== of) latest = { of, load: keyedLoad({ keys, theta, producers: workers }) };
  return latest.load;
}

/** Where neither skew nor the runtime should be in the way of a second worker. */
function isSlowSweep(theta: number, workUs: number): boolean {
  return theta === 0 && workUs === 10;
}

function point(theta: number, workUs: number, workers: number): ZipfCountParams {
  const p1 = Number(new Zipf(KEYS, theta).hottestShare.toPrecision(4));
  return { theta, workUs, workers, keys: KEYS, capacity: CAPACITY_MESSAGES, p1 };
}

export const cell: Cell<ZipfCountParams, ZipfCountSample> = {
  id: 'S6',
  name: 'zipf-count',
  question: 'how many messages a second reach ten thousand keyed actors under skewed load?',
  pace: {
    kind: 'timed',
    firstMessages: 2_000,
    warmUpTimes: ({ theta, workUs }) => (isSlowSweep(theta, workUs) ? SLOW_SWEEP_WARM_UP_TIMES : 1),
  },
  headline: 'throughput',
  points: ({ mode, workers, workersSweep }) => {
    if (mode === 'quick') return [0, 0.99].map((theta) => point(theta, 0, workers));
    const thetas = [0, 0.8, 0.99, 1.2];
    // How it grows with workers: under skew, and where neither skew nor the runtime should be in the way. Asked one
    // after the other, because the machine of a few minutes later is another one.
    const sweep = [workers, ...workersSweep.filter((count) => count !== workers)];
    const countsAt = (theta: number, workUs: number): readonly number[] =>
      (theta === 0.99 && workUs === 1) || isSlowSweep(theta, workUs) ? sweep : [workers];
    return [0, 1, 10].flatMap((workUs) =>
      thetas.flatMap((theta) => countsAt(theta, workUs).map((count) => point(theta, workUs, count))),
    );
  },
  verify: verifyKeys,
  measure: (_params, { offered, elapsedMs, perWorker }) => {
    const measures = floodMeasures(offered, elapsedMs);
    if (perWorker !== undefined) {
      measures.push({ metric: 'busiest_share', value: (Math.max(...Array.from(perWorker)) / offered) * 100 });
    }
    return measures;
  },
  relate: ({ p1, workers }, own, neighbour) => {
    const rate = own('throughput');
    const oneCore = neighbour('floor:one-thread', 'throughput');
    if (rate === undefined || oneCore === undefined) return [];
    const ceiling = oneCore * workers * skewCeiling(p1, workers);
    const related: Measure[] = [{ metric: 'ceiling_share', value: (rate / ceiling) * 100 }];
    const busiest = own('busiest_share');
    if (busiest !== undefined) related.push({ metric: 'placement_share', value: (rate * busiest) / oneCore });
    return related;
  },
};

/** Compares every key with what it must have received. Shared by the cells that send this load. */
export function verifyKeys(
  params: Pick<ZipfCountParams, 'keys' | 'theta' | 'workers'>,
  { offered, counts, sums }: Pick<ZipfCountSample, 'offered' | 'counts' | 'sums'>,
): Verdict {
  const expected = expectedTallies(zipfCountLoad(params), offered / params.workers);
  const facts = [
    ['messages', firstDifference(expected.counts, counts)],
    ['sum', firstDifference(expected.sums, sums)],
  ] as const;
  for (const [what, wrong] of facts) {
    if (wrong === undefined) continue;
    const { index, expected: due, found } = wrong;
    return { ok: false, discrepancy: `${what} of key ${index}: expected=${due}, found=${found}` };
  }
  return { ok: true, digest: digestOf(counts, sums) };
}
