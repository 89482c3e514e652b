/**
 * The greatest of many, as many as there is room for. Owns what it keeps, which is never more than twice that; holds that what it
 * leaves out is not greater than what it keeps. Called by whoever shows the top of something that may be large.
 */
import { assert } from './assert.ts';

/** A collection that keeps the greatest `max`. */
export class Greatest<T> {
  readonly #max: number;
  readonly #compare: (a: T, b: T) => number;
  readonly #kept: T[] = [];
  #offered = 0;
  /** No other than what is greater has a chance. */
  #least: T | undefined;

  /**
   * @param max at least 1
   * @param compare above 0 when `a` is greater
   */
  constructor(max: number, compare: (a: T, b: T) => number) {
    assert(max >= 1, 'there is room for one');
    this.#max = max;
    this.#compare = compare;
  }

  /** Keeps an item if it is among the greatest. O(log max), on average over many. */
  offer(item: T): void {
    this.#offered += 1;
    if (this.#least !== undefined && this.#compare(item, this.#least) <= 0) return;
    this.#kept.push(item);
    if (this.#kept.length === 2 * this.#max) this.#cut();
  }

  /** The greatest first; of equals, what was offered first. */
  get kept(): readonly T[] {
    this.#cut();
    return this.#kept;
  }

  /** Offered, and not among {@link kept}. */
  get leftOut(): number {
    return Math.max(0, this.#offered - this.#max);
  }

  #cut(): void {
    this.#kept.sort((a, b) => this.#compare(b, a));
    if (this.#kept.length < this.#max) return;
    this.#kept.length = this.#max;
    this.#least = this.#kept.at(-1);
  }
}
