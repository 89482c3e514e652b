/**
 * Every bound of the core, by name. Owns the numbers; holds that each queue, loop, retry and cache
 * elsewhere refers to one of these. A bound that follows from others is written as their sum.
 * Units last in the name.
 */

/** Largest mailbox: a lease counts in 16 bits, modulo 65,536, and half of that tells ahead from behind. */
export const CAPACITY_MAX_MESSAGES = 32_767;

/** A mailbox nobody configured. */
export const CAPACITY_DEFAULT_MESSAGES = 256;

/** Parked sends of one actor, to all receivers together. */
export const PARKED_PER_ACTOR_MAX_SENDS = 16;

/** Parked sends of application code outside actors, on one host. */
export const PARKED_OUTSIDE_MAX_SENDS = 1_024;

/** Most workers in one system, the main thread not counted. */
export const WORKERS_MAX = 64;

/** Slots that a cycle of full mailboxes may borrow above a mailbox's capacity, to come unstuck. */
export const OVERDRAFT_MAX_MESSAGES = 4;

/** An edge of the wait graph that is younger is never chased: most waits end by themselves. */
export const WAIT_EDGE_CHASE_AFTER_MS = 20;

/** A wait that goes on is chased again after twice the time each time, but at least this often. */
export const WAIT_RECHASE_MAX_MS = 1_000;

/** Waits that one host starts to chase in one tick; the others have their turn in later ones. */
export const WAIT_CHASES_PER_TICK_MAX = 64;

/** A longer chain of waits is not followed: a probe carries its path, so that a cycle can be named. */
export const WAIT_PATH_MAX_EDGES = 1_024;

/** Probes of other waits that a host remembers, to pass each on once; a forgotten one costs messages only. */
export const WAIT_PROBES_REMEMBERED_MAX = 256;
