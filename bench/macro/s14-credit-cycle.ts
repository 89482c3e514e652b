/**
 * S14, credit cycle: A sends to B, B to C, C to A, with mailboxes of one to eight messages and more tokens
 * under way than fit comfortably. A bound that senders wait at makes a circle in which everybody waits for
 * everybody; it must neither hang nor lose a token.
 */
import { verdictOf, type Cell } from '../harness/cell.ts';
import { floodMeasures } from '../harness/metrics.ts';
import type { TallySample } from './tally.ts';

export type CreditCycleParams = {
  readonly capacity: 1 | 2 | 4 | 8;
  readonly actors: number;
  readonly workers: number;
  /** Tokens that go round: as many as all mailboxes together hold. */
  readonly tokens: number;
};

/** Hops are `offered`; `sum` is Σ of what the tokens read in the end. */
export interface CreditCycleSample extends TallySample {
  /** How often a thread of the process went to sleep, or undefined where it cannot be told. */
  readonly sleeps: number | undefined;
}

const ACTORS = 3;

export const cell: Cell<CreditCycleParams, CreditCycleSample> = {
  id: 'S14',
  name: 'credit-cycle',
  question: 'does a circle of full mailboxes go on, and how fast?',
  pace: { kind: 'timed', firstMessages: 300 },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    mode === 'quick'
      ? []
      : ([1, 2, 4, 8] as const).map((capacity) => ({
          capacity,
          actors: ACTORS,
          workers: Math.min(workers, ACTORS),
          tokens: capacity * ACTORS,
        })),
  verify: (_params, { offered, received, sum }) =>
    verdictOf([
      { what: 'hops', expected: offered, found: received },
      { what: 'hops by the tokens', expected: offered, found: sum },
    ]),
  measure: (_params, { offered, elapsedMs, sleeps }) => [
    ...floodMeasures(offered, elapsedMs),
    ...(sleeps === undefined ? [] : [{ metric: 'wakes_per_message' as const, value: sleeps / offered }]),
  ],
};
