/**
 * The schedule of S9 and what is read from it: a steady load, a burst, and the steady load again. Pure; the
 * times at which messages are due come from their numbers alone, so sender and receiver need not talk.
 */

/** Rates in messages a second, times in milliseconds from the start. */
export interface BurstSchedule {
  readonly steadyPerSecond: number;
  readonly burstPerSecond: number;
  readonly beforeMs: number;
  readonly burstMs: number;
  readonly afterMs: number;
}

/** Messages until a time. */
export function dueBy(schedule: BurstSchedule, ms: number): number {
  const { steadyPerSecond, burstPerSecond, beforeMs, burstMs, afterMs } = schedule;
  const end = Math.min(ms, beforeMs + burstMs + afterMs);
  const steady = Math.min(end, beforeMs) + Math.max(0, end - beforeMs - burstMs);
  const burst = Math.max(0, Math.min(end, beforeMs + burstMs) - beforeMs);
  return Math.floor((steady * steadyPerSecond + burst * burstPerSecond) / 1_000);
}

/** When message `number` is due, in milliseconds from the start. */
export function dueMs(schedule: BurstSchedule, number: number): number {
  const { steadyPerSecond, burstPerSecond, beforeMs, burstMs } = schedule;
  const before = (beforeMs * steadyPerSecond) / 1_000;
  const during = (burstMs * burstPerSecond) / 1_000;
  if (number < before) return (number / steadyPerSecond) * 1_000;
  if (number < before + during) return beforeMs + ((number - before) / burstPerSecond) * 1_000;
  return beforeMs + burstMs + ((number - before - during) / steadyPerSecond) * 1_000;
}

/** What came of a burst. */
export interface Recovery {
  /** 99th percentile of lateness before the burst. */
  readonly beforeP99Ms: number;
  /** From the end of the burst until messages were no later than 1.1 times that; to the end if they never were. */
  readonly recoveryMs: number;
  /** Lateness of the latest message. */
  readonly worstMs: number;
}

/** Messages in a row that must be in time before the system counts as recovered. */
const IN_TIME_IN_A_ROW = 50;
const TOLERANCE = 1.1;
/** The first messages run in cold code and say nothing about the steady state. */
const COLD_SHARE = 0.3;

/** Reads the lateness of messages 0, 1, 2 … in milliseconds. */
export function readRecovery(schedule: BurstSchedule, lateMs: ArrayLike<number>): Recovery {
  const burstFrom = dueBy(schedule, schedule.beforeMs);
  const burstTo = dueBy(schedule, schedule.beforeMs + schedule.burstMs);
  const before = Array.from(lateMs)
    .slice(Math.floor(burstFrom * COLD_SHARE), burstFrom)
    .sort((a, b) => a - b);
  const beforeP99Ms = before[Math.floor(before.length * 0.99)] ?? 0;
  const endOfBurstMs = schedule.beforeMs + schedule.burstMs;
  let worstMs = 0;
  for (let i = 0; i < lateMs.length; i += 1) worstMs = Math.max(worstMs, lateMs[i] as number);
  let inTime = 0;
  for (let i = burstTo; i < lateMs.length; i += 1) {
    inTime = (lateMs[i] as number) <= beforeP99Ms * TOLERANCE ? inTime + 1 : 0;
    if (inTime < IN_TIME_IN_A_ROW) continue;
    const first = i - IN_TIME_IN_A_ROW + 1;
    return { beforeP99Ms, recoveryMs: Math.max(0, dueMs(schedule, first) - endOfBurstMs), worstMs };
  }
  return { beforeP99Ms, recoveryMs: schedule.afterMs, worstMs };
}
