/**
 * Every bound of the core, by name. Owns the numbers; holds that each queue, loop, retry and cache
 * elsewhere refers to one of these. A bound that follows from others is written as their sum.
 * Units last in the name.
 */

/** Largest mailbox: a lease counts in 16 bits, modulo 65,536, and half of that tells ahead from behind. */
export const CAPACITY_MAX_MESSAGES = 32_767;

/** A mailbox nobody configured. */
export const CAPACITY_DEFAULT_MESSAGES = 256;

/** Parked sends of one actor, to all receivers together, and one more for each message it may handle at once. */
export const PARKED_PER_ACTOR_MAX_SENDS = 16;

/** Parked sends of application code outside actors, on one host. */
export const PARKED_OUTSIDE_MAX_SENDS = 1_024;

/** Most workers in one system, the main thread not counted. */
export const WORKERS_MAX = 64;

/** Credits that a host draws at once, when it pays the same actor over and over. They come back at the end of its pass. */
export const STOCK_MAX_CREDITS = 32;

/** Frames that a host sends in one pass ahead of its end, so that whoever waits for credit has it at once. */
export const GRANT_PUSHES_PER_PASS_MAX = 4;

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
/** Messages that one actor may handle at the same time. */
export const CONCURRENCY_MAX_MESSAGES = 10_000;

/** Open asks of one actor. */
export const ASKS_PER_ACTOR_MAX = 10_000;

/** Open asks of application code outside actors, on one host. */
export const ASKS_OUTSIDE_MAX = 1_000_000;

/** Actors in one chain of asks that wait for each other. */
export const ASK_CHAIN_MAX_ACTORS = 64;

/** Time for an ask when nobody says otherwise. */
export const ASK_TIMEOUT_DEFAULT_MS = 5_000;

/** Timers of one actor. A tick that was not handled yet absorbs the next, so they bound its queued ticks too. */
export const TIMERS_PER_ACTOR_MAX = 1_024;

/** Refused sends of one pass that are watched for somebody awaiting them; more count as unawaited. */
export const UNOBSERVED_MAX_SENDS = 4_096;

/** Levels of the actor tree: what stops or fails passes through all of them in one call. */
export const TREE_DEPTH_MAX_LEVELS = 256;

/**
 * Signals that wait for one actor: from its supervisor one of start, resume and halt, and two stops (in order,
 * then at once); from itself one stop.
 */
export const SIGNALS_MAX: number = 1 + 2 + 1;

/** A key of a keyed actor: it is kept in directories and travels with each look-up. */
export const KEY_MAX_CHARS = 1_024;

/** Idle time of a keyed actor when its definition says nothing. */
export const KEYED_IDLE_DEFAULT_MS = 60_000;

/**
 * Keyed actors of one host that an inspection lists, with what is below them; and those elsewhere for which sends of
 * one host wait. The others are counted.
 */
export const INSPECTED_KEYED_MAX_ACTORS = 256;

/** Time over which a host measures how busy it is; after it what was chosen by an older measure counts no more. */
export const LOAD_SAMPLE_MS = 50;

/** Actors that one host may get more than another for the same measure. */
export const LEAD_MAX_ACTORS = 16;

/** Keyed actors looked at by one tick of the idle timer; the others have their turn in the next. */
export const KEYED_CHECKS_PER_TICK_MAX = 1_024;
