/**
 * Bounds of the actors of this folder. Loaded by every worker: it imports nothing.
 */

/** The largest mailbox that there is: what "no credit" is taken to be, for a mailbox without a bound does not exist. */
export const ROOMY_CAPACITY_MESSAGES = 32_767;

/** No pass takes so long: a key that is let go would forget what it has seen. */
export const NEVER_IDLE_MS = 600_000;
