/**
 * Every bound of the benchmark helpers, by name, units last.
 */

/** Most messages of one run: sums and counts of them stay exact far beyond. */
export const RUN_MAX_MESSAGES = 10_000_000;

/** Sends of one run that may be unsettled together, unless told otherwise. */
export const UNSETTLED_DEFAULT_SENDS = 256;

/** Most that may be asked for: so many sends application code may park on one thread. */
export const UNSETTLED_MAX_SENDS = 1_024;

/** Time after the last send within which everything must have arrived, unless told otherwise. */
export const ARRIVAL_DEFAULT_MS = 10_000;

/** Most messages a second of an open loop: past that the sender's clock is the limit. */
export const OPEN_LOOP_MAX_PER_SECOND = 1_000_000;

/** Longest open loop. */
export const OPEN_LOOP_MAX_MS = 600_000;

/** Most keys of a skewed stream: the table of their shares takes eight bytes each. */
export const KEYS_MAX = 10_000_000;

/** Steepest skew: beyond, one key has everything. */
export const THETA_MAX = 10;

/** Draws of a stream before it repeats, unless told otherwise. */
export const STREAM_DEFAULT_DRAWS: number = 2 ** 16;

/** Longest stream, four bytes each draw. */
export const STREAM_MAX_DRAWS: number = 2 ** 24;
