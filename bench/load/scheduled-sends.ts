/**
 * The sender of S9 where a plain event loop sends: once a millisecond it sends what has become due. Knows no system.
 */
import { nowMs } from '@millrace/testkit/bench';
import { dueBy, dueMs, type BurstSchedule } from './burst.ts';

const PAUSE_MS = 1;

/** When the schedule begins, on the clock that threads share, and how many messages it has. */
export interface ScheduledSends {
  readonly schedule: BurstSchedule;
  readonly startMs: number;
  readonly count: number;
}

/** Calls `send` with 0 … count − 1 and when each was due, and resolves after the last; a throw rejects. */
export function sendBySchedule(
  { schedule, startMs, count }: ScheduledSends,
  send: (value: number, dueAtMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const turn = (): void => {
      try {
        const due = Math.min(count, dueBy(schedule, nowMs() - startMs));
        for (; sent < due; sent += 1) send(sent, startMs + dueMs(schedule, sent));
      } catch (error) {
        reject(error as Error);
        return;
      }
      if (sent < count) setTimeout(turn, PAUSE_MS);
      else resolve();
    };
    turn();
  });
}
