/**
 * A double-ended queue on one power-of-two array. Owns its items and nothing else. Holds that order is
 * kept at both ends and that a removed item is no longer referenced. Grows by doubling and never
 * shrinks: a caller that must bound it checks {@link RingDeque.size} against a name in `limits.ts`.
 */
import { assert } from './assert.ts';

/** Items in the first array, made by the first push: most queues of a million actors are never used. */
const INITIAL_ITEMS = 8;

const NOTHING: never[] = [];

/** A queue with O(1) amortised push and shift at both ends. */
export class RingDeque<T> {
  #items: (T | undefined)[] = NOTHING;
  #head = 0;
  #size = 0;

  /** Items held. */
  get size(): number {
    return this.#size;
  }

  /** Adds behind the last item. */
  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size += 1;
  }

  /** Adds before the first item. */
  unshift(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#size += 1;
  }

  /** Removes and returns the first item, or undefined when empty. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size -= 1;
    return item;
  }

  /** The first item without removing it, or undefined when empty. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head];
  }

  /** Removes the first item equal to `item`, keeping the order of the others. O(n). */
  remove(item: T): boolean {
    const mask = this.#items.length - 1;
    for (let i = 0; i < this.#size; i += 1) {
      if (this.#items[(this.#head + i) & mask] !== item) continue;
      for (let j = i; j < this.#size - 1; j += 1) {
        this.#items[(this.#head + j) & mask] = this.#items[(this.#head + j + 1) & mask];
      }
      this.#items[(this.#head + this.#size - 1) & mask] = undefined;
      this.#size -= 1;
      return true;
    }
    return false;
  }

  /** Visits the items from first to last. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    const mask = this.#items.length - 1;
    for (let i = 0; i < this.#size; i += 1) yield this.#items[(this.#head + i) & mask] as T;
  }

  #grow(): void {
    const old = this.#items;
    const mask = old.length - 1;
    const grown = new Array<T | undefined>(Math.max(INITIAL_ITEMS, old.length * 2)).fill(undefined);
    for (let i = 0; i < this.#size; i += 1) grown[i] = old[(this.#head + i) & mask];
    assert((grown.length & (grown.length - 1)) === 0, 'a ring has a power-of-two length');
    this.#items = grown;
    this.#head = 0;
  }
}
