/**
 * An open-loop load: messages are due at times fixed beforehand, whatever the system under test does.
 * A message that could not be sent in time is sent late and still carries the time it was due, so a
 * stall counts against the system and not for it (coordinated omission). Runs on the sender's thread
 * and gives its event loop a turn between bursts.
 */
import { nowMs } from './clock.ts';

/** Sends that one turn makes at most, so that the sender's own inbox is looked at. */
const BURST_MAX_MESSAGES = 512;

/** A pace, and what to do at it. */
export interface OpenLoopOptions {
  /** Messages a second. */
  readonly ratePerSecond: number;
  /** How long messages come. */
  readonly durationMs: number;
  /**
   * What the thread does until the next message is due: look again at once, for exact times at the price of
   * a core, or sleep a millisecond, which sends in small bursts and leaves the core to others.
   */
  readonly between: 'spin' | 'sleep';
  /** Called once per message with the time it was due; its number counts from 0. */
  readonly send: (dueMs: number, number: number) => void;
}

/** Messages of a whole loop. */
export function messagesDue({
  ratePerSecond,
  durationMs,
}: Pick<OpenLoopOptions, 'ratePerSecond' | 'durationMs'>): number {
  return Math.floor((durationMs * ratePerSecond) / 1_000);
}

/**
 * Resolves with the number of messages sent when the duration is over. What is due by then and could
 * not be sent in time is not sent any more: compare the number with {@link messagesDue}.
 */
export function openLoop(options: OpenLoopOptions): Promise<number> {
  const { ratePerSecond, durationMs, between, send } = options;
  const gapMs = 1_000 / ratePerSecond;
  const total = messagesDue(options);
  const startMs = nowMs();
  let sent = 0;
  return new Promise((resolve) => {
    const turn = (): void => {
      const elapsedMs = nowMs() - startMs;
      const dueByNow = Math.min(total, Math.floor(elapsedMs / gapMs) + 1);
      const due = Math.min(dueByNow, sent + BURST_MAX_MESSAGES);
      const behind = due < dueByNow;
      for (; sent < due; sent += 1) send(startMs + sent * gapMs, sent);
      if (elapsedMs >= durationMs) resolve(sent);
      else if (between === 'spin' || behind) setImmediate(turn);
      else setTimeout(turn, 1);
    };
    turn();
  });
}
