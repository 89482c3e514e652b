/**
 * S16, footprint: how much an idle actor weighs and how fast one is made. Every actor is sent one
 * message in the end, so that one which was never really there is noticed.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell } from '../harness/cell.ts';
import type { TallySample } from './tally.ts';

export type FootprintParams = { readonly actors: number };

/** `offered` is the number of actors; each was sent its own number and answered for it. */
export interface FootprintSample extends TallySample {
  /** Growth of the heap and of what hangs on it, after a collection, by idle actor. */
  readonly bytesPerActor: number;
  readonly spawnMs: number;
}

export const cell: Cell<FootprintParams, FootprintSample> = {
  id: 'S16',
  name: 'footprint',
  question: 'how much memory does an idle actor take, and how many are made a second?',
  pace: { kind: 'once', typicalMs: ({ actors }) => 600 + actors / 85 },
  headline: 'bytes_per_actor',
  points: ({ mode }) => (mode === 'quick' ? [100_000] : [100_000, 1_000_000]).map((actors) => ({ actors })),
  verify: ({ actors }, { received, sum }) =>
    verdictOf([
      { what: 'actors that answered', expected: actors, found: received },
      { what: 'sum', expected: sumOfSequence(actors), found: sum | 0 },
    ]),
  measure: ({ actors }, { bytesPerActor, spawnMs }) => [
    { metric: 'bytes_per_actor', value: bytesPerActor },
    { metric: 'spawn_rate', value: (actors / spawnMs) * 1_000 },
  ],
};
