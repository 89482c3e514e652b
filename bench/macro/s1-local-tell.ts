/**
 * S1, local tell: what one message costs between two actors of one thread. One sender tells one
 * receiver the numbers 0, 1, 2 …; the receiver counts and sums them. Beside the two sit actors that do
 * nothing: however many there are, a message must cost the same.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell } from '../harness/cell.ts';
import { floodMeasures, floorShare } from '../harness/metrics.ts';
import { CAPACITY_MESSAGES, type TallySample } from './tally.ts';

export type LocalTellParams = {
  readonly capacity: number;
  /** Actors that were spawned beforehand and are left alone. */
  readonly idle: number;
};

export const cell: Cell<LocalTellParams, TallySample> = {
  id: 'S1',
  name: 'local-tell',
  question: 'what does one message cost from one actor to another on the same thread?',
  pace: { kind: 'timed', firstMessages: 1_000 },
  headline: 'throughput',
  points: ({ mode }) =>
    (mode === 'quick' ? [0] : [0, 1_000, 10_000, 100_000, 1_000_000]).map((idle) => ({
      capacity: CAPACITY_MESSAGES,
      idle,
    })),
  verify: (_params, sample) =>
    verdictOf([
      { what: 'messages', expected: sample.offered, found: sample.received },
      { what: 'sum', expected: sumOfSequence(sample.offered), found: sample.sum | 0 },
    ]),
  measure: (_params, sample) => floodMeasures(sample.offered, sample.elapsedMs),
  relate: (_params, own, neighbour) =>
    floorShare(own('throughput'), neighbour('floor:array-call', 'throughput')),
};
