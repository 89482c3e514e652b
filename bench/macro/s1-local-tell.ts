/**
 * S1, local tell: what one message costs between two actors of one thread. One sender tells one
 * receiver the numbers 0, 1, 2 …; the receiver counts and sums them.
 */
import { sumOfSequence, verdictOf, type Cell } from '../harness/cell.ts';
import { floodMeasures } from '../harness/metrics.ts';
import { CAPACITY_MESSAGES, type TallySample } from './tally.ts';

export type LocalTellParams = { readonly capacity: number };

export const cell: Cell<LocalTellParams, TallySample> = {
  id: 'S1',
  name: 'local-tell',
  question: 'what does one message cost from one actor to another on the same thread?',
  pace: { kind: 'timed', firstMessages: 1_000 },
  headline: 'throughput',
  points: () => [{ capacity: CAPACITY_MESSAGES }],
  verify: (_params, sample) =>
    verdictOf([
      { what: 'messages', expected: sample.offered, found: sample.received },
      { what: 'sum', expected: sumOfSequence(sample.offered), found: sample.sum | 0 },
    ]),
  measure: (_params, sample) => floodMeasures(sample.offered, sample.elapsedMs),
  relate: (_params, own, neighbour) => {
    const [rate, floor] = [own('throughput'), neighbour('floor:array-call', 'throughput')];
    return rate && floor ? [{ metric: 'floor_share', value: (rate / floor) * 100 }] : [];
  },
};
