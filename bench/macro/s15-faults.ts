/**
 * S15, faults: one message in a hundred makes its handler throw, or a worker is killed in the middle of a
 * flood. Speed is not the question but the account: every message must be handled, failed, or lost with a
 * reason, and the numbers must add up.
 */
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { floodMeasures } from '../harness/metrics.ts';

export type FaultsParams = {
  readonly fault: 'none' | 'throws' | 'worker-killed';
  readonly messages: number;
  /** Every so many messages one fails, where handlers throw. */
  readonly failEvery: number;
};

/** What the system's own account says at the end. */
export interface FaultsSample extends Sample {
  /** Messages that the actor under fault handled, by its own count; undefined when that count died with it. */
  readonly handled: number | undefined;
  readonly failed: number;
  /** Messages that went down with the worker or found nobody: accounted for, and not handled. */
  readonly lost: number;
  /** Laws of the account that do not hold. */
  readonly problems: readonly string[];
  /** From the kill to the first answer of an actor of that worker; undefined where nothing was killed. */
  readonly restartMs: number | undefined;
}

export const cell: Cell<FaultsParams, FaultsSample> = {
  id: 'S15',
  name: 'faults',
  question: 'is every message accounted for when handlers throw and workers die?',
  pace: { kind: 'once', typicalMs: ({ fault }) => (fault === 'throws' ? 1_200 : 300) },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    mode === 'quick' || workers < 2
      ? []
      : (['none', 'throws', 'worker-killed'] as const).map((fault) => ({
          fault,
          messages: 200_000,
          failEvery: 100,
        })),
  verify: ({ fault, failEvery }, { offered, handled, failed, lost, problems }) =>
    verdictOf([
      { what: problems[0] ?? 'laws broken', expected: 0, found: problems.length },
      { what: 'failed', expected: fault === 'throws' ? Math.ceil(offered / failEvery) : 0, found: failed },
      ...(handled === undefined
        ? []
        : [
            { what: 'handled + failed', expected: offered, found: handled + failed },
            { what: 'lost', expected: 0, found: lost },
          ]),
    ]),
  measure: (_params, { offered, elapsedMs, lost, restartMs }) => [
    ...floodMeasures(offered, elapsedMs),
    { metric: 'lost', value: lost },
    ...(restartMs === undefined ? [] : [{ metric: 'restart' as const, value: restartMs }]),
  ],
};
