/**
 * The checksum of a run whose messages carry their numbers. Knows nothing of messages.
 */

/** Σ 0 … n−1 modulo 2³², as the signed integer that `|0` yields: what the values of n messages add up to. */
export function sumOfSequence(n: number): number {
  return n % 2 === 0 ? Math.imul(n / 2, n - 1) : Math.imul(n, (n - 1) / 2);
}
