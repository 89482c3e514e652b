/**
 * One thread of a virtual system through all its lives: what runs on it, and what was said to it. Owns the host of
 * its present life; holds that what died does nothing any more. Stepped by the stage; called by the threads.
 */
import type { Host } from 'millrace/virtual';
import type { Performer } from './stage.ts';
import type { HostClock } from './virtual-time.ts';
import type { VirtualLoop } from './virtual-loop.ts';

/** What a thread runs while it lives. */
export interface Life {
  readonly host: Host;
  readonly loop: VirtualLoop;
  readonly clock: HostClock;
}

const LOOP = 0;
const WORD = 1;
const TIMER = 2;

/** A thread: 0 is the main thread, the others are workers. */
export class VirtualThread implements Performer {
  readonly index: number;
  /** Starts so far. */
  incarnation = 0;
  /** Takes words and runs its host; false between a death and the next start. */
  up = false;
  /** What runs; null until the main thread has let it begin. */
  life: Life | null = null;
  /** Things said to it by other threads beside the rings, to be done in order. */
  readonly words: (() => void)[] = [];
  /** Makes no step before. */
  stalledUntilMs = 0;
  /** When it is about to send next, it stalls for so long. */
  stallsBeforeSendMs = 0;
  readonly #nowMs: () => number;

  constructor(index: number, nowMs: () => number) {
    this.index = index;
    this.#nowMs = nowMs;
  }

  get ways(): number {
    if (!this.up || this.stalledUntilMs > this.#nowMs()) return 0;
    const loop = this.life?.loop;
    // In the middle of a task of its loop it does nothing else.
    if (loop !== undefined && loop.next !== 'receive') return 1;
    return (this.#loopReady ? 1 : 0) + (this.words.length > 0 ? 1 : 0) + (this.#timerDue ? 1 : 0);
  }

  get nextMs(): number {
    if (!this.up) return Number.POSITIVE_INFINITY;
    if (this.stalledUntilMs > this.#nowMs()) return this.stalledUntilMs;
    return this.life?.clock.nextMs ?? Number.POSITIVE_INFINITY;
  }

  act(way: number): string {
    const { life } = this;
    if (life !== null && life.loop.next === 'send' && this.stallsBeforeSendMs > 0) {
      this.stalledUntilMs = this.#nowMs() + this.stallsBeforeSendMs;
      this.stallsBeforeSendMs = 0;
      return this.#says('is late to send');
    }
    const kinds = [];
    if (this.#loopReady) kinds.push(LOOP);
    if (life === null || life.loop.next === 'receive') {
      if (this.words.length > 0) kinds.push(WORD);
      if (this.#timerDue) kinds.push(TIMER);
    }
    const kind = kinds[way];
    if (kind === WORD) {
      this.words.shift()?.();
      return this.#says('obeys a word');
    }
    if (kind === TIMER) {
      life?.clock.fire();
      return this.#says('fires a timer');
    }
    return this.#says(life?.loop.step() ?? 'idles');
  }

  /** Ends what runs here, at once. */
  die(): void {
    this.up = false;
    this.words.length = 0;
    this.stalledUntilMs = 0;
    this.stallsBeforeSendMs = 0;
    this.life?.clock.end();
    this.life?.host.close();
    this.life = null;
  }

  get #loopReady(): boolean {
    return this.life?.loop.awake === true;
  }

  get #timerDue(): boolean {
    return this.life !== null && this.life.clock.nextMs <= this.#nowMs();
  }

  #says(what: string): string {
    return `${this.index === 0 ? 'main' : `worker ${this.index}`} ${what}`;
  }
}
