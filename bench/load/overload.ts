/**
 * The load of S8, for every system of this process. The sender's thread calls {@link driveOverload},
 * the receiver's handler calls {@link OverloadReceiver.take}; both write to one board in shared memory,
 * so no system pays for messages about messages.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type LatencySummary, nowMs, openLoop, SharedHistogram } from '@millrace/testkit/bench';
import { busyWork } from './busy-work.ts';

/** What sender and receiver share; survives structured cloning. */
export interface OverloadBoard {
  readonly counters: Int32Array;
  readonly ages: Int32Array;
  readonly serviceSteps: number;
}

/** How the load is run; a part of the cell's parameters. */
export interface OverloadPlan {
  readonly factor: number;
  readonly capacity: number;
  readonly peakMs: number;
  readonly overloadMs: number;
}

/** What the board says in the end. */
export interface OverloadTallies {
  /** When the open loop began, on the clock that threads share. */
  readonly floodStartMs: number;
  readonly offered: number;
  readonly peakPerSecond: number;
  readonly refused: number;
  /** Σ of their values, modulo 2³²; undefined where only their number is known. */
  readonly refusedSum: number | undefined;
  readonly inTime: number;
  readonly drained: number;
  readonly sum: number;
  readonly age: LatencySummary;
}

const PHASE = 0;
const PEAK = 1;
const IN_TIME = 2;
const DRAINED = 3;
const SUM = 4;
const COUNTERS = 5;

const PHASE_PEAK = 0;
const PHASE_OVERLOAD = 1;
const PHASE_DRAIN = 2;

const POLL_MS = 1;
export const PEAK_WINDOWS_MAX = 12;
/** So many windows in a row that are not better by this factor show that the code is warm. */
export const PEAK_SETTLED_WINDOWS = 2;
export const PEAK_GAIN = 1.02;
/** What has not arrived by then will not be waited for. */
const DRAIN_DEADLINE_MS = 60_000;

export function overloadBoard(serviceSteps: number): OverloadBoard {
  return {
    counters: new Int32Array(new SharedArrayBuffer(COUNTERS * Int32Array.BYTES_PER_ELEMENT)),
    ages: new SharedHistogram().buckets,
    serviceSteps,
  };
}

/** The receiver's side: one per thread that handles messages. */
export class OverloadReceiver {
  readonly #counters: Int32Array;
  readonly #ages: SharedHistogram;
  readonly #serviceSteps: number;
  #sink = 0;

  constructor(board: OverloadBoard) {
    this.#counters = board.counters;
    this.#ages = new SharedHistogram(board.ages);
    this.#serviceSteps = board.serviceSteps;
  }

  /** Handles one message: works, counts, and notes its age since it was sent. Once time is up it only counts. */
  take(sentMs: number, value: number): void {
    const phase = Atomics.load(this.#counters, PHASE);
    if (phase === PHASE_DRAIN) {
      Atomics.add(this.#counters, SUM, value);
      Atomics.add(this.#counters, DRAINED, 1);
      return;
    }
    if (phase === PHASE_OVERLOAD) this.#ages.record(nowMs() - sentMs);
    this.#sink ^= busyWork(this.#serviceSteps, value);
    if (phase === PHASE_PEAK) {
      Atomics.add(this.#counters, PEAK, 1);
      return;
    }
    Atomics.add(this.#counters, SUM, value);
    // Time may have run out while this message was worked on.
    Atomics.add(this.#counters, Atomics.load(this.#counters, PHASE) === PHASE_DRAIN ? DRAINED : IN_TIME, 1);
  }

  /** Keeps the work alive for the optimiser. */
  get sink(): number {
    return this.#sink;
  }
}

/**
 * The sender's side. `send` returns false for a message that the system refused at once.
 */
export async function driveOverload(
  plan: OverloadPlan,
  board: OverloadBoard,
  send: (sentMs: number, value: number) => boolean | void,
): Promise<OverloadTallies> {
  const { counters } = board;
  const ages = new SharedHistogram(board.ages);
  counters.fill(0);
  ages.clear();

  const peakPerSecond = await closedLoop(plan, counters, send);

  let refused = 0;
  let refusedSum = 0;
  Atomics.store(counters, PHASE, PHASE_OVERLOAD);
  const floodStartMs = nowMs();
  const offered = await openLoop({
    ratePerSecond: peakPerSecond * plan.factor,
    durationMs: plan.overloadMs,
    between: 'sleep',
    send: (_dueMs, value) => {
      if (send(nowMs(), value) !== false) return;
      refused += 1;
      refusedSum = (refusedSum + value) | 0;
    },
  });
  Atomics.store(counters, PHASE, PHASE_DRAIN);
  const arrived = (): number => Atomics.load(counters, IN_TIME) + Atomics.load(counters, DRAINED);
  // Fewer arrivals than that for good would be a loss; fewer so far is only slow, and is said to be.
  if (!(await until(() => arrived() + refused >= offered))) {
    throw new Error(
      `did not drain within ${DRAIN_DEADLINE_MS / 1_000} s: ${arrived() + refused} of ${offered}`,
    );
  }
  return {
    floodStartMs,
    offered,
    peakPerSecond,
    refused,
    refusedSum,
    inTime: Atomics.load(counters, IN_TIME),
    drained: Atomics.load(counters, DRAINED),
    sum: Atomics.load(counters, SUM),
    age: ages.summary(),
  };
}

/** Keeps at most half a mailbox under way and returns messages a second: the best of several windows. */
async function closedLoop(
  plan: OverloadPlan,
  counters: Int32Array,
  send: (sentMs: number, value: number) => boolean | void,
): Promise<number> {
  const underWayMax = Math.ceil(plan.capacity / 2);
  let sent = 0;
  const handled = (): number => Atomics.load(counters, PEAK);
  const pump = async (durationMs: number): Promise<number> => {
    const [before, startMs] = [handled(), nowMs()];
    while (nowMs() - startMs < durationMs) {
      while (sent - handled() < underWayMax && send(nowMs(), sent) !== false) sent += 1;
      await delay(POLL_MS);
    }
    return ((handled() - before) / (nowMs() - startMs)) * 1_000;
  };
  // The first windows run in cold code: go on until they are no better than those before.
  let peak = 0;
  let settled = 0;
  for (let window = 0; window < PEAK_WINDOWS_MAX && settled < PEAK_SETTLED_WINDOWS; window += 1) {
    const rate = await pump(plan.peakMs);
    settled = rate < peak * PEAK_GAIN ? settled + 1 : 0;
    peak = Math.max(peak, rate);
  }
  await until(() => handled() >= sent);
  return peak;
}

/** False when the condition did not come true in time. */
async function until(condition: () => boolean): Promise<boolean> {
  const deadlineMs = nowMs() + DRAIN_DEADLINE_MS;
  while (!condition()) {
    if (nowMs() > deadlineMs) return false;
    await delay(POLL_MS);
  }
  return true;
}
