/**
 * What the core needs from outside, and nothing more: time, a turn on the event loop, randomness, a log,
 * and a way to know which actor an asynchronous continuation belongs to. Owns no code. A host supplies
 * these for real threads, a test supplies virtual ones, and the same core runs on both.
 */

/** A timer that has been set. */
export interface Timer {
  /** Stops it; harmless once it has fired. */
  cancel(): void;
}

/** Time in milliseconds from an arbitrary origin; never goes back. */
export interface Clock {
  /** Now, in milliseconds, with fractions. */
  now(): number;
  /** Calls `run` once, not before `delayMs` have passed. */
  setTimer(run: () => void, delayMs: number): Timer;
}

/** The event loop, as the dispatcher sees it. */
export interface Scheduler {
  /** Runs `run` after other work of the event loop (timers, I/O) had its chance. */
  defer(run: () => void): void;
}

/** Numbers in [0, 1), used for jitter and choices. */
export type Random = () => number;

/** Levels of {@link Log}, from chatty to grave. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where the runtime and `ctx.log` write. Must not throw and must not block. */
export type Log = (level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>) => void;

/**
 * Remembers, across `await`, which invocation a piece of code belongs to, so that a send made after an
 * `await` is still charged to its actor. On Node this is `AsyncLocalStorage`.
 */
export interface AsyncContext<T> {
  /** Runs `body` and everything it awaits as `value`. */
  run<R>(value: T, body: () => R): R;
  /** The value of the running continuation, if any. */
  current(): T | undefined;
}

/** Marks in payloads that mean something to whoever carries them to another thread, and nothing to a handler. */
export interface PayloadMarks {
  /**
   * Marks that were made and not taken; while there are none no payload need be looked at. An object, because each
   * send reads the number, and a getter behind a port costs an eighth of a local send.
   */
  readonly open: { readonly count: number };
  /** The payload as a handler on the same thread gets it. @throws ERR_PAYLOAD_NOT_DATA */
  take(payload: unknown): unknown;
}

/** Everything injected into a system. */
export interface Ports {
  /** Time. */
  readonly clock: Clock;
  /** Turns on the event loop. */
  readonly scheduler: Scheduler;
  /** Randomness. */
  readonly random: Random;
  /** The log. */
  readonly log: Log;
  /** Absent: after its first `await`, what a handler sends counts as sent from outside actors. */
  readonly asyncContext?: AsyncContext<unknown>;
  /** Present: every payload and reply passes through it (strict mode: freeze, encode, decode). */
  readonly payloadGate?: (payload: unknown) => unknown;
  /** Present: payloads may hold marks, which are taken when a message or reply stays on its thread. */
  readonly marks?: PayloadMarks;
}
