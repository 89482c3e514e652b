/**
 * Seeded randomness. Owns nothing shared: each caller holds its own generator, so the same seed draws
 * the same load in every thread, process and system that is compared.
 */

const TWO_POW_26 = 0x400_0000;
const TWO_POW_53 = 2 ** 53;

/**
 * A generator of numbers in [0, 1), 53 random bits each, that repeats itself for the same 32-bit seed. sfc32 by Chris Doty-Humphrey
 * (PractRand), two draws a number so that small shares of a large distribution are not rounded away.
 */
export function seededRandom(seed: number): () => number {
  let a = seed | 0;
  let b = 0x9e37_79b9 | 0;
  let c = 0x243f_6a88 | 0;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i += 1) next();
  return () => ((next() >>> 5) * TWO_POW_26 + (next() >>> 6)) / TWO_POW_53;
}

/** The numbers 0 … length − 1 in an order that the seed decides (Fisher and Yates). */
export function seededPermutation(length: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const moved = order[i] as number;
    order[i] = order[j] as number;
    order[j] = moved;
  }
  return order;
}
