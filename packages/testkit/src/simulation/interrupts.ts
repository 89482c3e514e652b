/**
 * Where a virtual host can be stopped: before each atomic operation and before a frame is published. Owns
 * the countdown to the next such moment; holds that a host which is killed executes nothing any more. Called
 * by the words and the network; must not know hosts.
 */
import type { SharedWords } from '@millrace/core/credit';

/** Thrown through a virtual host's code when its thread dies there. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** The one instance: nobody needs its stack, and making one is slow. */
export const KILLED: Killed = new Killed('the virtual host died');

const NEVER = 2 ** 30;

/** Counts interruptible moments down to the next interruption. */
export class Interrupts {
  #countdown = NEVER;
  #interrupt: (() => void) | undefined;

  /** Calls `interrupt` at the `after`th moment from now. */
  arm(after: number, interrupt: () => void): void {
    this.#countdown = after;
    this.#interrupt = interrupt;
  }

  /** No interruption until armed again. */
  disarm(): void {
    this.#countdown = NEVER;
    this.#interrupt = undefined;
  }

  /** A moment at which the running host can be interrupted. */
  moment(): void {
    this.#countdown -= 1;
    if (this.#countdown === 0) this.#fire();
  }

  #fire(): void {
    const interrupt = this.#interrupt;
    this.disarm();
    interrupt?.();
  }
}

/** Shared words of the simulation: plain, but each operation can be preceded by anything. */
export class SimWords implements SharedWords {
  readonly #words: Int32Array;
  readonly #interrupts: Interrupts;

  constructor(lengthWords: number, interrupts: Interrupts) {
    this.#words = new Int32Array(lengthWords);
    this.#interrupts = interrupts;
  }

  load(index: number): number {
    this.#interrupts.moment();
    return this.#words[index] as number;
  }

  store(index: number, value: number): void {
    this.#interrupts.moment();
    this.#words[index] = value;
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    this.#interrupts.moment();
    const found = this.#words[index] as number;
    if (found === expected) this.#words[index] = replacement;
    return found;
  }

  add(index: number, delta: number): number {
    this.#interrupts.moment();
    const found = this.#words[index] as number;
    this.#words[index] = found + delta;
    return found;
  }
}
