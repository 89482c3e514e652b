/** Every bound of the census, by name. Owns the numbers; each queue and buffer elsewhere refers to one of these. */

/**
 * Bytes in one message: counting them takes some 8 ms, beside which the message costs nothing. With 64 KiB the
 * threads woke each other, and pushed each other off two cores, so often that the count took a fifth longer.
 */
export const PIECE_BYTES: number = 1_024 * 1_024;

/** Buffers for pieces that one thread keeps for later. */
export const SPARE_PIECES_MAX = 8;

/**
 * Pieces of one file that stay on the worker that reads it; those of a larger file are dealt out to all. A piece
 * that changes threads costs a wake-up on either side: worth it for the few files that would keep one worker
 * busy when the others have long finished.
 */
export const OWN_PIECES_MAX = 32;

/** Longest token that is kept as it is; a longer one is named by its beginning, its length and its hash. */
export const TOKEN_MAX_BYTES = 1_024;

/** How much of a longer token is kept. */
export const LONG_TOKEN_PREFIX_BYTES = 64;

/** Files in one message to a reader: a wake-up of its thread costs as much as reading some of them. */
export const BATCH_FILES = 64;

/**
 * Messages that wait for one reader, each with {@link BATCH_FILES}: what it takes to keep it reading while the
 * walker's thread, which gets no core while all are counting, is on its way with more. With 4 of them readers
 * were idle a fifth of the time.
 */
export const READER_MAILBOX_MESSAGES = 32;

/** Pieces that wait for one tokenizer: with {@link PIECE_BYTES}, at most 2 MiB. */
export const TOKENIZER_MAILBOX_MESSAGES = 2;

/** Partial counts that wait for one counter. */
export const COUNTER_MAILBOX_MESSAGES = 8;

/** Different tokens that a tokenizer counts before it hands them to the counters, and has room for (some 10 MB). */
export const LOCAL_TOKENS_MAX = 262_144;

/** Different tokens that a counter has room for at the beginning; it makes more when there are more. */
export const SHARD_TOKENS = 65_536;

/** Counters on each worker. */
export const COUNTERS_PER_WORKER = 2;

/** Reports of progress that wait for the collector; the latest of each reader replaces the one before. */
export const COLLECTOR_MAILBOX_MESSAGES = 64;

/** Time between two frames of the live view. */
export const FRAME_MS = 50;

/** Time between two lines without a terminal. */
export const LINE_MS = 1_000;

/** Time for readers to leave the files at hand after an interrupt. */
export const INTERRUPT_MS = 5_000;

/** Directories in each other; deeper ones are counted as unreadable. */
export const DEPTH_MAX = 1_000;
