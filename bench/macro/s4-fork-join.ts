/**
 * S4, fork-join throughput (after the Savina benchmarks): one sender, sixty receivers, in turn. Each
 * receiver counts and sums its own messages.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { floodMeasures, floorShare } from '../harness/metrics.ts';
import { CAPACITY_MESSAGES } from './tally.ts';

export type ForkJoinParams = {
  readonly placement: 'same' | 'other';
  readonly actors: number;
  readonly workers: number;
  readonly capacity: number;
};

/** What the receivers saw, by receiver. Each is sent 0 … offered/actors − 1. */
export interface ForkJoinSample extends Sample {
  readonly received: ArrayLike<number>;
  readonly sums: ArrayLike<number>;
}

const ACTORS = 60;

export const cell: Cell<ForkJoinParams, ForkJoinSample> = {
  id: 'S4',
  name: 'fork-join',
  question: 'how many messages a second does one sender spread over sixty actors?',
  pace: { kind: 'timed', firstMessages: 6_000 },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    mode === 'quick'
      ? []
      : [
          { placement: 'same', actors: ACTORS, workers: 1, capacity: CAPACITY_MESSAGES },
          { placement: 'other', actors: ACTORS, workers, capacity: CAPACITY_MESSAGES },
        ],
  verify: ({ actors }, { offered, received, sums }) => {
    const each = offered / actors;
    const sum = sumOfSequence(each);
    let total = 0;
    let wrong = 0;
    for (let actor = 0; actor < actors; actor += 1) {
      total += received[actor] ?? 0;
      if (received[actor] !== each || ((sums[actor] ?? 0) | 0) !== sum) wrong += 1;
    }
    return verdictOf([
      { what: 'messages', expected: offered, found: total },
      { what: 'actors whose messages do not add up', expected: 0, found: wrong },
    ]);
  },
  measure: (_params, sample) => floodMeasures(sample.offered, sample.elapsedMs),
  relate: ({ placement }, own, neighbour) =>
    floorShare(
      own('throughput'),
      neighbour(placement === 'other' ? 'floor:link' : 'floor:one-thread', 'throughput'),
    ),
};
