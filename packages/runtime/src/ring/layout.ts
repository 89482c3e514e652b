/**
 * Where everything lies in the memory of one link, and what the words of a frame mean. Owns offsets and
 * bits, nothing else; called by the ring, the codec's shape table and the transport; must not know who may
 * change what (they do).
 *
 * A link carries messages one way between two hosts. Its memory is one SharedArrayBuffer of 32-bit words:
 *
 * ```
 *   0         32        64        96        128       SHAPES.at   RECORDS.at  DATA_AT            end
 *   ├─────────┼─────────┼─────────┼─────────┼─────────┼───────────┼───────────┼──────────────────┤
 *   │ tail    │ head    │ wanted  │ shapes  │ records │ shapes    │ records   │ frames           │
 *   │ writer  │ reader  │ both    │ writer  │ writer  │ writer    │ writer    │ capacityWords    │
 *   └─────────┴─────────┴─────────┴─────────┴─────────┴───────────┴───────────┴──────────────────┘
 *     each control word has 128 bytes to itself: two cache lines, because processors fetch them in pairs
 * ```
 *
 * `tail` and `head` count words written and read since the link began, modulo 2³²; a position's place among
 * the frames is the position modulo the capacity, a power of two. A frame never wraps: what is left before the
 * end is filled with a pad frame. The words of `shapes` and `records` count the bytes in use of their tables.
 *
 * ```
 *   frame, in words; its length is a multiple of 4
 *
 *   ┌────────────┬────────────┬────────────┬──────────┬──────────────────┬──────────────────────┐
 *   │ length     │ kind 8     │ packed     │ position │ rows             │ packed payloads      │
 *   │ in words   │ count 24   │ bytes      │          │ count × 6 words  │ bytes, then padding  │
 *   └────────────┴────────────┴────────────┴──────────┴──────────────────┴──────────────────────┘
 *
 *   row of one message
 *   ┌────────────────────────────┬────────┬────────┬────────┬─────────────────────────────┐
 *   │ kind 8 · tag 8 · handler 16 │ target │ from   │ ask    │ value: two words            │
 *   └────────────────────────────┴────────┴────────┴────────┴─────────────────────────────┘
 *
 *   chunk of a message too large for one frame: count is 1, one row, then
 *   ┌──────────────┬──────────────┬──────────────────────┐
 *   │ bytes in all │ offset       │ packed bytes         │
 *   └──────────────┴──────────────┴──────────────────────┘
 * ```
 *
 * The value of a row holds a payload that fits (`undefined`, `null`, a boolean, a number). A record, which is a
 * plain object whose key list both ends know, has the number of that list and of its keys there, and its fields
 * are the next elements of the packed column; any other payload is one element. The column is one msgpack array
 * for the whole frame. The position in a frame's header must be its own: a reader can tell a frame from stale or
 * foreign words.
 */

/** Index of the writer's position: everything before it is committed. */
export const TAIL_AT = 0;
/** Index of the reader's position: everything before it is taken. */
export const HEAD_AT = 32;
/** Index of the word that is 1 while the writer waits for room. */
export const WANTED_AT = 64;

/** Where one table of key lists lies. */
export interface ShapeRegion {
  /** Index of the word that counts the bytes in use. */
  readonly usedAt: number;
  /** Index of the table's first word. */
  readonly at: number;
  readonly words: number;
}

/** Key lists of objects inside payloads, numbered by msgpackr: 4 KiB, 128 bytes for each that there may be. */
export const SHAPES: ShapeRegion = { usedAt: 96, at: 160, words: 1_024 };
/** Key lists of records: 8 KiB, 32 bytes for each that there may be. */
export const RECORDS: ShapeRegion = { usedAt: 128, at: SHAPES.at + SHAPES.words, words: 2_048 };
/** Index of the first word that holds frames. */
export const DATA_AT: number = RECORDS.at + RECORDS.words;

/** Frames start and end on this many words, so that a pad frame always has room for a header. */
export const FRAME_ALIGN_WORDS = 4;
/** Words before a frame's rows. */
export const FRAME_HEADER_WORDS = 4;
/** Words of one row. */
export const ROW_WORDS = 6;
/** Words between the row and the bytes of a chunk. */
export const CHUNK_HEADER_WORDS = 2;

/** Offsets of the words in a frame's header. */
export const FRAME_LENGTH = 0;
export const FRAME_KIND_COUNT = 1;
export const FRAME_PACKED_BYTES = 2;
export const FRAME_POSITION = 3;

/** Offsets of the words in a row. */
export const ROW_HEAD = 0;
export const ROW_TARGET = 1;
export const ROW_FROM = 2;
export const ROW_ASK = 3;
export const ROW_VALUE = 4;
/** For a row with anything in the column: how many elements. */
export const ROW_ELEMENTS = 5;

/** A frame that only fills the words before the end. */
export const FRAME_PAD = 0;
/** A frame of whole messages. */
export const FRAME_BATCH = 1;
/** A frame with a part of one message. */
export const FRAME_CHUNK = 2;

/** What a row's value holds. */
export const TAG_PACKED = 0;
export const TAG_UNDEFINED = 1;
export const TAG_NULL = 2;
export const TAG_FALSE = 3;
export const TAG_TRUE = 4;
export const TAG_INT = 5;
export const TAG_FLOAT = 6;
/**
 * The payload could not be packed when its turn came; the row is sent so that its slot comes back. What it has in
 * the packed column means nothing.
 */
export const TAG_UNENCODABLE = 7;
/** The payload is a record: its fields are in the packed column. */
export const TAG_RECORD = 8;
/** The payload waits in the outbox as parts. Never on the wire: there the row says what they are parts of. */
export const TAG_PARTS = 9;

/** First word of a row. */
export function rowHead(kind: number, tag: number, handler: number): number {
  return (kind << 24) | (tag << 16) | handler;
}

/** Kind of a message, from its row's first word. */
export function kindOfRow(head: number): number {
  return head >>> 24;
}

/** Tag of a payload, from its row's first word. */
export function tagOfRow(head: number): number {
  return (head >>> 16) & 0xff;
}

/** Handler of a message, from its row's first word. */
export function handlerOfRow(head: number): number {
  return head & 0xffff;
}

/** The first word of a row with another tag. */
export function withTag(head: number, tag: number): number {
  return (head & ~0xff0000) | (tag << 16);
}

/** True for a row that has elements in the packed column. */
export function isInColumn(head: number): boolean {
  const tag = tagOfRow(head);
  return tag === TAG_PACKED || tag === TAG_RECORD || tag === TAG_UNENCODABLE;
}

/** Words, rounded up to where the next frame may start. */
export function alignWords(words: number): number {
  return (words + FRAME_ALIGN_WORDS - 1) & -FRAME_ALIGN_WORDS;
}

/** Words that hold this many bytes. */
export function wordsOfBytes(bytes: number): number {
  return (bytes + 3) >>> 2;
}

/** Largest frame of a ring: half, so that one fits into an empty ring wherever its positions stand. */
export function frameMaxWords(capacityWords: number): number {
  return capacityWords >>> 1;
}

/** Words of memory for a link whose frames have `capacityWords`. */
export function linkWords(capacityWords: number): number {
  return DATA_AT + capacityWords;
}
