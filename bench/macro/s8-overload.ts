/**
 * S8, overload: one actor that needs 50 µs a message is sent two and ten times what it can do. A bound
 * keeps memory and the age of what waits flat; without one both grow as long as the overload lasts. A first phase
 * in a closed loop finds the peak; then an open loop offers a multiple of it. When time is up the
 * receiver stops working and only counts, so that what waits can be drained and accounted for.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { peakRss, type MemorySample } from '../load/memory.ts';
import type { OverloadTallies } from '../load/overload.ts';
import { CAPACITY_MESSAGES } from './tally.ts';

export type OverloadParams = {
  /** Offered load as a multiple of the peak, which every system finds for itself. */
  readonly factor: number;
  readonly serviceUs: number;
  readonly capacity: number;
  /** Length of one window of the search for the peak. */
  readonly peakMs: number;
  readonly overloadMs: number;
};

/** What happened under overload. Values of the open loop's messages are 0 … offered − 1. */
export interface OverloadSample extends Sample, OverloadTallies {
  readonly memory: readonly MemorySample[];
}

const MEGABYTE = 2 ** 20;

export const cell: Cell<OverloadParams, OverloadSample> = {
  id: 'S8',
  name: 'overload',
  question: 'what happens to work done, age and memory when more is sent than one actor can do?',
  pace: { kind: 'once', typicalMs: ({ peakMs, overloadMs }) => 6 * peakMs + 1.5 * overloadMs },
  headline: 'goodput',
  points: ({ mode }) =>
    (mode === 'quick' ? [10] : [2, 10]).map((factor) => ({
      factor,
      serviceUs: 50,
      capacity: CAPACITY_MESSAGES,
      peakMs: mode === 'quick' ? 100 : 200,
      overloadMs: mode === 'quick' ? 500 : 2_000,
    })),
  verify: (_params, { offered, refused, refusedSum, inTime, drained, sum }) =>
    verdictOf([
      { what: 'refused + handled + drained', expected: offered, found: refused + inTime + drained },
      ...(refusedSum === undefined
        ? []
        : [{ what: 'sum', expected: sumOfSequence(offered), found: (sum + refusedSum) | 0 }]),
    ]),
  measure: ({ overloadMs }, sample) => {
    const during = memoryDuring(overloadMs, sample);
    const start = during[0]?.rssBytes ?? 0;
    const peak = peakRss(during);
    return [
      { metric: 'goodput', value: (sample.inTime / overloadMs) * (1_000 / sample.peakPerSecond) },
      { metric: 'peak_rate', value: sample.peakPerSecond },
      { metric: 'offered_rate', value: (sample.offered / overloadMs) * 1_000 },
      { metric: 'age_p99', value: sample.age.p99Us / 1_000 },
      { metric: 'waiting_at_end', value: sample.drained },
      { metric: 'rss_start', value: start / MEGABYTE },
      { metric: 'rss_peak', value: peak / MEGABYTE },
      { metric: 'rss_growth', value: ((peak - start) / start) * 100 },
    ];
  },
  trace: ({ overloadMs }, sample) => [
    {
      name: 'rss',
      unit: 'MB',
      points: memoryDuring(overloadMs, sample).map(({ atMs, rssBytes }) => [
        Math.round(atMs - sample.floodStartMs),
        Number((rssBytes / MEGABYTE).toFixed(1)),
      ]),
    },
  ],
};

/** The readings of the open loop, the search for the peak before it and the draining behind it left out. */
function memoryDuring(overloadMs: number, { floodStartMs, memory }: OverloadSample): readonly MemorySample[] {
  return memory.filter(({ atMs }) => atMs >= floodStartMs && atMs <= floodStartMs + overloadMs);
}
