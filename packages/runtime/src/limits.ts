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

/** Causes that an error carries to another host; a longer chain is cut and says so. */
export const ERROR_CAUSES_MAX = 16;

/** Text of a stack that an error carries to another host. */
export const ERROR_STACK_MAX_CHARS: number = 16 * 1_024;

/** Objects inside objects in one payload. Also what ends the walk of a cycle. */
export const PAYLOAD_DEPTH_MAX = 1_000;

/** Size of one message nobody configured, as packed. */
export const MESSAGE_DEFAULT_MAX_BYTES: number = 64 * 1_024 * 1_024;

/** Keys of an object whose shape is shared; objects with more are usually dictionaries. */
export const SHAPE_MAX_KEYS = 64;

/**
 * Shapes that one link shares: one fewer than msgpackr may number, for when it runs out of shared numbers in
 * the middle of a frame (2.1.3) it gives a frame's own shapes numbers that are taken.
 */
export const SHAPES_MAX = 31;

/**
 * Shapes that msgpackr may number for all frames. With more than 32, and with more than 64 together with a
 * frame's own, it gives shapes two-byte numbers, which its decoder (2.1.3) misreads while the shared table
 * is short.
 */
export const SHAPES_NUMBERED_MAX: number = SHAPES_MAX + 1;

/** Shapes that one frame may define for itself at a time, beside the shared ones. */
export const SHAPES_OWN_MAX = 32;

/** Key lists of records that one link numbers; a record with another list travels with its keys. */
export const RECORD_SHAPES_MAX = 256;

/**
 * Keys in a row that one link has met at the start of an object, and learns from. Dictionaries, whose keys come once,
 * use it up; what is learned by then stays.
 */
export const RECORD_KEYS_LEARNED_MAX = 4_096;

/** Shapes seen once and remembered, so that the second time they are shared. */
export const SHAPES_SEEN_MAX = 1_024;

/** Messages in one frame. Past this a larger batch is no cheaper for each message. */
export const BATCH_MAX_MESSAGES = 256;

/** Messages that one link holds back while its ring is full. Credit bounds them long before. */
export const OUTBOX_MAX_MESSAGES: number = 1_024 * 1_024;

/** Share of a ring's largest frame above which a message travels alone: a full batch must not fill a ring. */
export const LARGE_MESSAGE_FRAME_SHARE: number = 1 / 8;

/**
 * Longest spin of an idle host before it sleeps, once it knows that spinning pays. A wake-up costs 20 to
 * 110 µs, so this is about what waiting awake may cost for what it saves.
 */
export const SPIN_MAX_US = 50;

/** Shortest spin of an idle host. */
export const SPIN_GLANCE_US = 2;

/**
 * A trial spin, as a multiple of the longest usual one. The first message of an exchange wakes the other
 * host, which takes up to 110 µs: a shorter trial would end before the answer shows how quick it could be.
 */
export const SPIN_TRIAL_FACTOR = 4;

/** A sleep that was over sooner might have been a spin: it counts towards the next trial. */
export const SLEEP_SHORT_US = 1_000;

/** Most short sleeps from one trial to the next: then trials cost less than a microsecond for each sleep. */
export const SPIN_TRIAL_GAP_MAX_SLEEPS = 256;

/** Actors of one host that other hosts address at the same time. */
export const LEASE_SLOTS_MAX: number = 1_024 * 1_024;

/**
 * Messages taken from one link after which the next link and the actors have their turn, give or take one frame. As
 * few as one full frame, so that the actors that the messages are for are still in the processor's cache when they
 * run, and credit is on its way back while the next frame comes.
 */
export const POLL_ENOUGH_MESSAGES: number = BATCH_MAX_MESSAGES;

/** Frames taken from one link before the next has its turn, however few messages are in them: parts have none. */
export const FRAMES_PER_POLL_MAX = 16;

/** Young generation of a worker whose heap is limited: what V8 takes by itself, three semispaces of 16 MB. */
export const YOUNG_GENERATION_DEFAULT_MB = 48;

/** Events of one worker that wait for the main thread to take them; more are counted and left out. */
export const EVENTS_WAITING_MAX = 1_024;

/** Time a host works before timers and I/O of its thread have their turn. */
export const LOOP_SLICE_MS = 2;
