/**
 * A pool of the arrays that mailboxes queue in, so that an idle actor holds none and a busy one does not
 * allocate. Owns the free arrays; holds that a pooled array keeps no payload alive and that the pool keeps at
 * most {@link POOLED_PER_SIZE_MAX_ARRAYS} of each size. Called by mailboxes only.
 */
import { assert } from '../lib/assert.ts';

/** Values that one queued message takes: handler, payload, origin, time of arrival. */
export const COLUMNS_PER_MESSAGE = 4;

/** Messages in the smallest array. */
export const SMALLEST_MESSAGES = 4;

/** Arrays of each size that wait for their next use. */
const POOLED_PER_SIZE_MAX_ARRAYS = 1_024;

/** Arrays that did not grow, on one host, for each that is followed by a smaller one. */
const SUFFICED_BEFORE_HALF = 8;

/** Free arrays by size: index i holds arrays for 4·2ⁱ messages. */
export class SlotArrays {
  readonly #free: unknown[][][] = [];
  #sufficed = 0;

  /**
   * Messages in the next array of a mailbox whose last began with `began` and came to hold `held`: as many as it grew
   * to, so that the next need not grow. Of those that did not grow some may have been too large, and one in
   * {@link SUFFICED_BEFORE_HALF} is followed by one of half the size.
   */
  next(began: number, held: number): number {
    if (held > began || held === SMALLEST_MESSAGES) return held;
    this.#sufficed = (this.#sufficed + 1) % SUFFICED_BEFORE_HALF;
    return this.#sufficed === 0 ? held / 2 : held;
  }

  /** An array for `messages` (a power of two from {@link SMALLEST_MESSAGES} up), payloads and origins undefined. */
  take(messages: number): unknown[] {
    const pooled = this.#free[sizeClass(messages)]?.pop();
    return pooled ?? new Array<unknown>(messages * COLUMNS_PER_MESSAGE).fill(undefined);
  }

  /** Takes an array back. Its payloads and origins must be undefined again. */
  give(items: unknown[]): void {
    const index = sizeClass(items.length / COLUMNS_PER_MESSAGE);
    let pooled = this.#free[index];
    if (pooled === undefined) {
      while (this.#free.length <= index) this.#free.push([]);
      pooled = this.#free[index] as unknown[][];
    }
    if (pooled.length < POOLED_PER_SIZE_MAX_ARRAYS) pooled.push(items);
  }
}

function sizeClass(messages: number): number {
  assert((messages & (messages - 1)) === 0 && messages >= SMALLEST_MESSAGES, 'arrays come in powers of two');
  return 31 - Math.clz32(messages / SMALLEST_MESSAGES);
}
