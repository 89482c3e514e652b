/**
 * S11, isolation: a thousand actors do little and quickly; beside them, on the same worker and behind the
 * same ring, one is stuck and is sent more than it will ever take. The thousand should not notice.
 */
import type { LatencySummary } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';

export type IsolationParams = {
  readonly healthy: number;
  readonly ratePerSecond: number;
  readonly durationMs: number;
};

/** `offered` counts the messages to healthy actors in both passes: without the stuck one, and with it. */
export interface IsolationSample extends Sample {
  readonly received: number;
  readonly without: LatencySummary;
  readonly withStuck: LatencySummary;
}

export const cell: Cell<IsolationParams, IsolationSample> = {
  id: 'S11',
  name: 'isolation',
  question: 'does an actor that is stuck delay the others of its worker?',
  pace: { kind: 'once', typicalMs: ({ durationMs }) => 10 * durationMs },
  headline: 'slowdown',
  points: ({ mode, workers }) =>
    mode === 'quick' || workers < 2 ? [] : [{ healthy: 1_000, ratePerSecond: 20_000, durationMs: 1_000 }],
  verify: (_params, { offered, received }) =>
    verdictOf([{ what: 'messages of healthy actors', expected: offered, found: received }]),
  measure: (_params, { without, withStuck }) => [
    { metric: 'slowdown', value: withStuck.p99Us / without.p99Us },
    { metric: 'latency_p50', value: withStuck.p50Us },
    { metric: 'latency_p99', value: withStuck.p99Us },
  ],
};
