/**
 * Jain's fairness index (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984): (Σx)² / (n · Σx²).
 */

/** 1 when all shares are alike, 1/n when one has everything; 1 for no shares or none with anything. */
export function jainIndex(shares: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < shares.length; i += 1) {
    const share = shares[i] as number;
    sum += share;
    squares += share * share;
  }
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}
