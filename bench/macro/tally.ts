/**
 * The plainest proof that messages arrived: how many, and the sum of their values. Shared by the cells
 * in which a sender's messages carry 0, 1, 2 ….
 */
import type { Sample } from '../harness/cell.ts';

/** What a receiver saw. */
export interface TallySample extends Sample {
  readonly received: number;
  /** Σ of the values, modulo 2³². */
  readonly sum: number;
}

/** The bound of a mailbox in every cell, where the system has one. */
export const CAPACITY_MESSAGES = 1_024;

/** Whether an array of whole numbers is what it should be; names the first that is not. */
export function firstDifference(
  expected: ArrayLike<number>,
  found: ArrayLike<number>,
): { index: number; expected: number; found: number } | undefined {
  const length = Math.max(expected.length, found.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [expected[index] ?? 0, found[index] ?? 0];
    if (a !== b) return { index, expected: a, found: b };
  }
  return undefined;
}

/** A 32-bit digest of whole numbers (FNV-1a over 32-bit words), as hexadecimal. */
export function digestOf(...lists: readonly ArrayLike<number>[]): string {
  let hash = 0x811c_9dc5 | 0;
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 1) hash = Math.imul(hash ^ (list[i] as number), 0x0100_0193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
