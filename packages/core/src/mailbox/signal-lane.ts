/**
 * The lane of a mailbox that is never refused: starts, stops, restarts. Owns the queued signals; holds that
 * they run before user messages and in the order sent. It is bounded by construction: whoever signals an
 * actor has at most one signal of each kind under way to it, so the caller names that bound and it is
 * asserted, not enforced by dropping.
 */
import { assert } from '../lib/assert.ts';
import { RingDeque } from '../lib/ring-deque.ts';

/** Signals for one actor. */
export class SignalLane<Signal> {
  readonly #signals = new RingDeque<Signal>();
  readonly #maxSignals: number;

  constructor(maxSignals: number) {
    this.#maxSignals = maxSignals;
  }

  /** Signals that wait. */
  get size(): number {
    return this.#signals.size;
  }

  /** Queues a signal. */
  push(signal: Signal): void {
    assert(this.#signals.size < this.#maxSignals, 'at most one signal of each kind and source waits');
    this.#signals.push(signal);
  }

  /** Takes the oldest signal, or undefined when none waits. */
  shift(): Signal | undefined {
    return this.#signals.shift();
  }
}
