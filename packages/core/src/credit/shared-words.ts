/**
 * The memory that hosts share, as the credit protocol sees it: 32-bit words under sequentially consistent
 * atomic operations. Owns the interface and its one-thread form. Everything in `credit/` that two hosts
 * can see goes through here, so the same code runs over a SharedArrayBuffer, in a simulation that stops
 * between any two operations, and in an explorer that tries every order of them. Must not know what the
 * words mean.
 */

/**
 * An array of 32-bit words. Each operation is atomic and all operations on all words have one total order
 * (what `Atomics` gives on an `Int32Array`). Values are taken modulo 2³² and read back as signed integers.
 */
export interface SharedWords {
  /** Reads a word. */
  load(index: number): number;
  /** Writes a word. */
  store(index: number, value: number): void;
  /** Writes `replacement` if the word holds `expected`. Returns what the word held before, either way. */
  compareExchange(index: number, expected: number, replacement: number): number;
  /** Adds to a word. Returns what it held before. */
  add(index: number, delta: number): number;
}

/** Words of one thread: for a system without workers, and for tests. */
export class PlainWords implements SharedWords {
  readonly #words: Int32Array;

  constructor(lengthWords: number) {
    this.#words = new Int32Array(lengthWords);
  }

  /** See {@link SharedWords.load}. */
  load(index: number): number {
    return this.#words[index] as number;
  }

  /** See {@link SharedWords.store}. */
  store(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** See {@link SharedWords.compareExchange}. */
  compareExchange(index: number, expected: number, replacement: number): number {
    const found = this.#words[index] as number;
    if (found === expected) this.#words[index] = replacement;
    return found;
  }

  /** See {@link SharedWords.add}. */
  add(index: number, delta: number): number {
    const found = this.#words[index] as number;
    this.#words[index] = found + delta;
    return found;
  }
}
