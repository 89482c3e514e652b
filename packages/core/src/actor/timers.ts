/**
 * The timers of one actor. Owns them by name; holds that they die with the incarnation, that a tick is an
 * ordinary message to the actor itself, and that a timer has at most one tick on its way: a tick that was
 * not handled yet absorbs the next, so a slow actor is not buried under its own clock.
 */
import { MillraceError } from '../errors.ts';
import { assert } from '../lib/assert.ts';
import { type OptionChecks, checkOptions, milliseconds } from '../options.ts';
import { TIMERS_PER_ACTOR_MAX } from '../limits.ts';
import type { Clock, Timer } from '../ports.ts';
import type { HandlerSpec } from './definition.ts';
import type { ParkedSend } from './parked-send.ts';
import { ORIGIN } from './sender.ts';

/** What a timer needs of its actor. */
export interface TimerOwner {
  /** Queues the tick as a message to the actor itself, or lines it up for a slot. */
  tick(tick: Tick): void;
  /** Takes a cancelled tick out of the waiting line, if that is where it is. */
  withdraw(tick: Tick): void;
  /** When the actor last handled a message that was not a tick, on the clock. */
  readonly lastMessageAtMs: number;
}

/** What a tick carries to its handler. */
export interface TickTarget {
  readonly handler: HandlerSpec;
  readonly payload: unknown;
}

/** One timer and its tick. */
export class Tick {
  readonly originKind: typeof ORIGIN.tick = ORIGIN.tick;
  readonly name: string;
  readonly target: TickTarget;
  /** Ticks once and is gone. */
  once = false;
  /** Its tick, while that waits for a slot. */
  parked: ParkedSend | null = null;
  /** True from the moment it ticked until the tick is handled. */
  onItsWay = false;
  /** True once the timer was cancelled or its incarnation ended: a tick on its way is dropped. */
  cancelled = false;
  /** @internal */
  timer: Timer | null = null;

  constructor(name: string, target: TickTarget) {
    this.name = name;
    this.target = target;
  }
}

/** The name of the receive-timeout among an actor's timers. */
const RECEIVE_TIMEOUT = 'receive-timeout';

const TIME_CHECKS: readonly OptionChecks[] = [0, 1].map((minMs) => ({
  delayMs: milliseconds(minMs),
  periodMs: milliseconds(minMs),
  idleMs: milliseconds(minMs),
}));

/** The timers of one incarnation. */
export class Timers {
  readonly #clock: Clock;
  readonly #owner: TimerOwner;
  /** By name. A one-shot timer stays until its tick is handled, so that the tick can still be cancelled. */
  readonly #ticks = new Map<string, Tick>();

  constructor(clock: Clock, owner: TimerOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Timers that are set. */
  get size(): number {
    return this.#ticks.size;
  }

  /** Ticks once after `delayMs`. A timer of that name is replaced. @throws ERR_OPTION_INVALID */
  once(name: string, delayMs: number, target: TickTarget): void {
    const tick = this.#replace(name, { delayMs }, 0, target);
    tick.once = true;
    tick.timer = this.#clock.setTimer(() => this.#fire(tick), delayMs);
  }

  /** Ticks every `periodMs`. A timer of that name is replaced. @throws ERR_OPTION_INVALID */
  interval(name: string, periodMs: number, target: TickTarget): void {
    const tick = this.#replace(name, { periodMs }, 1, target);
    // Each tick is set from the time of the one before, so that a late one does not shift the others.
    let dueMs = this.#clock.now() + periodMs;
    const again = (): void => {
      this.#fire(tick);
      if (tick.cancelled) return;
      const nowMs = this.#clock.now();
      dueMs = Math.max(dueMs + periodMs, nowMs);
      tick.timer = this.#clock.setTimer(again, dueMs - nowMs);
    };
    tick.timer = this.#clock.setTimer(again, periodMs);
  }

  /** Ticks each time no message was handled for `idleMs`. @throws ERR_OPTION_INVALID */
  receiveTimeout(idleMs: number, target: TickTarget): void {
    const tick = this.#replace(RECEIVE_TIMEOUT, { idleMs }, 1, target);
    let sinceMs = this.#clock.now();
    const look = (): void => {
      const nowMs = this.#clock.now();
      sinceMs = Math.max(sinceMs, this.#owner.lastMessageAtMs);
      let leftMs = sinceMs + idleMs - nowMs;
      if (leftMs <= 0) {
        this.#fire(tick);
        sinceMs = nowMs;
        leftMs = idleMs;
      }
      if (!tick.cancelled) tick.timer = this.#clock.setTimer(look, leftMs);
    };
    tick.timer = this.#clock.setTimer(look, idleMs);
  }

  /** Cancels a timer; a tick that is on its way is dropped. False when there is none of that name. */
  cancel(name: string): boolean {
    const tick = this.#ticks.get(name);
    if (tick === undefined) return false;
    this.#ticks.delete(name);
    tick.cancelled = true;
    tick.timer?.cancel();
    if (tick.onItsWay) this.#owner.withdraw(tick);
    return true;
  }

  /** Cancels the receive-timeout. */
  cancelReceiveTimeout(): boolean {
    return this.cancel(RECEIVE_TIMEOUT);
  }

  /** A tick left the mailbox, to be handled or dropped. */
  arrived(tick: Tick): void {
    tick.onItsWay = false;
    tick.parked = null;
    if (tick.once && this.#ticks.get(tick.name) === tick) this.#ticks.delete(tick.name);
  }

  /** Cancels every timer. */
  clear(): void {
    for (const name of [...this.#ticks.keys()]) this.cancel(name);
    assert(this.#ticks.size === 0, 'no timer outlives its incarnation');
  }

  #replace(name: string, times: Readonly<Record<string, number>>, minMs: number, target: TickTarget): Tick {
    checkOptions(`timers('${name}')`, times, TIME_CHECKS[minMs] ?? {});
    this.cancel(name);
    if (this.#ticks.size >= TIMERS_PER_ACTOR_MAX) {
      throw new MillraceError('ERR_TIMER_LIMIT', { timer: name, timersMax: TIMERS_PER_ACTOR_MAX });
    }
    const tick = new Tick(name, target);
    this.#ticks.set(name, tick);
    return tick;
  }

  #fire(tick: Tick): void {
    if (tick.onItsWay) return;
    tick.onItsWay = true;
    this.#owner.tick(tick);
  }
}
