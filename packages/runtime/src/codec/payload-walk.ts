/**
 * The walk over a payload before it is packed: refuses what is not data, replaces what msgpack cannot say by
 * wires, collects buffers to transfer, and estimates the size. Holds that a payload which needs nothing of
 * this comes back as it is, not copied. Called once for each message that leaves its host, when it is sent,
 * so that the sender gets the refusal and its neighbours in the batch do not.
 */
import { MillraceError } from '@millrace/core';
import { ERROR_CAUSES_MAX, PAYLOAD_DEPTH_MAX } from '../limits.ts';
import { encodeError } from './error-codec.ts';
import { isKeyWithMeaning, KEY_REFUSED, kindOf } from './payload-kind.ts';
import { explainRefusal } from './payload-refusal.ts';
import { type KeyNode, type RecordShapesWriter, UNNUMBERED } from './record-shapes.ts';
import { isDetached, TransferMark } from './transfer.ts';
import {
  Wire,
  WIRE_ENTRIES,
  WIRE_ERROR,
  WIRE_MINUS_ZERO,
  WIRE_REF,
  WIRE_TRANSFER,
  WIRE_UTF16,
} from './wire.ts';

/** How live refs leave and enter payloads; the host injects it. */
export interface RefCodec {
  /** True for a ref of this system. */
  owns(value: object): boolean;
  /** Plain data that {@link read} on another host makes the same ref of. */
  write(ref: object): unknown;
  /** A live ref. Throws when the data makes no sense. */
  read(data: unknown): unknown;
}

/** Where the fields of records go, one after the other. */
export interface FieldColumn {
  /** Where the next one goes. */
  readonly columnEnd: number;
  /** Adds one. */
  addField(value: unknown): void;
  /** Takes out those that were added from there on. */
  cutFields(columnEnd: number): void;
}

/** Where marked buffers go: a channel beside the ring that keeps the order of messages. */
export interface TransferSink {
  /** Number of the next side message. */
  readonly nextSequence: number;
  /** Sends the buffers; they are detached when this returns. */
  send(buffers: ArrayBuffer[]): void;
}

/** Thrown inside the walk to end it; never leaves this file, so its stack does not matter. */
const REFUSED = new Error('refused');

const MINUS_ZERO = new Wire([WIRE_MINUS_ZERO]);

/** Rough bytes of a packed value that is not a string. */
const VALUE_BYTES = 5;

/** Walks payloads for one link. Not re-entrant: a getter in a payload must not send. */
export class PayloadWalk {
  /** Packed size of the last payload, roughly, and rather too large than too small for plain text. */
  estimateBytes = 0;
  readonly #refs: RefCodec | undefined;
  readonly #transfers: TransferSink | undefined;
  readonly #estimateMaxBytes: number;
  readonly #errors: Error[] = [];
  #marked: ArrayBuffer[] = [];
  readonly #marks: TransferMark[] = [];

  /**
   * @param bytesMax size of a packed message that whoever packs will refuse
   * @param refs absent: refs are refused like instances of any class
   * @param transfers absent: marked buffers are refused
   */
  constructor(bytesMax: number, refs?: RefCodec, transfers?: TransferSink) {
    // A value counts VALUE_BYTES here and is at least one byte packed, so what is past this is too large.
    this.#estimateMaxBytes = bytesMax * VALUE_BYTES;
    this.#refs = refs;
    this.#transfers = transfers;
  }

  /**
   * What to pack for this payload.
   *
   * @throws ERR_PAYLOAD_NOT_DATA naming the path inside the payload
   * @throws ERR_MESSAGE_TOO_LARGE before more is visited than a message may hold
   */
  prepare(payload: unknown): unknown {
    this.#begin();
    try {
      return this.#visit(payload, 0);
    } catch (reason) {
      throw this.#explained(reason, payload);
    }
  }

  /**
   * As {@link prepare}, for a plain object that may travel as a record: adds what to pack for its fields to `column`.
   *
   * @returns the number of its key list; {@link UNNUMBERED} when it has none or is too large for a record, and then
   *   `column` is as it was
   */
  prepareRecord(
    payload: Record<string, unknown>,
    shapes: RecordShapesWriter,
    column: FieldColumn,
    bytesMax: number,
  ): number {
    this.#begin();
    const before = column.columnEnd;
    let shape = UNNUMBERED;
    try {
      shape = this.#visitFields(payload, shapes, column);
    } catch (reason) {
      column.cutFields(before);
      throw this.#explained(reason, payload);
    }
    if (shape === UNNUMBERED || this.estimateBytes > bytesMax || this.hasTransfers) {
      column.cutFields(before);
      return UNNUMBERED;
    }
    return shape;
  }

  /** True when the last payload holds buffers that {@link sendTransfers} must send. */
  get hasTransfers(): boolean {
    return this.#marked.length > 0;
  }

  /**
   * Sends the marked buffers of the last payload; the sender's buffers are detached. Call it when nothing can
   * refuse the message any more, and once.
   *
   * @throws ERR_PAYLOAD_NOT_DATA when a buffer cannot move (it did already)
   */
  sendTransfers(): void {
    try {
      this.#transfers?.send(this.#marked);
    } catch (cause) {
      const details = { path: 'payload', found: 'buffer that cannot move' };
      throw new MillraceError('ERR_PAYLOAD_NOT_DATA', details, { cause });
    }
    for (const mark of this.#marks) mark.taken();
    this.#marks.length = 0;
  }

  #begin(): void {
    this.estimateBytes = 0;
    // Setting the length of an empty array costs as much as walking a small payload.
    if (this.#errors.length > 0) this.#errors.length = 0;
    if (this.#marked.length > 0) {
      this.#marked = [];
      this.#marks.length = 0;
    }
  }

  #explained(reason: unknown, payload: unknown): unknown {
    return reason === REFUSED ? explainRefusal(payload, this.#refs, this.#transfers !== undefined) : reason;
  }

  #visitFields(payload: Record<string, unknown>, shapes: RecordShapesWriter, column: FieldColumn): number {
    let node: KeyNode = shapes.root;
    let numbers = 0;
    for (const key in payload) {
      const next = node.latestKey === key ? node.latest : shapes.after(node, key);
      if (next === undefined) return UNNUMBERED;
      node = next;
      const value = payload[key];
      // Most fields are numbers, and for them a visit costs more than the rest together.
      if (typeof value === 'number' && !Object.is(value, -0)) {
        numbers += 1;
        column.addField(value);
      } else {
        column.addField(this.#visit(value, 1));
      }
    }
    this.estimateBytes += numbers * VALUE_BYTES;
    return node.shape === UNNUMBERED ? shapes.number(node) : node.shape;
  }

  #visit(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.estimateBytes += value.length + VALUE_BYTES;
        return value.isWellFormed() ? value : wireOfText(value);
      case 'number':
        this.estimateBytes += VALUE_BYTES;
        return Object.is(value, -0) ? MINUS_ZERO : value;
      case 'boolean':
      case 'undefined':
        this.estimateBytes += VALUE_BYTES;
        return value;
      case 'bigint':
        return this.#visitBigInt(value);
      case 'object':
        return value === null ? value : this.#visitObject(value, depth + 1);
      case 'function':
      case 'symbol':
        throw REFUSED;
    }
  }

  #visitObject(value: object, depth: number): unknown {
    if (depth > PAYLOAD_DEPTH_MAX) throw REFUSED;
    if (this.estimateBytes > this.#estimateMaxBytes) this.#tooLarge();
    const prototype: unknown = Object.getPrototypeOf(value);
    // The two that nearly every payload is made of come first: this path is 30 ns for `{ by: 1 }`.
    if (prototype === Object.prototype) return this.#visitPlain(value as Record<string, unknown>, depth);
    if (prototype === Array.prototype) return this.#visitArray(value as unknown[], depth);
    if (this.#refs?.owns(value) === true) return new Wire([WIRE_REF, this.#refs.write(value)]);
    if (value instanceof TransferMark) return this.#visitMark(value);
    switch (kindOf(value)) {
      case 'plain':
        return this.#visitPlain(value as Record<string, unknown>, depth);
      case 'array':
        return this.#visitArray(value as unknown[], depth);
      case 'map':
        return this.#visitMap(value as Map<unknown, unknown>, depth);
      case 'set':
        return this.#visitSet(value as Set<unknown>, depth);
      case 'date':
        this.estimateBytes += 2 * VALUE_BYTES;
        return value;
      case 'buffer':
      case 'view':
        this.estimateBytes += (value as ArrayBuffer | ArrayBufferView).byteLength + VALUE_BYTES;
        return value;
      case 'error':
        return this.#visitError(value as Error, depth);
      case undefined:
        throw REFUSED;
    }
  }

  #visitPlain(object: Record<string, unknown>, depth: number): unknown {
    let changed: Record<string, unknown> | undefined;
    let meaning = false;
    this.estimateBytes += VALUE_BYTES;
    for (const key in object) {
      if (key === KEY_REFUSED) throw REFUSED;
      if (isKeyWithMeaning(key)) meaning = true;
      const value = object[key];
      const prepared = this.#visit(value, depth);
      if (prepared !== value && value === value) {
        changed ??= { ...object };
        changed[key] = prepared;
      }
    }
    if (meaning) return new Wire([WIRE_ENTRIES, Object.entries(changed ?? object).flat(1)]);
    return changed ?? object;
  }

  #visitArray(list: unknown[], depth: number): unknown {
    let changed: unknown[] | undefined;
    this.estimateBytes += VALUE_BYTES;
    for (let i = 0; i < list.length; i += 1) {
      const value = list[i];
      const prepared = this.#visit(value, depth);
      if (prepared !== value && value === value) {
        changed ??= list.slice();
        changed[i] = prepared;
      }
    }
    return changed ?? list;
  }

  #visitMap(map: Map<unknown, unknown>, depth: number): unknown {
    let changed = false;
    const prepared = new Map<unknown, unknown>();
    this.estimateBytes += VALUE_BYTES;
    for (const [key, value] of map) {
      const preparedKey = this.#visit(key, depth);
      const preparedValue = this.#visit(value, depth);
      changed ||= !Object.is(preparedKey, key) || !Object.is(preparedValue, value);
      prepared.set(preparedKey, preparedValue);
    }
    return changed ? prepared : map;
  }

  #visitSet(set: Set<unknown>, depth: number): unknown {
    let changed = false;
    const prepared = new Set<unknown>();
    this.estimateBytes += VALUE_BYTES;
    for (const value of set) {
      const preparedValue = this.#visit(value, depth);
      changed ||= !Object.is(preparedValue, value);
      prepared.add(preparedValue);
    }
    return changed ? prepared : set;
  }

  #visitError(error: Error, depth: number): Wire {
    if (this.#errors.includes(error) || this.#errors.length >= ERROR_CAUSES_MAX) throw REFUSED;
    this.#errors.push(error);
    const record = encodeError(error, (value) => this.#visit(value, depth));
    this.#errors.pop();
    this.estimateBytes += record.message.length + (record.stack?.length ?? 0) + 4 * VALUE_BYTES;
    return new Wire([WIRE_ERROR, record]);
  }

  #tooLarge(): never {
    throw new MillraceError('ERR_MESSAGE_TOO_LARGE', { limitBytes: this.#estimateMaxBytes / VALUE_BYTES });
  }

  #visitMark(mark: TransferMark): Wire {
    if (this.#transfers === undefined || isDetached(mark.buffer)) throw REFUSED;
    this.estimateBytes += 4 * VALUE_BYTES;
    this.#marks.push(mark);
    let index = this.#marked.indexOf(mark.buffer);
    if (index < 0) index = this.#marked.push(mark.buffer) - 1;
    return new Wire([WIRE_TRANSFER, this.#transfers.nextSequence, index]);
  }

  #visitBigInt(value: bigint): bigint {
    const small = value < 0x8000_0000_0000_0000n && value >= -0x8000_0000_0000_0000n;
    this.estimateBytes += small ? 2 * VALUE_BYTES : value.toString(16).length;
    return value;
  }
}

function wireOfText(text: string): Wire {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i += 1) units[i] = text.charCodeAt(i);
  return new Wire([WIRE_UTF16, units]);
}
