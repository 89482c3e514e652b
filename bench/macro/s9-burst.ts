/**
 * S9, burst: an actor at half of what it can do is sent five times that for 200 ms. What has come too much
 * must be worked off with the half that is left, which takes backlog ÷ spare capacity; a system that takes
 * longer has lost something on the way. Lateness counts from the time a message was due.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell } from '../harness/cell.ts';
import type { BurstSchedule, Recovery } from '../load/burst.ts';
import { CAPACITY_MESSAGES, type TallySample } from './tally.ts';

export type BurstParams = {
  readonly serviceUs: number;
  /** Steady load, in percent of the peak. */
  readonly steady: number;
  /** Load of the burst, as a multiple of the steady one. */
  readonly burst: number;
  readonly burstMs: number;
  readonly capacity: number;
};

/** What came of it. */
export interface BurstSample extends TallySample {
  readonly peakPerSecond: number;
  readonly recovery: Recovery;
}

const BEFORE_MS = 500;
const AFTER_MS = 2_000;

/** The schedule for a peak that was found. */
export function scheduleOf({ steady, burst, burstMs }: BurstParams, peakPerSecond: number): BurstSchedule {
  const steadyPerSecond = (peakPerSecond * steady) / 100;
  return {
    steadyPerSecond,
    burstPerSecond: steadyPerSecond * burst,
    beforeMs: BEFORE_MS,
    burstMs,
    afterMs: AFTER_MS,
  };
}

export const cell: Cell<BurstParams, BurstSample> = {
  id: 'S9',
  name: 'burst',
  question: 'how long does an actor take to work off a burst?',
  pace: { kind: 'once', typicalMs: () => 1_200 + BEFORE_MS + AFTER_MS },
  headline: 'recovery',
  points: ({ mode }) =>
    mode === 'quick'
      ? []
      : [{ serviceUs: 50, steady: 50, burst: 5, burstMs: 200, capacity: CAPACITY_MESSAGES }],
  verify: (_params, { offered, received, sum }) =>
    verdictOf([
      { what: 'messages', expected: offered, found: received },
      { what: 'sum', expected: sumOfSequence(offered), found: sum | 0 },
    ]),
  measure: ({ steady, burst, burstMs }, { peakPerSecond, recovery }) => {
    const backlogShare = (steady / 100) * burst - 1;
    const idealMs = (backlogShare * burstMs) / (1 - steady / 100);
    return [
      { metric: 'recovery', value: recovery.recoveryMs },
      { metric: 'slowdown', value: recovery.recoveryMs / idealMs },
      { metric: 'latency_p99', value: recovery.beforeP99Ms * 1_000 },
      { metric: 'age_p99', value: recovery.worstMs },
      { metric: 'peak_rate', value: peakPerSecond },
    ];
  },
};
