/**
 * How far apart words lie in shared memory that different threads write: closer, and each write of one takes the
 * cache line away from the other. Owns that distance; must not know what is written.
 */

/** Two cache lines, because processors fetch them in pairs. */
const APART_BYTES = 128;

/** The same in 32-bit words. */
export const APART_WORDS: number = APART_BYTES / Int32Array.BYTES_PER_ELEMENT;

/** Doubles for a row of at least `count` that one thread writes, beside the rows of others. */
export function doublesApart(count: number): number {
  const step = APART_BYTES / Float64Array.BYTES_PER_ELEMENT;
  return Math.ceil(count / step) * step;
}
