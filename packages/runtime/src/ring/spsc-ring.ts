/**
 * A queue of frames from one thread to one other, over the memory of a link. The writer owns `tail`, the
 * reader owns `head`, and each only reads the other's word. Holds that a reader sees a frame whole or not at
 * all, in the order of writing, and that neither side ever waits: a full ring answers, it does not block.
 * Called by the transport; must not know what a frame means.
 *
 * Each method touches shared control words at most once, and says which:
 *
 *   writer   claim       load head, and only when the copy from last time does not suffice
 *            (fill)      plain writes, into words that the reader does not look at yet
 *            publish     store tail
 *            wantRoom    store wanted := 1; then claim once more, then wait
 *            roomGiven   load wanted, once more before sleeping
 *
 *   reader   next        load tail, and only when the copy from last time shows nothing
 *            (take)      plain reads
 *            release     store head
 *            roomWanted  load wanted
 *            roomGiven   store wanted := 0; then wake the writer
 *
 * No wake-up is lost, because both write before they read: the writer stores `wanted` and then loads
 * `head`, the reader stores `head` and then loads `wanted`; whatever the order, one of them sees the other.
 *
 * What a writer that died left unpublished is invisible, and the next writer goes on from `tail`. A frame
 * that a reader did not release before it died is there for the next reader. The design of cached positions
 * follows what Rigtorp's SPSCQueue and Agrona's ring buffers do; claim and publish carry Agrona's meaning.
 */
import { assert } from '@millrace/core';
import {
  alignWords,
  DATA_AT,
  FRAME_ALIGN_WORDS,
  FRAME_HEADER_WORDS,
  FRAME_KIND_COUNT,
  FRAME_LENGTH,
  FRAME_PACKED_BYTES,
  FRAME_PAD,
  FRAME_POSITION,
  frameMaxWords,
  HEAD_AT,
  TAIL_AT,
  WANTED_AT,
} from './layout.ts';
import type { LinkMemory, RingWords } from './link-memory.ts';

/** What a ring needs of a link's memory. An explorer may bring its own. */
export type RingMemory = Pick<LinkMemory, 'words' | 'control' | 'capacityWords'>;

/** The writing end. At most one may be live for a ring at any time. */
export class RingWriter {
  /** Largest frame that {@link claim} accepts. */
  readonly frameMaxWords: number;
  readonly #words: Int32Array;
  readonly #control: RingWords;
  readonly #capacity: number;
  #tail: number;
  #head: number;
  #claimedTail: number;

  /** Goes on where the last writer of this memory stopped. */
  constructor(memory: RingMemory) {
    this.frameMaxWords = frameMaxWords(memory.capacityWords);
    this.#words = memory.words;
    this.#control = memory.control;
    this.#capacity = memory.capacityWords;
    this.#tail = memory.control.load(TAIL_AT);
    this.#head = memory.control.load(HEAD_AT);
    this.#claimedTail = this.#tail;
  }

  /**
   * Room for one frame, its header filled in. Nothing is visible to the reader before {@link publish}; a
   * second claim without a publish takes the first one back.
   *
   * @param words length with header, at most {@link frameMaxWords}; rounded up to the alignment
   * @param kindCount kind in the low 8 bits, count above
   * @param packedBytes bytes of packed payloads
   * @returns index of the frame among the memory's words, or -1 when the ring has no room now
   */
  claim(words: number, kindCount: number, packedBytes: number): number {
    const length = alignWords(words);
    assert(length <= this.frameMaxWords && words >= FRAME_HEADER_WORDS, 'a frame fits into half a ring');
    const at = this.#tail & (this.#capacity - 1);
    const untilEnd = this.#capacity - at;
    const pad = length > untilEnd ? untilEnd : 0;
    if (!this.#fits(pad + length)) {
      this.#head = this.#control.load(HEAD_AT);
      if (!this.#fits(pad + length)) return -1;
    }
    if (pad > 0) this.#writeHeader(at, pad, FRAME_PAD, 0, this.#tail);
    const index = pad > 0 ? 0 : at;
    this.#writeHeader(index, length, kindCount, packedBytes, (this.#tail + pad) | 0);
    this.#claimedTail = (this.#tail + pad + length) | 0;
    return DATA_AT + index;
  }

  /** Makes the claimed frame visible to the reader. */
  publish(): void {
    assert(this.#claimedTail !== this.#tail, 'a frame is claimed before it is published');
    this.#tail = this.#claimedTail;
    this.#control.store(TAIL_AT, this.#tail);
  }

  /** Asks to be woken when there is room. Claim once more before waiting. */
  wantRoom(): void {
    this.#control.store(WANTED_AT, 1);
  }

  /** True when the reader has taken the wish back: there is room, or was. */
  get roomGiven(): boolean {
    return this.#control.load(WANTED_AT) === 0;
  }

  #fits(words: number): boolean {
    return ((this.#tail - this.#head) | 0) + words <= this.#capacity;
  }

  #writeHeader(at: number, length: number, kindCount: number, packedBytes: number, position: number): void {
    const words = this.#words;
    const index = DATA_AT + at;
    words[index + FRAME_LENGTH] = length;
    words[index + FRAME_KIND_COUNT] = kindCount;
    words[index + FRAME_PACKED_BYTES] = packedBytes;
    words[index + FRAME_POSITION] = position;
  }
}

/** The reading end. At most one may be live for a ring at any time. */
export class RingReader {
  /** Times that committed words were no frame; each time everything committed was skipped. */
  corruptions = 0;
  readonly #words: Int32Array;
  readonly #control: RingWords;
  readonly #capacity: number;
  #head: number;
  #tail: number;
  #nextHead: number;

  /** Goes on where the last reader of this memory stopped. */
  constructor(memory: RingMemory) {
    this.#words = memory.words;
    this.#control = memory.control;
    this.#capacity = memory.capacityWords;
    this.#head = memory.control.load(HEAD_AT);
    this.#tail = this.#head;
    this.#nextHead = this.#head;
  }

  /**
   * The next committed frame. Its words stay as they are until {@link release}. Calling again without a
   * release gives the same frame.
   *
   * @returns index of the frame among the memory's words, or -1 when there is none
   */
  next(): number {
    if (this.#tail === this.#head) {
      this.#tail = this.#control.load(TAIL_AT);
      if (this.#tail === this.#head) return -1;
    }
    let index = this.#frameAt(this.#head);
    if (index >= 0 && this.#words[index + FRAME_KIND_COUNT] === FRAME_PAD) {
      this.#head = this.#nextHead;
      index = this.#frameAt(this.#head);
    }
    if (index < 0) this.#skipAll();
    return index;
  }

  /** Gives back the frame that {@link next} returned, and every pad before it. */
  release(): void {
    assert(this.#nextHead !== this.#head, 'a frame is seen before it is released');
    this.#head = this.#nextHead;
    this.#control.store(HEAD_AT, this.#head);
  }

  /** True when something is committed that was not taken. Looks at shared memory every time. */
  get pending(): boolean {
    return this.#control.load(TAIL_AT) !== this.#head;
  }

  /**
   * True when the writer waits for room and half of the ring is free: woken after each frame, it would fall
   * asleep again after each frame. Ask after every release.
   */
  get roomWanted(): boolean {
    const used = (this.#tail - this.#head) | 0;
    return used <= this.#capacity >>> 1 && this.#control.load(WANTED_AT) !== 0;
  }

  /** Takes the writer's wish back. The caller wakes the writer next. */
  roomGiven(): void {
    this.#control.store(WANTED_AT, 0);
  }

  /** The frame at a position, or -1 when the words there are none. Sets where the next one starts. */
  #frameAt(position: number): number {
    const committed = (this.#tail - position) | 0;
    if (committed < FRAME_ALIGN_WORDS || committed > this.#capacity) return -1;
    const at = position & (this.#capacity - 1);
    const index = DATA_AT + at;
    const length = this.#words[index + FRAME_LENGTH] as number;
    const whole =
      length >= FRAME_HEADER_WORDS &&
      length <= committed &&
      length <= this.#capacity - at &&
      (length & (FRAME_ALIGN_WORDS - 1)) === 0 &&
      this.#words[index + FRAME_POSITION] === position;
    if (!whole) return -1;
    this.#nextHead = (position + length) | 0;
    return index;
  }

  /** After words that make no sense nothing behind them can be found: go on at the end of what is there. */
  #skipAll(): void {
    this.corruptions += 1;
    this.#head = this.#tail;
    this.#nextHead = this.#tail;
    this.#control.store(HEAD_AT, this.#head);
  }
}
