/**
 * Copying words between arrays at the speed that suits their count. Owns nothing.
 */

/** Up to so many words a loop is faster than a view and `set`, which cost some 100 ns together. */
const LOOP_MAX_WORDS = 48;

/** Copies `count` words. The arrays must not overlap. */
export function copyWords(
  from: Int32Array,
  fromAt: number,
  count: number,
  to: Int32Array,
  toAt: number,
): void {
  if (count > LOOP_MAX_WORDS) {
    to.set(from.subarray(fromAt, fromAt + count), toAt);
    return;
  }
  for (let i = 0; i < count; i += 1) to[toAt + i] = from[fromAt + i] as number;
}
