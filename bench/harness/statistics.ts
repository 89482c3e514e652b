/**
 * Middle, spread, and when a difference is one. Knows nothing of cells or systems.
 */

/** The middle and the ends of a metric over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** @throws RangeError for no values. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values to summarise: rounds=0');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number, rounds: sorted.length };
}

/** How a stands to b. */
export type Standing = 'ahead' | 'behind' | 'tie';

/**
 * A difference counts only if the ranges from the slowest to the fastest round do not touch; all else
 * is a tie. One round has no spread, so nothing measured once is ahead of anything.
 */
export function compare(a: Spread, b: Spread, better: 'more' | 'less'): Standing {
  if (a.rounds < 2 || b.rounds < 2) return 'tie';
  if (a.min > b.max) return better === 'more' ? 'ahead' : 'behind';
  if (a.max < b.min) return better === 'more' ? 'behind' : 'ahead';
  return 'tie';
}
