/**
 * The sending end of a link: takes messages one by one, sends them in frames. Owns the outbox and the
 * encoder; holds that messages leave in the order in which they came, that a payload which cannot travel is
 * refused when it is offered and harms no other, and that a full ring holds messages back and blocks nobody.
 * Called by the host on its own thread: append during a turn, flush at its end. Must not know actors or credit.
 *
 * Numbers, booleans, null and undefined lie in a message's row and never meet msgpackr. Other payloads, or the
 * fields of those that are records, wait in a list and are packed together when the frame is written. A message that is large, or whose buffers
 * move, is packed at once and travels in frames of its own, cut into parts that each fit: parts keep their
 * place among the other messages, and nothing beside the ring has to be put in order with it.
 */
import { MillraceError } from '@millrace/core';
import { PayloadEncoder } from '../codec/envelope-codec.ts';
import { PayloadWalk, type RefCodec, type TransferSink } from '../codec/payload-walk.ts';
import { RecordShapesWriter, UNNUMBERED } from '../codec/record-shapes.ts';
import { BATCH_MAX_MESSAGES, LARGE_MESSAGE_FRAME_SHARE } from '../limits.ts';
import {
  FRAME_BATCH,
  FRAME_HEADER_WORDS,
  ROW_WORDS,
  TAG_FALSE,
  TAG_NULL,
  TAG_PACKED,
  TAG_PARTS,
  TAG_TRUE,
  TAG_UNDEFINED,
  TAG_UNENCODABLE,
  wordsOfBytes,
} from '../ring/layout.ts';
import type { LinkMemory } from '../ring/link-memory.ts';
import { RingWriter } from '../ring/spsc-ring.ts';
import { Outbox, Parts } from './outbox.ts';
import { writePart } from './oversize.ts';

/** What a link's sending end needs. */
export interface LinkWriterOptions {
  readonly memory: LinkMemory;
  /** Wakes the host at the other end if it sleeps. Called after every frame. */
  readonly wake: () => void;
  /** The ring is full, and messages wait in the writer. Called by each flush that ends so. */
  readonly onFull?: () => void;
  /** Packed bytes of one message past which it is refused. */
  readonly messageMaxBytes: number;
  /** Absent: refs inside payloads are refused. */
  readonly refs?: RefCodec;
  /** Absent: marked buffers inside payloads are refused. */
  readonly transfers?: TransferSink;
}

/** A column that was packed and found no room. */
interface HeldFrame {
  readonly rows: number;
  readonly columnLength: number;
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** Sends messages of one host to one other host. */
export class LinkWriter {
  /** Frames written. */
  frames = 0;
  /** Messages written, each once, also when it took many frames. */
  messages = 0;
  /** Messages whose payload was changed after it was sent so that it cannot be packed; they arrive as lost. */
  unencodable = 0;
  readonly #memory: LinkMemory;
  readonly #ring: RingWriter;
  readonly #encoder: PayloadEncoder;
  readonly #walk: PayloadWalk;
  readonly #records: RecordShapesWriter;
  readonly #wake: () => void;
  readonly #onFull: (() => void) | undefined;
  readonly #messageMaxBytes: number;
  readonly #largeBytes: number;
  readonly #outbox = new Outbox();
  #held: HeldFrame | undefined;
  #blocked = false;

  constructor(options: LinkWriterOptions) {
    this.#memory = options.memory;
    this.#ring = new RingWriter(options.memory);
    this.#encoder = new PayloadEncoder(options.memory);
    this.#walk = new PayloadWalk(options.messageMaxBytes, options.refs, options.transfers);
    this.#records = new RecordShapesWriter(options.memory);
    this.#wake = options.wake;
    this.#onFull = options.onFull;
    this.#messageMaxBytes = options.messageMaxBytes;
    this.#largeBytes = this.#ring.frameMaxWords * 4 * LARGE_MESSAGE_FRAME_SHARE;
  }

  /** Messages that are not in the ring yet. */
  get pending(): number {
    return this.#outbox.size;
  }

  /**
   * True when messages wait and {@link flush} may get on. A host that is about to sleep must ask this after
   * it said so: the reader, too, rings only whom it sees asleep.
   */
  get canFlush(): boolean {
    return this.#outbox.size > 0 && (!this.#blocked || this.#ring.roomGiven);
  }

  /**
   * Adds a message behind all others. A full batch leaves at once; otherwise it waits for {@link flush}.
   * What the numbers mean is between the two hosts.
   *
   * @param kind 0 to 255
   * @param handler 0 to 65,535
   * @param target any 32-bit integer, as are `from` and `ask`
   * @returns false when the outbox is full: the message was not taken
   * @throws ERR_PAYLOAD_NOT_DATA naming the path inside the payload; the message was not taken
   * @throws ERR_MESSAGE_TOO_LARGE the message was not taken
   */
  append(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): boolean {
    const outbox = this.#outbox;
    if (outbox.full) return false;
    if (typeof payload === 'number') {
      outbox.pushNumber(kind, handler, target, from, ask, payload);
    } else if (typeof payload === 'object' && payload !== null) {
      this.#appendPacked(kind, handler, target, from, ask, payload);
    } else {
      const tag = constantTag(payload);
      if (tag >= 0) outbox.push(kind, handler, target, from, ask, tag, undefined);
      else this.#appendPacked(kind, handler, target, from, ask, payload);
    }
    if (outbox.size >= BATCH_MAX_MESSAGES && !this.#blocked) this.flush();
    return true;
  }

  /**
   * Writes what waits into the ring, as far as there is room.
   *
   * @returns false when the ring is full: this host is woken when there is room, and calls again
   */
  flush(): boolean {
    while (this.#outbox.size > 0) {
      const parts = this.#outbox.firstParts;
      this.#blocked = parts === undefined ? !this.#writeBatch() : !this.#writeParts(parts);
      if (this.#blocked) {
        this.#onFull?.();
        return false;
      }
    }
    this.#blocked = false;
    return true;
  }

  #appendPacked(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): void {
    const walk = this.#walk;
    if (isPlain(payload)) {
      const outbox = this.#outbox;
      const before = outbox.columnEnd;
      const shape = walk.prepareRecord(payload, this.#records, outbox, this.#largeBytes);
      if (shape !== UNNUMBERED) {
        outbox.pushRecord(kind, handler, target, from, ask, shape, outbox.columnEnd - before);
        return;
      }
    }
    const prepared = walk.prepare(payload);
    if (walk.estimateBytes <= this.#largeBytes && !walk.hasTransfers) {
      this.#outbox.push(kind, handler, target, from, ask, TAG_PACKED, prepared);
      return;
    }
    const bytes = this.#encoder.packToKeep([prepared]);
    if (bytes.length > this.#messageMaxBytes) {
      const details = { bytes: bytes.length, limitBytes: this.#messageMaxBytes };
      throw new MillraceError('ERR_MESSAGE_TOO_LARGE', details);
    }
    if (walk.hasTransfers) walk.sendTransfers();
    this.#outbox.push(kind, handler, target, from, ask, TAG_PARTS, new Parts(bytes));
  }

  #writeBatch(): boolean {
    const outbox = this.#outbox;
    const held = this.#held;
    let rows = held?.rows ?? outbox.rowsOfFrame();
    let columnLength = held?.columnLength ?? outbox.columnLengthOf(rows);
    let bytes = held?.bytes ?? this.#packColumn(rows, columnLength);
    while (frameWords(rows, bytes) > this.#ring.frameMaxWords) {
      if (rows === 1) {
        outbox.turnIntoParts(copyOf(bytes));
        return true;
      }
      rows >>>= 1;
      columnLength = outbox.columnLengthOf(rows);
      bytes = this.#packColumn(rows, columnLength);
    }
    const at = this.#claim(frameWords(rows, bytes), FRAME_BATCH | (rows << 8), bytes.length);
    if (at < 0) {
      // Packed bytes last only until the next pack, and packing again at every try would cost the most when
      // there is the most to do.
      this.#held ??= { rows, columnLength, bytes: copyOf(bytes) };
      return false;
    }
    outbox.copyRows(rows, this.#memory.words, at + FRAME_HEADER_WORDS);
    if (bytes.length > 0) this.#memory.bytes.set(bytes, (at + FRAME_HEADER_WORDS + rows * ROW_WORDS) * 4);
    this.#publish();
    this.#held = undefined;
    this.messages += rows;
    outbox.drop(rows, columnLength);
    return true;
  }

  #packColumn(rows: number, columnLength: number): Uint8Array {
    if (columnLength === 0) return NO_BYTES;
    try {
      return this.#encoder.pack(this.#outbox.column(columnLength));
    } catch {
      // Somebody changed a payload after sending it. Its row goes on without it, so that its slot comes back.
      this.unencodable += this.#outbox.replaceInColumn(rows, TAG_UNENCODABLE, (elements) =>
        this.#canPack(elements),
      );
      return this.#encoder.pack(this.#outbox.column(columnLength));
    }
  }

  #canPack(elements: readonly unknown[]): boolean {
    try {
      this.#encoder.pack(elements);
      return true;
    } catch {
      return false;
    }
  }

  #writeParts(parts: Parts): boolean {
    while (parts.writtenBytes < parts.bytes.length) {
      const row = this.#outbox.words(1);
      const claim = (words: number, kindCount: number, bytes: number): number =>
        this.#claim(words, kindCount, bytes);
      if (!writePart(this.#memory, this.#ring.frameMaxWords, row, parts, claim)) return false;
      this.#publish();
    }
    this.messages += 1;
    this.#outbox.drop(1, 1);
    return true;
  }

  /** Room for a frame, or -1 after the reader was asked to wake us. */
  #claim(words: number, kindCount: number, packedBytes: number): number {
    const at = this.#ring.claim(words, kindCount, packedBytes);
    if (at >= 0) return at;
    this.#ring.wantRoom();
    return this.#ring.claim(words, kindCount, packedBytes);
  }

  #publish(): void {
    this.#ring.publish();
    this.frames += 1;
    this.#wake();
  }
}

/** True for an object that was made of a literal, or as if it were. */
function isPlain(payload: unknown): payload is Record<string, unknown> {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    // Says nothing for certain, but after it the engine knows the prototype of the few shapes that it has seen here,
    // and does not call into its runtime for it.
    payload.constructor === Object &&
    Object.getPrototypeOf(payload) === Object.prototype
  );
}

/** The tag of a payload that the tag alone can say, or -1. */
function constantTag(payload: unknown): number {
  if (payload === undefined) return TAG_UNDEFINED;
  if (payload === null) return TAG_NULL;
  if (payload === true) return TAG_TRUE;
  return payload === false ? TAG_FALSE : -1;
}

function frameWords(rows: number, bytes: Uint8Array): number {
  return FRAME_HEADER_WORDS + rows * ROW_WORDS + wordsOfBytes(bytes.length);
}

/** A Buffer's own `slice` would alias. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? NO_BYTES : Uint8Array.prototype.slice.call(bytes);
}
