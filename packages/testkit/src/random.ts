/**
 * Random numbers that a seed repeats. Owns one 32-bit state; holds that the same seeds give the same
 * numbers on every machine. Called by everything in the test kit that chooses; must not know for what.
 */

/** A small fast generator (mulberry32 by Tommy Ettinger, public domain); not for secrets. */
export class Random {
  #state = 0;

  constructor(seed = 0, stream = 0) {
    this.reseed(seed, stream);
  }

  /** Starts again. Different streams of one seed have nothing in common. */
  reseed(seed: number, stream = 0): void {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 0x7f4a7c15, 0xc2b2ae35);
    this.#bits();
  }

  /** A whole number from 0 to below `below`, which is from 1 to 2³¹. */
  next(below: number): number {
    return (this.#bits() >>> 1) % below;
  }

  /** True `perMille` times in a thousand. */
  chance(perMille: number): boolean {
    return (this.#bits() >>> 1) % 1_000 < perMille;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.next(list.length)] as T;
  }

  #bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return t ^ (t >>> 14);
  }
}
