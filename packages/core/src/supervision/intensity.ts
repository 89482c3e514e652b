/**
 * Counts restarts in a sliding window. Owns the times of recent restarts, at most intensity + 1 of them;
 * holds OTP's rule: a restart is one too many when more than `intensity` fell within the last `periodMs`.
 */
import { RingDeque } from '../lib/ring-deque.ts';

/** The restart window of one supervisor. */
export class RestartWindow {
  readonly #intensity: number;
  readonly #periodMs: number;
  readonly #restartsAtMs = new RingDeque<number>();

  constructor(intensity: number, periodMs: number) {
    this.#intensity = intensity;
    this.#periodMs = periodMs;
  }

  /** Records a restart now. False when it is one too many. */
  allow(nowMs: number): boolean {
    this.#restartsAtMs.push(nowMs);
    for (let first = this.#restartsAtMs.peek(); first !== undefined && first <= nowMs - this.#periodMs; ) {
      this.#restartsAtMs.shift();
      first = this.#restartsAtMs.peek();
    }
    if (this.#restartsAtMs.size <= this.#intensity) return true;
    this.#restartsAtMs.shift();
    return false;
  }
}
