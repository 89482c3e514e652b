/**
 * Decides who runs next on one thread. Owns the ready queue and the reading of the clock; holds that a
 * turn is bounded by count and by time, that a pass over the ready queue ends in time for timers and I/O,
 * and that a runnable is in the queue at most once (it remembers that itself). Called by whatever becomes
 * ready; must not know actors or messages.
 *
 * Reading the clock costs as much as handling a small message, so it is not read per message. A turn burns
 * fuel, one unit a message; when the fuel is out the clock is read, and the next portion is what about
 * {@link CHECK_EVERY_MS} of work took last time.
 */
import { RingDeque } from '../lib/ring-deque.ts';
import type { Clock, Scheduler } from '../ports.ts';

/** Something that can be given a turn. */
export interface Runnable {
  /** Works until its quantum is used up, the fuel says stop, or nothing is left; true when more is left. */
  runTurn(): boolean;
}

/** How long turns and passes may last. */
export interface DispatchLimits {
  /** Messages in one turn at most. */
  readonly turnMessages: number;
  /**
   * A turn that has made so many others ready is over, so that they run while the processor still has them in its
   * cache: a sender that goes round ten thousand actors has evicted the first by then.
   */
  readonly turnReadied: number;
  /**
   * A turn that has sent so many messages to other hosts is over, with the handler that sent them. Credit comes back
   * while an actor sends, so its neighbours would get none of it in a turn that is bounded by time alone.
   */
  readonly turnShipped: number;
  /** Time in one turn at most, give or take one message. */
  readonly turnMs: number;
  /** Time in one pass before the event loop has its turn. */
  readonly passMs: number;
}

/** What a dispatcher uses when nothing is said. */
export const DISPATCH_DEFAULTS: DispatchLimits = {
  turnMessages: 128,
  turnReadied: 256,
  turnShipped: 32,
  turnMs: 0.1,
  passMs: 0.1,
};

/** The clock is read about this often while messages are handled. */
const CHECK_EVERY_MS = 0.05;

/**
 * Messages between two readings of the clock at most: when messages turn slow, so many run before it shows. A
 * reading takes about 40 ns, so this many make it a nanosecond or so each.
 */
const FUEL_MAX_MESSAGES = 32;

/** The ready queue of one thread. */
export class Dispatcher {
  /** Messages in one turn at most. */
  readonly turnMessages: number;
  /** Others that one turn makes ready at most, give or take those of one message. */
  readonly turnReadied: number;
  /** Messages to other hosts in one turn at most, give or take those of one message. */
  readonly turnShipped: number;
  /** The clock as last read, in milliseconds. At most one portion of fuel old during a pass. */
  now = 0;
  /** {@link now} as a whole number that wraps at 2³¹, for columns of small integers. */
  nowMs = 0;
  /** Messages until the clock is read again. A turn burns it with {@link spend}. */
  fuel = 1;
  readonly #ready = new RingDeque<Runnable>();
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #turnMs: number;
  readonly #passMs: number;
  readonly #endOfPass: (() => void)[] = [];
  #portion = 1;
  #turnEndsAt = 0;
  #passEndsAt = 0;
  #deferred = false;
  #running = false;

  constructor(clock: Clock, scheduler: Scheduler, limits: DispatchLimits = DISPATCH_DEFAULTS) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.turnMessages = limits.turnMessages;
    this.turnReadied = limits.turnReadied;
    this.turnShipped = limits.turnShipped;
    this.#turnMs = limits.turnMs;
    this.#passMs = limits.passMs;
    this.readClock();
  }

  /** Runnables that wait for a turn. */
  get ready(): number {
    return this.#ready.size;
  }

  /** Queues a runnable that is not queued. */
  schedule(runnable: Runnable): void {
    this.#ready.push(runnable);
    if (!this.#deferred) this.wake();
  }

  /** Asks for a pass although nothing may be ready, so that what waits for the end of one is done. */
  wake(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    if (this.#running) return;
    this.readClock();
    this.#scheduler.defer(this.#pass);
  }

  /** Calls `run` after every pass, before the event loop goes on: the place to flush what a pass gathered. */
  atEndOfPass(run: () => void): void {
    this.#endOfPass.push(run);
  }

  /** Burns one unit of fuel. False when the turn is over. */
  spend(): boolean {
    this.fuel -= 1;
    return this.fuel > 0 || this.#refuel();
  }

  /** Reads the clock into {@link now}. */
  readClock(): number {
    this.now = this.#clock.now();
    this.nowMs = this.now & 0x7fffffff;
    return this.now;
  }

  readonly #pass = (): void => {
    this.#deferred = true;
    this.#running = true;
    try {
      this.#passEndsAt = this.readClock() + this.#passMs;
      this.fuel = this.#portion;
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
        this.#turnEndsAt = this.now + this.#turnMs;
        if (next.runTurn()) this.#ready.push(next);
        // A turn without messages (a start, a signal) burns fuel as well, or a storm of them would starve the loop.
        this.spend();
        if (this.now >= this.#passEndsAt) break;
      }
    } finally {
      this.#deferred = false;
      for (const run of this.#endOfPass) run();
      this.#running = false;
      if (this.#ready.size > 0 || this.#deferred) {
        this.#deferred = true;
        this.#scheduler.defer(this.#pass);
      }
    }
  };

  #refuel(): boolean {
    const before = this.now;
    const tookMs = this.readClock() - before;
    const fitting = tookMs <= 0 ? FUEL_MAX_MESSAGES : Math.floor((this.#portion * CHECK_EVERY_MS) / tookMs);
    this.#portion = Math.max(1, Math.min(FUEL_MAX_MESSAGES, this.#portion * 2, fitting));
    this.fuel = this.#portion;
    return this.now < this.#turnEndsAt && this.now < this.#passEndsAt;
  }
}
