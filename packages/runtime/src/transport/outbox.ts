/**
 * Messages of one link that are not in its ring yet: a row of words for each, and beside the rows the
 * payloads that have no place in a row. Owns both and their order; holds that the column has exactly as many
 * elements for each row as the row says, in the order of the rows. Called by the link's writer alone; must
 * not know frames.
 */
import { assert } from '@millrace/core';
import type { FieldColumn } from '../codec/payload-walk.ts';
import { BATCH_MAX_MESSAGES, OUTBOX_MAX_MESSAGES } from '../limits.ts';
import { copyWords } from '../ring/copy-words.ts';
import {
  isInColumn,
  ROW_ASK,
  ROW_ELEMENTS,
  ROW_FROM,
  ROW_HEAD,
  ROW_TARGET,
  ROW_VALUE,
  ROW_WORDS,
  rowHead,
  TAG_FLOAT,
  TAG_INT,
  TAG_PACKED,
  TAG_PARTS,
  TAG_RECORD,
  tagOfRow,
  withTag,
} from '../ring/layout.ts';

/** Elements past which no column is made before they are there. */
const COLUMN_BEGINS_MAX = 4 * BATCH_MAX_MESSAGES;

/** A message that travels in frames of its own: its packed bytes, and how many of them are written. */
export class Parts {
  /** The payload, packed as a column of its own. */
  readonly bytes: Uint8Array;
  /** What its row says of the payload. */
  readonly tag: number;
  /** Bytes that are in the ring. */
  writtenBytes = 0;

  constructor(bytes: Uint8Array, tag: number = TAG_PACKED) {
    this.bytes = bytes;
    this.tag = tag;
  }
}

/** What a row says besides its payload; what the numbers mean is between the two hosts. */
export interface RowHeader {
  /** 0 to 255. */
  readonly kind: number;
  /** 0 to 65,535. */
  readonly handler: number;
  /** Any 32-bit integer, as are `from` and `ask`. */
  readonly target: number;
  readonly from: number;
  readonly ask: number;
}

/** Rows and payloads that wait, in order. */
export class Outbox implements FieldColumn {
  #rows: Int32Array = new Int32Array(BATCH_MAX_MESSAGES * ROW_WORDS);
  #floats: Float64Array = new Float64Array(this.#rows.buffer);
  /** Longer than what it holds, so that it need not grow. */
  #column: unknown[] = [];
  #columnEnd = 0;
  #start = 0;
  #end = 0;
  #columnStart = 0;
  #parts = 0;

  /** Messages that wait. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** True when the outbox holds all it may. */
  get full(): boolean {
    return this.#end - this.#start >= OUTBOX_MAX_MESSAGES;
  }

  /** Adds a message whose payload is a number. Apart from the others: this way is 4 ns, and the most used. */
  pushNumber(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: number,
  ): void {
    if ((this.#end + 1) * ROW_WORDS > this.#rows.length) this.#makeRoom();
    const row = this.#end * ROW_WORDS;
    const rows = this.#rows;
    let tag = TAG_INT;
    // −0 is no integer here: its sign would be lost.
    if ((payload | 0) === payload && !Object.is(payload, -0)) {
      rows[row + ROW_VALUE] = payload;
    } else {
      tag = TAG_FLOAT;
      this.#floats[(row + ROW_VALUE) >>> 1] = payload;
    }
    rows[row + ROW_HEAD] = rowHead(kind, tag, handler);
    rows[row + ROW_TARGET] = target;
    rows[row + ROW_FROM] = from;
    rows[row + ROW_ASK] = ask;
    this.#end += 1;
  }

  /** Adds a message whose tag says all (`undefined`, `null`, a boolean) or whose payload goes into the column. */
  push(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    tag: number,
    payload: unknown,
  ): void {
    if ((this.#end + 1) * ROW_WORDS > this.#rows.length) this.#makeRoom();
    const row = this.#end * ROW_WORDS;
    const rows = this.#rows;
    if (tag === TAG_PACKED || tag === TAG_PARTS) {
      this.#column[this.#columnEnd] = payload;
      this.#columnEnd += 1;
      rows[row + ROW_ELEMENTS] = 1;
    }
    if (tag === TAG_PARTS) this.#parts += 1;
    rows[row + ROW_HEAD] = rowHead(kind, tag, handler);
    rows[row + ROW_TARGET] = target;
    rows[row + ROW_FROM] = from;
    rows[row + ROW_ASK] = ask;
    this.#end += 1;
  }

  get columnEnd(): number {
    return this.#columnEnd;
  }

  /** See {@link FieldColumn}: fields of the next record, before {@link pushRecord}. */
  addField(value: unknown): void {
    this.#column[this.#columnEnd] = value;
    this.#columnEnd += 1;
  }

  cutFields(columnEnd: number): void {
    this.#column.fill(undefined, columnEnd, this.#columnEnd);
    this.#columnEnd = columnEnd;
  }

  /** Adds a message whose payload is a record of that shape: its fields are the last that were added. */
  pushRecord(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    shape: number,
    elements: number,
  ): void {
    if ((this.#end + 1) * ROW_WORDS > this.#rows.length) this.#makeRoom();
    const row = this.#end * ROW_WORDS;
    const rows = this.#rows;
    rows[row + ROW_HEAD] = rowHead(kind, TAG_RECORD, handler);
    rows[row + ROW_TARGET] = target;
    rows[row + ROW_FROM] = from;
    rows[row + ROW_ASK] = ask;
    rows[row + ROW_VALUE] = shape;
    rows[row + ROW_ELEMENTS] = elements;
    this.#end += 1;
  }

  /** The parts that stand first, if the first message travels so. */
  get firstParts(): Parts | undefined {
    if (this.#parts === 0 || this.#tagAt(0) !== TAG_PARTS) return undefined;
    const parts = this.#column[this.#columnStart];
    assert(parts instanceof Parts, 'a row of parts has its parts in the column');
    return parts;
  }

  /** How many of the first rows may share a frame: a message in parts shares none. */
  rowsOfFrame(): number {
    const most = Math.min(this.size, BATCH_MAX_MESSAGES);
    if (this.#parts === 0) return most;
    for (let i = 0; i < most; i += 1) if (this.#tagAt(i) === TAG_PARTS) return i;
    return most;
  }

  /** Elements of the column that belong to the first rows, none of them in parts. */
  columnLengthOf(rows: number): number {
    if (rows === this.size) return this.#columnEnd - this.#columnStart;
    let length = 0;
    for (let i = 0; i < rows; i += 1) length += this.#elementsAt(i);
    return length;
  }

  /** The first elements of the column. Not a copy when these are all. */
  column(length: number): readonly unknown[] {
    if (this.#columnStart === 0 && length === this.#columnEnd) {
      if (length !== this.#column.length) this.#column.length = length;
      return this.#column;
    }
    return this.#column.slice(this.#columnStart, this.#columnStart + length);
  }

  /** The words of the first rows. */
  words(rows: number): Int32Array {
    return this.#rows.subarray(this.#start * ROW_WORDS, (this.#start + rows) * ROW_WORDS);
  }

  /** Copies the words of the first rows to `words` at `at`. */
  copyRows(rows: number, words: Int32Array, at: number): void {
    copyWords(this.#rows, this.#start * ROW_WORDS, rows * ROW_WORDS, words, at);
  }

  /** Gives every row of the first ones for whose elements `keep` is false another tag, and other elements. */
  replaceInColumn(rows: number, tag: number, keep: (elements: readonly unknown[]) => boolean): number {
    let replaced = 0;
    let at = this.#columnStart;
    for (let i = 0; i < rows; i += 1) {
      const end = at + this.#elementsAt(i);
      if (end > at && !keep(this.#column.slice(at, end))) {
        this.#retag(i, tag);
        this.#column.fill(null, at, end);
        replaced += 1;
      }
      at = end;
    }
    return replaced;
  }

  /** Makes the first message, whose payload is in the column, one that travels in parts of these bytes. */
  turnIntoParts(bytes: Uint8Array): void {
    const parts = new Parts(bytes, this.#tagAt(0));
    const elements = this.#elementsAt(0);
    this.#column.splice(this.#columnStart, elements, parts);
    this.#columnEnd += 1 - elements;
    this.#retag(0, TAG_PARTS);
    this.#parts += 1;
  }

  /** Takes the first rows out, and what belongs to them in the column. */
  drop(rows: number, columnLength: number): void {
    if (this.#parts > 0 && this.#tagAt(0) === TAG_PARTS) this.#parts -= 1;
    this.#start += rows;
    this.#columnStart += columnLength;
    if (this.#start < this.#end) return;
    this.#start = 0;
    this.#end = 0;
    this.#columnStart = 0;
    // A new one: what it held must not stay reachable. The next frame is likely to be as long as this one.
    if (this.#columnEnd > 0) this.#column = new Array<unknown>(Math.min(columnLength, COLUMN_BEGINS_MAX));
    this.#columnEnd = 0;
  }

  #headAt(offset: number): number {
    return this.#rows[(this.#start + offset) * ROW_WORDS] as number;
  }

  #elementsAt(offset: number): number {
    if (!isInColumn(this.#headAt(offset))) return 0;
    return this.#rows[(this.#start + offset) * ROW_WORDS + ROW_ELEMENTS] as number;
  }

  #tagAt(offset: number): number {
    return tagOfRow(this.#headAt(offset));
  }

  #retag(offset: number, tag: number): void {
    this.#rows[(this.#start + offset) * ROW_WORDS] = withTag(this.#headAt(offset), tag);
  }

  /** Moves everything to the front, or to memory twice as large. */
  #makeRoom(): void {
    const size = this.size;
    const live = this.words(size);
    if (size * 2 * ROW_WORDS <= this.#rows.length) {
      this.#rows.set(live);
    } else {
      const grown = new Int32Array(this.#rows.length * 2);
      grown.set(live);
      this.#rows = grown;
      this.#floats = new Float64Array(grown.buffer);
    }
    this.#column = this.#column.slice(this.#columnStart, this.#columnEnd);
    this.#columnEnd -= this.#columnStart;
    this.#columnStart = 0;
    this.#start = 0;
    this.#end = size;
  }
}
