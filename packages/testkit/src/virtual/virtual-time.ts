/**
 * Time that stands still until somebody lets it pass. Owns the one clock of all virtual hosts and the timers of
 * each; holds that a host that died is never called again. Moved by the stage; must not know what a timer is for.
 */
import type { Clock, Timer } from '@millrace/core';

interface SetTimer {
  readonly atMs: number;
  readonly run: () => void;
}

/** The timers of one virtual host, on the clock of all. */
export class HostClock implements Clock {
  readonly #time: VirtualTime;
  /** By due time, those of the same time in the order in which they were set. */
  #timers: SetTimer[] = [];
  #ended = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  now(): number {
    return this.#time.nowMs;
  }

  setTimer(run: () => void, delayMs: number): Timer {
    const timer: SetTimer = { atMs: this.#time.nowMs + delayMs, run };
    if (!this.#ended) {
      const at = this.#timers.findIndex((one) => one.atMs > timer.atMs);
      this.#timers.splice(at === -1 ? this.#timers.length : at, 0, timer);
    }
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer);
        if (at !== -1) this.#timers.splice(at, 1);
      },
    };
  }

  /** When the next timer is due; infinity when none is set. */
  get nextMs(): number {
    return this.#timers[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Fires the timer that is due first. */
  fire(): void {
    this.#timers.shift()?.run();
  }

  /** The host is no more: none of its timers fires. */
  end(): void {
    this.#ended = true;
    this.#timers = [];
  }
}

/** The clock of all hosts of one virtual system. */
export class VirtualTime {
  /** Milliseconds since the system was started. Only the stage moves it, and never back. */
  nowMs = 0;

  /** A clock for one life of one host. */
  clock(): HostClock {
    return new HostClock(this);
  }
}
