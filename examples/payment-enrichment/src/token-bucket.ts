/**
 * A rate as credits granted over time: `take` resolves when a credit is there. An actor that takes one at
 * the start of its handler frees mailbox slots no faster than this, so its senders slow down to the same
 * rate, and theirs to it, back to the source. Pure but for the waits.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Credits that pile up while nobody takes them, as time: room for timers that fire late. */
const BURST_MS = 50;

/** Grants `perSecond` credits a second, in the order asked. */
export class TokenBucket {
  readonly #intervalMs: number;
  /** When the next credit is due. */
  #dueMs = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** When the credit of a call at `nowMs` is due: that moment or a later one. */
  reserve(nowMs: number): number {
    const dueMs = Math.max(this.#dueMs, nowMs - BURST_MS);
    this.#dueMs = dueMs + this.#intervalMs;
    return Math.max(dueMs, nowMs);
  }

  /** No credit before `untilMs`: the other side asked for a pause. */
  pause(untilMs: number): void {
    this.#dueMs = Math.max(this.#dueMs, untilMs);
  }

  /** Waits for a credit. Rejects when `signal` aborts. */
  async take(signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    const waitMs = this.reserve(nowMs) - nowMs;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
  }
}
