/**
 * A first-in first-out queue. Owns its items; holds their order. Called by the simulated network, where a
 * message is looked at before it is taken; must not know what it carries.
 */

/** A queue with O(1) amortised operations. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** Items held. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds an item behind all others. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** The first item, or undefined when empty. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Removes and returns the first item, or undefined when empty. */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Visits the items from first to last. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#items.length; i += 1) yield this.#items[i] as T;
  }
}
