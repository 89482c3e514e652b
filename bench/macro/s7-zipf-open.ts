/**
 * S7, zipf-open: the keyed load of S6 in an open loop, at a share of what the system itself can do in a
 * closed one. A message is due at a time fixed beforehand, and its latency counts from then to the start of
 * its handler. Beside all keys stand the cold ones: they have nothing to do with the hot key that fills one
 * core, and should not feel it.
 */
import { queueWaitP99 } from '../load/queueing.ts';
import { type LatencySummary, Zipf } from '@millrace/testkit/bench';
import type { Cell } from '../harness/cell.ts';
import { verifyKeys, type ZipfCountSample } from './s6-zipf-count.ts';
import { CAPACITY_MESSAGES } from './tally.ts';

export type ZipfOpenParams = {
  /** Offered load, in percent of the system's own peak. */
  readonly load: number;
  readonly theta: number;
  readonly workUs: number;
  readonly workers: number;
  readonly keys: number;
  readonly capacity: number;
  readonly p1: number;
  readonly durationMs: number;
};

/** Every producer sends `offered / workers` messages, evenly spaced. */
export interface ZipfOpenSample extends ZipfCountSample {
  readonly peakPerSecond: number;
  readonly latency: LatencySummary;
  /** Of keys that are not among the {@link HOT_KEYS} hottest; undefined where the system cannot tell. */
  readonly cold: LatencySummary | undefined;
}

/** Keys that count as hot. */
export const HOT_KEYS = 100;

const KEYS = 10_000;
const THETA = 0.99;

/** Messages of one producer, and the time between two of them, for a peak that was found. */
export function scheduleOf(params: ZipfOpenParams, peakPerSecond: number): { each: number; gapMs: number } {
  const perProducer = (peakPerSecond * params.load) / 100 / params.workers;
  return {
    each: Math.max(1, Math.floor((perProducer * params.durationMs) / 1_000)),
    gapMs: 1_000 / perProducer,
  };
}

/**
 * Share of an open loop that is run before the one that counts: what only an open loop does is cold code after the
 * search for the peak, and would be all that the highest percentiles show.
 */
export const WARM_UP_SHARE = 0.5;

export const cell: Cell<ZipfOpenParams, ZipfOpenSample> = {
  id: 'S7',
  name: 'zipf-open',
  question: 'how late are messages when the keyed load arrives at its own pace?',
  pace: { kind: 'once', typicalMs: ({ durationMs }) => 1_200 + (1 + WARM_UP_SHARE) * durationMs },
  headline: 'latency_p99',
  points: ({ mode, workers }) =>
    mode === 'quick'
      ? []
      : [50, 80, 95].map((load) => ({
          load,
          theta: THETA,
          workUs: 10,
          workers,
          keys: KEYS,
          capacity: CAPACITY_MESSAGES,
          p1: Number(new Zipf(KEYS, THETA).hottestShare.toPrecision(4)),
          durationMs: 1_000,
        })),
  verify: verifyKeys,
  measure: ({ load, workers }, { peakPerSecond, latency, cold }) => {
    const serviceUs = (workers * 1e6) / peakPerSecond;
    const queueP99 = queueWaitP99(load / 100) * serviceUs;
    return [
      { metric: 'latency_p50', value: latency.p50Us },
      { metric: 'latency_p99', value: latency.p99Us },
      { metric: 'latency_p999', value: latency.p999Us },
      ...(cold === undefined ? [] : [{ metric: 'cold_p99' as const, value: cold.p99Us }]),
      { metric: 'queue_p99', value: queueP99 },
      { metric: 'slowdown', value: latency.p99Us / queueP99 },
      { metric: 'peak_rate', value: peakPerSecond },
    ];
  },
};
