/**
 * Latency under a load that comes at its own pace. Owns the run of an open loop: each request is due at a time
 * fixed beforehand, and its latency counts from then, so a stall is paid by every request that it delays.
 * Holds that a run with a request that failed or was never answered gives no figure. Must not know actors.
 */
import { callable, checkOptions, milliseconds, number, oneOf, optionError } from '@millrace/core/remote';
import { BenchVoid } from './bench-void.ts';
import { nowMs } from './clock.ts';
import { LatencyRecorder, type LatencySummary } from './latency-recorder.ts';
import {
  ARRIVAL_DEFAULT_MS,
  OPEN_LOOP_MAX_MS,
  OPEN_LOOP_MAX_PER_SECOND,
  RUN_MAX_MESSAGES,
} from './limits.ts';
import { messagesDue, openLoop } from './open-loop.ts';
import type { TimedRun } from './timed-run.ts';

/** What one run requests, and at what pace. */
export interface LatencyOptions {
  /** Requests a second, above 0 up to 1,000,000. Stay below what a closed loop reached: past it latency only grows. */
  readonly ratePerSecond: number;
  /** Length of one run in milliseconds, from 1 to 600,000. */
  readonly durationMs: number;
  /** Makes request `number`, counted from 0, that was due at `dueMs`; what it returns settles when it is answered. */
  readonly request: (number: number, dueMs: number) => Promise<unknown>;
  /**
   * What the sender does until the next request is due: `spin` (the default) looks again at once and keeps a core
   * busy; `sleep` leaves the core to others and sends up to a millisecond late, which counts as latency.
   */
  readonly between?: 'spin' | 'sleep';
  /** Time after the last request for all answers to come. Default 10,000 ms. */
  readonly answerWithinMs?: number;
}

/** Measures one run, and remembers its percentiles. */
export interface LatencyRun {
  (): Promise<TimedRun>;
  /** Percentiles of the latest run, in microseconds: those before it were its warm-up. Zeros before the first. */
  summary(): LatencySummary;
}

/**
 * A function that measures one open-loop run: give it to `bench.add(name, …)`. The library then shows the median of
 * each run, and `summary()` has p50, p99 and p99.9 of the latest.
 *
 * The function rejects with BenchVoid when a request failed or was not answered in time, or when the sender's own
 * thread could not keep the pace.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function latency(options: LatencyOptions): LatencyRun {
  checkOptions('latency', options, {
    ratePerSecond: number(Number.MIN_VALUE, OPEN_LOOP_MAX_PER_SECOND),
    durationMs: number(1, OPEN_LOOP_MAX_MS),
    request: callable,
    between: oneOf('spin', 'sleep'),
    answerWithinMs: milliseconds(),
  });
  const {
    ratePerSecond,
    durationMs,
    request,
    between = 'spin',
    answerWithinMs = ARRIVAL_DEFAULT_MS,
  } = options;
  const requests = messagesDue({ ratePerSecond, durationMs });
  if (requests < 1 || requests > RUN_MAX_MESSAGES) {
    throw optionError(
      'latency.durationMs',
      durationMs,
      `a time for 1 to ${RUN_MAX_MESSAGES} requests at ${ratePerSecond} a second`,
    );
  }

  let latest = new LatencyRecorder();
  const run = async (): Promise<TimedRun> => {
    const recorder = new LatencyRecorder();
    let answered = 0;
    let failed = 0;
    let cause: unknown;
    let allSettled = (): void => {};
    const settled = new Promise<void>((resolve) => {
      allSettled = resolve;
    });
    const fail = (error: unknown): void => {
      failed += 1;
      cause ??= error;
      if (answered + failed === requests) allSettled();
    };
    const startMs = nowMs();
    const sent = await openLoop({
      ratePerSecond,
      durationMs,
      between,
      send: (dueMs, index) => {
        const answer = (): void => {
          recorder.record(nowMs() - dueMs);
          answered += 1;
          if (answered + failed === requests) allSettled();
        };
        try {
          request(index, dueMs).then(answer, fail);
        } catch (error) {
          fail(error);
        }
      },
    });
    if (sent < requests) {
      throw new BenchVoid('the sender could not keep the pace', { due: requests, sent });
    }
    await withinMs(settled, answerWithinMs);
    if (answered < requests) {
      const why = failed > 0 ? `requests failed (${String(cause)})` : 'answers did not come in time';
      throw new BenchVoid(why, { requests, answered, failed }, { cause });
    }
    latest = recorder;
    return {
      overriddenDuration: recorder.summary().p50Us / 1_000,
      overriddenIterationCost: nowMs() - startMs,
    };
  };
  return Object.assign(run, { summary: () => latest.summary() });
}

/** Resolves when the promise does, or when the time is over. */
function withinMs(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
