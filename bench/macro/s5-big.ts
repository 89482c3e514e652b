/**
 * S5, big (after the Savina benchmarks): 120 actors, each pings one of the others, waits for the pong,
 * and pings the next. Whom it pings is drawn beforehand, so the pings that each actor must have
 * answered are known.
 */
import { skewCeiling, Zipf } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { floodMeasures } from '../harness/metrics.ts';
import { expectedTallies, keyedLoad, keyStream, type KeyedLoad } from '../load/keyed-load.ts';
import { CAPACITY_MESSAGES, firstDifference } from './tally.ts';

export type BigParams = {
  readonly theta: number;
  readonly actors: number;
  readonly workers: number;
  readonly capacity: number;
};

/** Round trips are `offered`; each actor makes `offered / actors` of them. */
export interface BigSample extends Sample {
  /** Pings answered, by actor. */
  readonly pings: ArrayLike<number>;
  /** Pongs received, by actor. */
  readonly pongs: ArrayLike<number>;
}

const ACTORS = 120;
const DRAWS = 2 ** 12;

/** Whom each actor pings: `streams[actor]`. An actor may draw itself and then pings itself. */
export function bigLoad(params: BigParams): KeyedLoad {
  return keyedLoad({ keys: params.actors, theta: params.theta, producers: params.actors, draws: DRAWS });
}

/** The stream of one actor alone: drawing all of them for each takes seconds. */
export function bigStream({ actors, theta }: BigParams, actor: number): Int32Array {
  return keyStream({ keys: actors, theta, producer: actor, draws: DRAWS });
}

export const cell: Cell<BigParams, BigSample> = {
  id: 'S5',
  name: 'big',
  question: 'how many round trips a second do 120 actors make that ping each other?',
  pace: { kind: 'timed', firstMessages: 2_400 },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    mode === 'quick'
      ? []
      : [0, 0.99].map((theta) => ({ theta, actors: ACTORS, workers, capacity: CAPACITY_MESSAGES })),
  verify: (params, { offered, pings, pongs }) => {
    const each = offered / params.actors;
    const expected = expectedTallies(bigLoad(params), each).counts;
    const wrong = firstDifference(expected, pings);
    const short = firstDifference(new Float64Array(params.actors).fill(each), pongs);
    return verdictOf([
      {
        what: `pings of actor ${wrong?.index ?? 0}`,
        expected: wrong?.expected ?? 0,
        found: wrong?.found ?? 0,
      },
      {
        what: `pongs of actor ${short?.index ?? 0}`,
        expected: short?.expected ?? each,
        found: short?.found ?? each,
      },
    ]);
  },
  measure: (_params, sample) => floodMeasures(sample.offered, sample.elapsedMs),
  relate: ({ actors, theta, workers }, own, neighbour) => {
    const rate = own('throughput');
    const oneCore = neighbour('floor:one-thread', 'throughput');
    if (rate === undefined || oneCore === undefined) return [];
    // Half of all messages are pings, by skew; the other half are pongs, of which everybody gets as many.
    const hottestShare = (new Zipf(actors, theta).hottestShare + 1 / actors) / 2;
    const ceiling = oneCore * workers * skewCeiling(hottestShare, workers);
    return [{ metric: 'ceiling_share', value: (rate / ceiling) * 100 }];
  },
};
