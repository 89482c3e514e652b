/**
 * The key lists of records that one link numbers. A record is a plain object that travels as its fields, side by
 * side with those of its neighbours in a frame: its keys are said once for the link, so that packing a message
 * of `{ id, text }` costs what packing two values does. Owns the writer's tree of key lists and the reader's
 * makers; holds that both sides mean the same list by a number, and that a list never seen twice gets none.
 * Called by the walk (which goes down the tree key by key) and the link's reader.
 *
 * The idea of keeping like fields together is that of columnar formats (Apache Arrow); the tree that finds a
 * list by its keys is that of hidden classes (Chambers, Ungar and Lee, 1989).
 */
import { MillraceError } from '@millrace/core';
import { RECORD_KEYS_LEARNED_MAX, RECORD_SHAPES_MAX, SHAPE_MAX_KEYS } from '../limits.ts';
import { RECORDS } from '../ring/layout.ts';
import type { LinkMemory } from '../ring/link-memory.ts';
import { KEY_REFUSED } from './payload-kind.ts';
import { readShapes, type Shape, ShapeTableWriter } from './shape-table.ts';

/** The number of a key list that has none, for now or for good. */
export const UNNUMBERED = -1;

/** Keys in a row at the start of an object. */
export class KeyNode {
  /** The number of the list that ends here. */
  shape: number = UNNUMBERED;
  readonly keys: Shape;
  /** Found last: objects of one kind follow each other, and comparing a key costs a tenth of looking it up. */
  latestKey: string | undefined;
  latest: KeyNode | undefined;
  readonly #next = new Map<string, KeyNode>();

  constructor(keys: Shape) {
    this.keys = keys;
  }

  /** One key further, as far as known. */
  find(key: string): KeyNode | undefined {
    const next = this.#next.get(key);
    if (next === undefined) return undefined;
    this.latestKey = key;
    this.latest = next;
    return next;
  }

  /** One key further, where nothing is known yet. */
  grow(key: string): KeyNode {
    const next = new KeyNode([...this.keys, key]);
    this.#next.set(key, next);
    return next;
  }
}

/** The writing end: finds and gives numbers. */
export class RecordShapesWriter {
  /** Where the keys of every object begin. */
  readonly root: KeyNode = new KeyNode([]);
  readonly #table: ShapeTableWriter;
  readonly #numbered: Shape[] = [];
  #learned = 0;

  constructor(memory: LinkMemory) {
    this.#table = new ShapeTableWriter(memory, RECORDS, RECORD_SHAPES_MAX);
    for (const keys of this.#table.known) this.#number(keys);
  }

  /** The node after `key`; undefined when nothing more is learned and this is not known. */
  after(node: KeyNode, key: string): KeyNode | undefined {
    const known = node.find(key);
    if (known !== undefined) return known;
    if (this.#learned >= RECORD_KEYS_LEARNED_MAX || node.keys.length >= SHAPE_MAX_KEYS || key === KEY_REFUSED)
      return undefined;
    this.#learned += 1;
    return node.grow(key);
  }

  /** Numbers the list that ends at this node if it may have a number: from its second time on, while there is room. */
  number(node: KeyNode): number {
    if (node.keys.length === 0 || !this.#table.accepts(node.keys)) return UNNUMBERED;
    this.#numbered.push(node.keys);
    this.#table.publish(this.#numbered);
    node.shape = this.#numbered.length - 1;
    return node.shape;
  }

  #number(keys: Shape): void {
    let node = this.root;
    for (const key of keys) node = node.find(key) ?? node.grow(key);
    this.#numbered.push(keys);
    node.shape = this.#numbered.length - 1;
  }
}

/** The reading end of one key list. */
interface RecordShape {
  readonly keys: Shape;
  /** Puts `count` records, whose fields lie one after the other in the column from `at` on, to `records` from `to` on. */
  readonly make: (
    column: readonly unknown[],
    at: number,
    count: number,
    records: unknown[],
    to: number,
  ) => void;
}

/** The reading end: makes records of their fields. */
export class RecordShapesReader {
  readonly #memory: LinkMemory;
  #usedBytes = 0;
  #shapes: RecordShape[] = [];

  constructor(memory: LinkMemory) {
    this.#memory = memory;
  }

  /**
   * How many fields a record of this number has. It was published before a frame could name it.
   *
   * @throws ERR_FRAME_CORRUPT when there is no such number, or the table makes no sense
   */
  fieldsOf(shape: number): number {
    const known = this.#shapes[shape];
    return (known ?? this.#load(shape)).keys.length;
  }

  /**
   * Puts `count` records of that number, whose fields lie one after the other in the column from `at` on, to `records`
   * from `to` on. The caller has asked {@link fieldsOf}.
   */
  make(
    shape: number,
    column: readonly unknown[],
    at: number,
    count: number,
    records: unknown[],
    to: number,
  ): void {
    (this.#shapes[shape] as RecordShape).make(column, at, count, records, to);
  }

  #load(shape: number): RecordShape {
    const used = this.#memory.control.load(RECORDS.usedAt);
    if (used !== this.#usedBytes) {
      const lists = readShapes(this.#memory, RECORDS);
      this.#shapes = lists.map((keys, i) => this.#shapes[i] ?? { keys, make: makerOf(keys) });
      this.#usedBytes = used;
    }
    const known = this.#shapes[shape];
    if (known === undefined) throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'unknown record shape' });
    return known;
  }
}

/** A function that makes objects with these keys, all of one hidden class. */
function makerOf(keys: Shape): RecordShape['make'] {
  if (keys.includes(KEY_REFUSED))
    throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'record with a key that is refused' });
  const fields = keys.map((key, i) => `${JSON.stringify(key)}: column[at + ${i}]`).join(', ');
  // A literal takes a fifth of the time that storing key by key does. The keys are quoted, so they say nothing else.
  const loop = `for (const end = to + count; to < end; to += 1, at += ${keys.length}) records[to] = { ${fields} };`;
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval, typescript/no-implied-eval -- see above
    return new Function('column', 'at', 'count', 'records', 'to', loop) as RecordShape['make'];
  } catch {
    // The application forbids code from strings.
    return (column, at, count, records, to) => {
      for (let i = 0; i < count; i += 1) {
        const from = at + i * keys.length;
        records[to + i] = Object.fromEntries(keys.map((key, k) => [key, column[from + k]]));
      }
    };
  }
}
