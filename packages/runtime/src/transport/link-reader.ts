/**
 * The receiving end of a link: takes frames out of the ring and shows their messages. Owns the decoder and
 * the memory of the frame that is shown; holds that a frame is released before its first message is handed
 * out, so that no message is ever handled twice, whoever dies when; that messages come in the order in which
 * they were sent; and that bytes which make no sense are counted and cost at most the messages in them.
 * Called by the host on its own thread. Must not know actors or credit.
 */
import { MillraceError } from '@millrace/core';
import { PayloadDecoder } from '../codec/envelope-codec.ts';
import { RecordShapesReader } from '../codec/record-shapes.ts';
import type { WireSource } from '../codec/wire.ts';
import { BATCH_MAX_MESSAGES } from '../limits.ts';
import { copyWords } from '../ring/copy-words.ts';
import {
  FRAME_BATCH,
  FRAME_CHUNK,
  FRAME_HEADER_WORDS,
  FRAME_KIND_COUNT,
  FRAME_LENGTH,
  FRAME_PACKED_BYTES,
  handlerOfRow,
  isInColumn,
  kindOfRow,
  ROW_ASK,
  ROW_ELEMENTS,
  ROW_FROM,
  ROW_TARGET,
  ROW_VALUE,
  ROW_WORDS,
  TAG_FALSE,
  TAG_FLOAT,
  TAG_INT,
  TAG_NULL,
  TAG_PACKED,
  TAG_RECORD,
  TAG_TRUE,
  TAG_UNDEFINED,
  tagOfRow,
} from '../ring/layout.ts';
import type { LinkMemory } from '../ring/link-memory.ts';
import { RingReader } from '../ring/spsc-ring.ts';
import { Assembly } from './oversize.ts';

/** Stands where a payload was that cannot be had: count the message as lost, and give its slot back. */
export const LOST_PAYLOAD: unique symbol = Symbol('lost payload');

/** What a link's receiving end needs. */
export interface LinkReaderOptions {
  readonly memory: LinkMemory;
  /** Wakes the host at the other end, which waits for room. */
  readonly wakeWriter: () => void;
  /** Packed bytes of the largest message that the other end may send. */
  readonly messageMaxBytes: number;
  /** Where refs and transferred buffers come from. */
  readonly source: WireSource;
}

/**
 * The messages of one frame. The reader shows one batch at a time and uses it again: take what you keep
 * before the next {@link LinkReader.take}.
 */
export class Batch {
  /** Messages in it. */
  count = 0;
  /** Payloads in order; {@link LOST_PAYLOAD} for one that cannot be had. */
  payloads: readonly unknown[] = [];
  readonly rows: Int32Array = new Int32Array(BATCH_MAX_MESSAGES * ROW_WORDS);

  /** The first message after `i` that has not the kind, the handler, the target and the sort of payload of message `i`. */
  endOfRun(i: number): number {
    const { rows } = this;
    const row = i * ROW_WORDS;
    const head = rows[row];
    const target = rows[row + ROW_TARGET];
    let end = i + 1;
    while (
      end < this.count &&
      rows[end * ROW_WORDS] === head &&
      rows[end * ROW_WORDS + ROW_TARGET] === target
    )
      end += 1;
    return end;
  }

  /** What the sender gave as kind of message `i`. */
  kind(i: number): number {
    return kindOfRow(this.rows[i * ROW_WORDS] as number);
  }

  /** What the sender gave as its handler. */
  handler(i: number): number {
    return handlerOfRow(this.rows[i * ROW_WORDS] as number);
  }

  /** What the sender gave as its target. */
  target(i: number): number {
    return this.rows[i * ROW_WORDS + ROW_TARGET] as number;
  }

  /** What the sender gave as `from`. */
  from(i: number): number {
    return this.rows[i * ROW_WORDS + ROW_FROM] as number;
  }

  /** What the sender gave as `ask`. */
  ask(i: number): number {
    return this.rows[i * ROW_WORDS + ROW_ASK] as number;
  }
}

/** Receives the messages of one host from one other host. */
export class LinkReader {
  /** Frames whose bytes made no sense. The ring's own count is in {@link corruptions}. */
  badFrames = 0;
  /** Payloads that arrived and cannot be had. */
  lostPayloads = 0;
  /** Messages taken, lost payloads included. */
  messages = 0;
  readonly #memory: LinkMemory;
  readonly #ring: RingReader;
  readonly #decoder: PayloadDecoder;
  readonly #records: RecordShapesReader;
  readonly #wakeWriter: () => void;
  readonly #assembly: Assembly;
  readonly #batch = new Batch();
  readonly #floats = new Float64Array(this.#batch.rows.buffer);

  constructor(options: LinkReaderOptions) {
    this.#memory = options.memory;
    this.#ring = new RingReader(options.memory);
    this.#decoder = new PayloadDecoder(options.memory, options.source);
    this.#records = new RecordShapesReader(options.memory);
    this.#wakeWriter = options.wakeWriter;
    this.#assembly = new Assembly(options.messageMaxBytes);
  }

  /** True when there is something to take. One atomic load. */
  get pending(): boolean {
    return this.#ring.pending;
  }

  /** Frames and stretches of the ring that made no sense. */
  get corruptions(): number {
    return this.#ring.corruptions + this.badFrames;
  }

  /** Large messages of which the end never came. */
  get abandoned(): number {
    return this.#assembly.abandoned;
  }

  /**
   * Takes the next frame. Never throws.
   *
   * @returns its messages, which may be none (a part of a large message, a frame that made no sense), or
   *   undefined when the ring is empty
   */
  take(): Batch | undefined {
    const at = this.#ring.next();
    if (at < 0) {
      this.#giveRoom();
      return undefined;
    }
    const kindCount = this.#memory.words[at + FRAME_KIND_COUNT] as number;
    const batch = this.#batch;
    batch.count = 0;
    switch (kindCount & 0xff) {
      case FRAME_BATCH:
        this.#takeBatch(at, kindCount >>> 8);
        break;
      case FRAME_CHUNK:
        this.#takePart(at);
        break;
      default:
        this.#bad();
    }
    this.messages += batch.count;
    return batch;
  }

  #takeBatch(at: number, count: number): void {
    const words = this.#memory.words;
    const rowsEnd = at + FRAME_HEADER_WORDS + count * ROW_WORDS;
    const bytes = words[at + FRAME_PACKED_BYTES] as number;
    const end = at + (words[at + FRAME_LENGTH] as number);
    if (
      count === 0 ||
      count > BATCH_MAX_MESSAGES ||
      rowsEnd > end ||
      bytes < 0 ||
      bytes > (end - rowsEnd) * 4
    ) {
      this.#bad();
      return;
    }
    copyWords(words, at + FRAME_HEADER_WORDS, count * ROW_WORDS, this.#batch.rows, 0);
    this.#batch.count = count;
    const column = bytes === 0 ? undefined : this.#unpack(rowsEnd * 4, bytes);
    this.#release();
    this.#fill(count, column);
  }

  #unpack(start: number, bytes: number): readonly unknown[] | undefined {
    return this.#attempt(() =>
      this.#decoder.unpack(this.#memory.bytes, start, start + bytes, this.#columnLength()),
    );
  }

  /** Elements that the rows have in the column together. @throws ERR_FRAME_CORRUPT when one says what cannot be */
  #columnLength(): number {
    const { count } = this.#batch;
    let elements = 0;
    for (let i = 0; i < count; ) {
      const run = this.#recordsFrom(i, count);
      const each = this.#elementsOf(i * ROW_WORDS);
      elements += each * Math.max(run, 1);
      i += Math.max(run, 1);
    }
    return elements;
  }

  /** How many rows from `first` on are records of one shape: most frames are such a run, or a few. 0: it is none. */
  #recordsFrom(first: number, count: number): number {
    const { rows } = this.#batch;
    const row = first * ROW_WORDS;
    if (tagOfRow(rows[row] as number) !== TAG_RECORD) return 0;
    const shape = rows[row + ROW_VALUE];
    const elements = rows[row + ROW_ELEMENTS];
    let end = row + ROW_WORDS;
    while (
      end < count * ROW_WORDS &&
      rows[end + ROW_VALUE] === shape &&
      rows[end + ROW_ELEMENTS] === elements &&
      tagOfRow(rows[end] as number) === TAG_RECORD
    )
      end += ROW_WORDS;
    return (end - row) / ROW_WORDS;
  }

  /**
   * Elements that the row at `row` has in the column.
   *
   * @throws ERR_FRAME_CORRUPT when the row says what cannot be
   */
  #elementsOf(row: number): number {
    const { rows } = this.#batch;
    const head = rows[row] as number;
    if (!isInColumn(head)) return 0;
    const elements = rows[row + ROW_ELEMENTS] as number;
    const tag = tagOfRow(head);
    const good =
      tag === TAG_PACKED
        ? elements === 1
        : tag === TAG_RECORD
          ? elements === this.#records.fieldsOf(rows[row + ROW_VALUE] as number)
          : elements >= 0;
    if (good) return elements;
    throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'row with so many elements', elements });
  }

  /** Payloads of the rows, in place. */
  #fill(count: number, column: readonly unknown[] | undefined): void {
    const { rows } = this.#batch;
    // A new one for each frame: storing new objects in an old array costs the collector more than the array does.
    const payloads = new Array<unknown>(count);
    this.#batch.payloads = payloads;
    const floats = this.#floats;
    let next = 0;
    for (let i = 0; i < count; i += 1) {
      const row = i * ROW_WORDS;
      const tag = tagOfRow(rows[row] as number);
      if (tag === TAG_INT) {
        payloads[i] = rows[row + ROW_VALUE];
      } else if (tag === TAG_RECORD && column !== undefined) {
        const run = this.#recordsFrom(i, count);
        this.#records.make(rows[row + ROW_VALUE] as number, column, next, run, payloads, i);
        next += run * (rows[row + ROW_ELEMENTS] as number);
        i += run - 1;
      } else if (tag === TAG_PACKED) {
        payloads[i] = column === undefined ? this.#lost() : column[next];
        next += 1;
      } else if (tag === TAG_FLOAT) {
        payloads[i] = floats[(row + ROW_VALUE) >>> 1];
      } else if (tag === TAG_UNDEFINED) {
        payloads[i] = undefined;
      } else if (tag === TAG_NULL) {
        payloads[i] = null;
      } else if (tag === TAG_TRUE || tag === TAG_FALSE) {
        payloads[i] = tag === TAG_TRUE;
      } else {
        if (isInColumn(rows[row] as number)) next += rows[row + ROW_ELEMENTS] as number;
        payloads[i] = this.#lost();
      }
    }
  }

  #takePart(at: number): void {
    const words = this.#memory.words;
    const verdict = this.#assembly.take(this.#memory, at, words[at + FRAME_LENGTH] as number);
    if (verdict === 'corrupt') {
      this.#bad();
      return;
    }
    const body = at + FRAME_HEADER_WORDS;
    if (verdict !== 'more') this.#batch.rows.set(words.subarray(body, body + ROW_WORDS));
    this.#release();
    if (verdict === 'more') return;
    this.#batch.count = 1;
    const bytes = verdict === 'whole' ? this.#assembly.finish() : undefined;
    this.#fill(
      1,
      bytes === undefined
        ? undefined
        : this.#attempt(() => this.#decoder.unpackOwn(bytes, this.#elementsOf(0))),
    );
  }

  /** Whatever fails in decoding, also in the reading of a ref, costs the payloads of this frame and no more. */
  #attempt(decode: () => unknown[]): unknown[] | undefined {
    try {
      return decode();
    } catch {
      this.badFrames += 1;
      return undefined;
    }
  }

  #lost(): typeof LOST_PAYLOAD {
    this.lostPayloads += 1;
    return LOST_PAYLOAD;
  }

  #bad(): void {
    this.badFrames += 1;
    this.#release();
  }

  #release(): void {
    this.#ring.release();
    this.#giveRoom();
  }

  #giveRoom(): void {
    if (!this.#ring.roomWanted) return;
    this.#ring.roomGiven();
    this.#wakeWriter();
  }
}
