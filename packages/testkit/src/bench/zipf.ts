/**
 * The exact finite Zipf distribution. Rank r of n has the share r^−θ / Σ i^−θ, taken from a table of
 * cumulative shares and not from an approximation that flattens the head: the hottest key decides what
 * any placement can reach, so its share must be the true one. Knows nothing of keys, only of ranks.
 */

/** Ranks 1 … n and how often each is drawn. θ = 0 draws all alike. */
export class Zipf {
  /** How many there are. */
  readonly ranks: number;
  /** How skewed: 0 is not at all. */
  readonly theta: number;
  /** The share of the hottest rank, p₁, between 1/n and 1. */
  readonly hottestShare: number;
  readonly #cumulative: Float64Array;

  constructor(ranks: number, theta: number) {
    this.ranks = ranks;
    this.theta = theta;
    const cumulative = new Float64Array(ranks);
    // Smallest first: adding the long tail to an already large sum would lose its last bits.
    let total = 0;
    for (let rank = ranks; rank >= 1; rank -= 1) total += rank ** -theta;
    let sum = 0;
    for (let rank = 1; rank <= ranks; rank += 1) {
      sum += rank ** -theta;
      cumulative[rank - 1] = sum / total;
    }
    cumulative[ranks - 1] = 1;
    this.#cumulative = cumulative;
    this.hottestShare = 1 / total;
  }

  /** The share of one rank, counted from 1. */
  share(rank: number): number {
    return rank ** -this.theta * this.hottestShare;
  }

  /** The rank, counted from 1, whose slice of [0, 1) holds `point`. */
  rankAt(point: number): number {
    let low = 0;
    let high = this.ranks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cumulative[middle] as number) > point) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  }
}

/**
 * The share of `workers` cores that the load can keep busy when a key is never split: the hottest key
 * is served by one core, so at most min(1, 1 / (p₁ · W)).
 */
export function skewCeiling(hottestShare: number, workers: number): number {
  return Math.min(1, 1 / (hottestShare * workers));
}
