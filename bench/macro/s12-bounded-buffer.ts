/**
 * S12, bounded buffer (after the Savina benchmarks): forty producers make items, forty consumers use them,
 * and between them is a buffer of fifty. Making and using an item takes 25 µs each, so with W cores at most
 * W / 50 µs items a second can pass; and the same without work, where only the passing is left.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { floodMeasures, type Measure } from '../harness/metrics.ts';

export type BoundedBufferParams = {
  readonly buffer: number;
  readonly producers: number;
  readonly consumers: number;
  /** Work to make an item, and to use it. */
  readonly costUs: number;
  readonly workers: number;
};

/** Every producer makes `offered / producers` items, numbered from 0. */
export interface BoundedBufferSample extends Sample {
  /** Items by consumer. */
  readonly used: readonly number[];
  /** Σ of the numbers of all items, modulo 2³². */
  readonly sum: number;
  /** Most items in the buffer at any look. */
  readonly depthPeak: number;
}

/** The buffer of the benchmark, a part of the definition of whatever is the buffer. */
export const BUFFER_ITEMS = 50;
const PRODUCERS = 40;
const CONSUMERS = 40;

export const cell: Cell<BoundedBufferParams, BoundedBufferSample> = {
  id: 'S12',
  name: 'bounded-buffer',
  question: 'how many items a second pass a buffer of fifty between forty producers and forty consumers?',
  pace: { kind: 'timed', firstMessages: 4_000 },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    mode === 'quick'
      ? []
      : [25, 0].map((costUs) => ({
          buffer: BUFFER_ITEMS,
          producers: PRODUCERS,
          consumers: CONSUMERS,
          costUs,
          workers,
        })),
  verify: ({ producers, buffer }, { offered, used, sum, depthPeak }) =>
    verdictOf([
      { what: 'items above the bound', expected: 0, found: Math.max(0, depthPeak - buffer) },
      { what: 'items', expected: offered, found: used.reduce((total, count) => total + count, 0) },
      { what: 'sum', expected: Math.imul(sumOfSequence(offered / producers), producers), found: sum | 0 },
    ]),
  measure: ({ costUs, workers }, { offered, elapsedMs, depthPeak }) => {
    const measures: Measure[] = [
      ...floodMeasures(offered, elapsedMs),
      { metric: 'depth_peak', value: depthPeak },
    ];
    if (costUs > 0) {
      const ideal = (workers * 1_000) / (2 * costUs);
      measures.push({ metric: 'ceiling_share', value: (offered / elapsedMs / ideal) * 100 });
    }
    return measures;
  },
};
