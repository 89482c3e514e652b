/**
 * Every bound of the bench, by name, units last.
 */

/** Most rounds of one run: past that a longer pass says more than another round. */
export const ROUNDS_MAX = 99;

/** Rounds unless told otherwise. A spread needs at least two. */
export const ROUNDS_FULL = 2;
export const ROUNDS_QUICK = 2;

/** Length that a measured pass aims at. */
export const PASS_FULL_MS = 300;
export const PASS_QUICK_MS = 100;

/**
 * Shortest warm-up before it. The engine compiles code that runs on several threads for one to two seconds, in
 * steps with pauses between them, so that a rate may stand still for a while and then double. A quick run has no
 * time for all of it.
 */
export const WARM_UP_FULL_MS = 800;
export const WARM_UP_QUICK_MS = 150;
/** What `--warm-up` may ask for at most. */
export const WARM_UP_MAX_MS = 60_000;

/** However much it still improves, a warm-up is over after this many times its shortest. */
export const WARM_UP_STRETCH = 2;

/** Passes that search for the right number of messages, and warm the code, before the measured one. */
export const WARM_UP_PASSES_MAX = 30;

/** A pass grows by at most this factor over the one before: the first passes run in cold code. */
export const PASS_GROWTH_MAX = 8;

/** Most messages in one pass: sequence numbers and their sums stay exact far beyond this. */
export const PASS_MESSAGES_MAX = 20_000_000;

/** A child that has not reported by then is killed and its round counts as failed. */
export const JOB_DEADLINE_MS = 120_000;

/** Time a child gets to stop its system by itself after it has reported; then it is killed. */
export const STOP_DEADLINE_MS = 2_000;

/** Most workers that can be asked for; more than the machine has cores is allowed and noted. */
export const WORKERS_MAX = 64;

/** Output of a child that is kept to explain a failure. */
export const CHILD_OUTPUT_MAX_CHARS = 4_000;
