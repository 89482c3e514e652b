/**
 * Every bound of the runtime, by name. Owns the numbers; holds that each queue, loop, retry and cache
 * elsewhere refers to one of these. A bound that follows from others is written as their sum. Units last in
 * the name.
 */

/** Smallest room for frames on a link: a frame may have half of it, and a batch should fit. */
export const RING_MIN_BYTES = 4_096;

/** Largest room for frames on a link. */
export const RING_MAX_BYTES: number = 64 * 1_024 * 1_024;

/** Room for frames on a link nobody configured. */
export const RING_DEFAULT_BYTES: number = 256 * 1_024;
