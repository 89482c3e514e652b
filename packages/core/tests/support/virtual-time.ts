/**
 * Time and turns that a test steps by hand: a clock that stands still and an event loop that runs when told
 * to. Owns the timers and the deferred passes; holds that everything runs in one order, the same each time.
 */
import type { Clock, Scheduler, Timer } from '../../src/ports.ts';

/** Passes that one {@link VirtualTime.settle} runs at most: past it something goes round for ever. */
const PASSES_MAX = 20_000;

interface SetTimer extends Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  done: boolean;
}

/** A clock and an event loop in one. */
export class VirtualTime implements Clock, Scheduler {
  #nowMs = 1_000;
  #order = 0;
  #timers: SetTimer[] = [];
  #deferred: (() => void)[] = [];

  now(): number {
    return this.#nowMs;
  }

  setTimer(run: () => void, delayMs: number): Timer {
    const timer: SetTimer = {
      atMs: this.#nowMs + delayMs,
      order: this.#order++,
      run,
      done: false,
      cancel: () => {
        timer.done = true;
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
    this.#timers.push(timer);
    return timer;
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Passes that wait to run. */
  get deferred(): number {
    return this.#deferred.length;
  }

  /** Moves the clock without letting anything run, as a long synchronous computation does. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Runs one deferred pass and the promises that it settled. False when none waits. */
  async pass(): Promise<boolean> {
    await microtasks();
    const run = this.#deferred.shift();
    run?.();
    await microtasks();
    return run !== undefined;
  }

  /** Runs passes and promises until nothing is left to do at this moment. */
  async settle(): Promise<void> {
    for (let passes = 0; await this.pass(); passes += 1) {
      if (passes > PASSES_MAX) throw new Error(`nothing settles after ${PASSES_MAX} passes`);
    }
  }

  /** Lets `ms` pass, timer by timer in the order in which they are due. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.settle();
    for (let next = this.#nextTimer(untilMs); next !== undefined; next = this.#nextTimer(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.cancel();
      next.run();
      await this.settle();
    }
    this.#nowMs = untilMs;
    await this.settle();
  }

  #nextTimer(untilMs: number): SetTimer | undefined {
    let next: SetTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue;
      if (
        next === undefined ||
        timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }
}

/** Resolves once every promise that could settle has. A turn of the real event loop, not a wait. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
