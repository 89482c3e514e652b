/**
 * How an idle host sleeps and how others wake it. Owns one word of shared memory for each host and the way
 * from spinning to sleeping; holds that no ring is lost and that a host which has nothing to do costs
 * nothing. Called by the host's loop when it ran out of work; must not know what work is.
 *
 *   sleeper   spin a little · store asleep · look for work once more · wait
 *   ringer    publish the work · load the word · if asleep: make it awake, notify
 *
 * Both write before they read, so either the sleeper sees the work or the ringer sees the sleeper. Of many
 * ringers one notifies: the one whose compare-exchange found the sleeper asleep.
 *
 * Waking a sleeping thread takes tens of microseconds, a hundred on an idle core; so a host that expects
 * work soon spins first. How long is learned in `spin-budget.ts`.
 */
import { performance } from 'node:perf_hooks';
import { SPIN_MAX_US } from '../limits.ts';
import { APART_WORDS } from './apart.ts';
import { SpinBudget } from './spin-budget.ts';

const AWAKE = 0;
const ASLEEP = 1;

/** A timer of the longest delay there is: it keeps the event loop up and never fires to any effect. */
const FOREVER_MS: number = 2 ** 31 - 1;

/** Polls between two looks at the clock, which costs as much as some of them. */
const POLLS_PER_CLOCK = 16;

/** Wakes whoever sleeps at this doorbell. Call it after the work is published. One atomic load if awake. */
export function ringDoorbell(words: Int32Array, index: number): void {
  if (Atomics.load(words, index) !== ASLEEP) return;
  if (Atomics.compareExchange(words, index, ASLEEP, AWAKE) === ASLEEP) Atomics.notify(words, index);
}

/** True while a host sleeps at its doorbell. */
export function isAsleep(words: Int32Array, index: number): boolean {
  return Atomics.load(words, index) === ASLEEP;
}

/** Says that a host sleeps. For a loop that somebody else steps; a thread says it by {@link Doorbell.rest}. */
export function markAsleep(words: Int32Array, index: number): void {
  Atomics.store(words, index, ASLEEP);
}

/** What the doorbell of a host needs. */
export interface DoorbellOptions {
  /** Memory shared by all hosts. */
  readonly words: Int32Array;
  /** This host's word in it. */
  readonly index: number;
  /** True when the host has something to do. Called in the spin: it must be cheap and not throw. */
  readonly hasWork: () => boolean;
  /** Called once after each sleep; on a turn of its own, unless {@link Doorbell.stir} ended it. */
  readonly onWake: () => void;
  /** Longest spin in microseconds; 0 never spins. Default {@link SPIN_MAX_US}. */
  readonly spinMaxUs?: number;
  /** Milliseconds from any origin; for tests. */
  readonly now?: () => number;
}

/** The sleeping side of one host's doorbell. */
export class Doorbell {
  /** Times the host went to sleep. */
  sleeps = 0;
  /** Times a spin found work. */
  catches = 0;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #hasWork: () => boolean;
  readonly #onWake: () => void;
  readonly #spin: SpinBudget;
  readonly #now: () => number;
  /** Nothing else keeps an event loop up while `Atomics.waitAsync` is pending. */
  readonly #handle: NodeJS.Timeout;
  #asleep = false;
  /** Number of this sleep: a wait that belongs to an earlier one says nothing. */
  #sleep = 0;
  #sleptAtMs = 0;
  #disposed = false;

  constructor(options: DoorbellOptions) {
    this.#words = options.words;
    this.#index = options.index;
    this.#hasWork = options.hasWork;
    this.#onWake = options.onWake;
    this.#spin = new SpinBudget(options.spinMaxUs ?? SPIN_MAX_US);
    this.#now = options.now ?? (() => performance.now());
    this.#handle = setInterval(() => {}, FOREVER_MS);
    Atomics.store(this.#words, this.#index, AWAKE);
  }

  /** True while the host sleeps here. */
  get asleep(): boolean {
    return this.#asleep;
  }

  /** How long the next spin will be, in microseconds. */
  get spinUs(): number {
    return this.#spin.us;
  }

  /**
   * Waits for work: spins, then sleeps.
   *
   * @returns true when there is work now and the host did not sleep; false when it sleeps, and `onWake` will
   *   be called
   */
  rest(): boolean {
    if (this.#asleep || this.#disposed) return false;
    const restsAtMs = this.#now();
    if (this.#spinFrom(restsAtMs)) return true;
    Atomics.store(this.#words, this.#index, ASLEEP);
    if (this.#hasWork()) {
      Atomics.store(this.#words, this.#index, AWAKE);
      return true;
    }
    this.sleeps += 1;
    this.#asleep = true;
    this.#sleptAtMs = restsAtMs;
    this.#wait();
    return false;
  }

  /**
   * Wakes the host from its own thread: work came from elsewhere, such as a timer or application code. Calls
   * `onWake` before it returns, and not again for this sleep. Harmless when the host is awake.
   */
  stir(): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#sleep += 1;
    // The wait is over too: it must not stay with the isolate, and what it calls is out of date now.
    Atomics.store(this.#words, this.#index, AWAKE);
    Atomics.notify(this.#words, this.#index);
    this.#onWake();
  }

  /** Lets the process end although the host waits; {@link hold} takes it back. */
  release(): void {
    this.#handle.unref();
  }

  /** Keeps the process up while the host waits. This is how a doorbell begins. */
  hold(): void {
    if (!this.#disposed) this.#handle.ref();
  }

  /** Ends the wait for good: `onWake` is not called any more, and nothing keeps the event loop up. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#handle);
    // A wait that is never notified would stay with the isolate until its end.
    Atomics.store(this.#words, this.#index, AWAKE);
    Atomics.notify(this.#words, this.#index);
  }

  #wait(): void {
    const sleep = this.#sleep;
    const woken = (): void => this.#woken(sleep);
    const waiting = Atomics.waitAsync(this.#words, this.#index, ASLEEP);
    if (waiting.async) waiting.value.then(woken, woken);
    else setImmediate(woken);
  }

  #woken(sleep: number): void {
    if (this.#disposed || !this.#asleep || sleep !== this.#sleep) return;
    if (Atomics.load(this.#words, this.#index) === ASLEEP) {
      // Woken by nobody: wait on, or a ring would be missed.
      this.#wait();
      return;
    }
    this.#asleep = false;
    this.#sleep += 1;
    this.#spin.slept((this.#now() - this.#sleptAtMs) * 1_000);
    this.#onWake();
  }

  #spinFrom(startMs: number): boolean {
    if (this.#hasWork()) return true;
    const { us } = this.#spin;
    if (us === 0) return false;
    const untilMs = startMs + us / 1_000;
    for (;;) {
      for (let poll = 0; poll < POLLS_PER_CLOCK; poll += 1) {
        pauseProcessor();
        if (this.#hasWork()) {
          this.catches += 1;
          this.#spin.caught((this.#now() - startMs) * 1_000);
          return true;
        }
      }
      if (this.#now() >= untilMs) return false;
    }
  }
}

/** Tells the processor that this is a spin, where the engine can say so (Node 24 and later). */
const pauseProcessor: () => void = ((): (() => void) => {
  const pause: unknown = Reflect.get(Atomics, 'pause');
  return typeof pause === 'function' ? (pause as () => void) : (): void => {};
})();

/** Memory for the doorbells of this many hosts. */
export function createDoorbells(hosts: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(hosts * APART_WORDS * 4));
}

/** Index of the doorbell of one host in that memory. */
export function doorbellAt(host: number): number {
  return host * APART_WORDS;
}
