/**
 * The key lists of objects that one link has shared, in the link's memory. Owns the table's bytes; holds that
 * a list is published before a frame that uses it and is never changed, so that a reader which joins late, or
 * again after it died, finds all of them. A link has two such tables: of records, and of objects inside payloads.
 * A table that is full shares no more: later shapes travel with their keys.
 */
import { MillraceError } from '@millrace/core';
import { SHAPE_MAX_KEYS, SHAPES_SEEN_MAX } from '../limits.ts';
import type { ShapeRegion } from '../ring/layout.ts';
import type { LinkMemory } from '../ring/link-memory.ts';

/** Keys of one shape, in order. The place in the table is the shape's number. */
export type Shape = readonly string[];

const LENGTH_BYTES = 2;

/** The writing end of a table. */
export class ShapeTableWriter {
  /** The shapes that an earlier writer of this memory left. */
  readonly known: readonly Shape[];
  readonly #memory: LinkMemory;
  readonly #region: ShapeRegion;
  readonly #shapesMax: number;
  #usedBytes: number;
  #count: number;
  #promisedBytes = 0;
  #promised = 0;
  readonly #seen = new Set<string>();

  /** @param shapesMax key lists that the table may hold */
  constructor(memory: LinkMemory, region: ShapeRegion, shapesMax: number) {
    this.known = readShapes(memory, region);
    this.#memory = memory;
    this.#region = region;
    this.#shapesMax = shapesMax;
    this.#usedBytes = memory.control.load(region.usedAt);
    this.#count = this.known.length;
  }

  /** Forgets what was promised to a pack that did not come to its end. */
  begin(): void {
    this.#promisedBytes = 0;
    this.#promised = 0;
  }

  /**
   * True when this shape may take the next number: it was seen before (a dictionary's keys come once, and
   * would fill the table) and there is room.
   */
  accepts(keys: Shape): boolean {
    if (keys.length > SHAPE_MAX_KEYS || this.#count + this.#promised >= this.#shapesMax) return false;
    const text = JSON.stringify(keys);
    if (!this.#seen.delete(text)) {
      if (this.#seen.size >= SHAPES_SEEN_MAX) this.#seen.clear();
      this.#seen.add(text);
      return false;
    }
    const bytes = LENGTH_BYTES + Buffer.byteLength(text);
    if (this.#usedBytes + this.#promisedBytes + bytes > this.#region.words * 4) return false;
    this.#promisedBytes += bytes;
    this.#promised += 1;
    return true;
  }

  /** Publishes the shapes that {@link accepts} let in. */
  publish(shapes: readonly (Shape | undefined)[]): void {
    for (; this.#count < shapes.length; this.#count += 1) {
      const text = Buffer.from(JSON.stringify(shapes[this.#count]));
      const at = this.#region.at * 4 + this.#usedBytes;
      this.#memory.bytes[at] = text.length & 0xff;
      this.#memory.bytes[at + 1] = text.length >>> 8;
      this.#memory.bytes.set(text, at + LENGTH_BYTES);
      this.#usedBytes += LENGTH_BYTES + text.length;
    }
    this.#promisedBytes = 0;
    this.#promised = 0;
    this.#memory.control.store(this.#region.usedAt, this.#usedBytes);
  }
}

/**
 * All shapes published so far.
 *
 * @throws ERR_FRAME_CORRUPT when the table's bytes are no table
 */
export function readShapes(memory: LinkMemory, { usedAt, at: tableAt, words }: ShapeRegion): string[][] {
  const usedBytes = memory.control.load(usedAt);
  if (usedBytes < 0 || usedBytes > words * 4) throw corrupt('length');
  const table = Buffer.from(memory.bytes.slice(tableAt * 4, tableAt * 4 + usedBytes));
  const shapes: string[][] = [];
  for (let at = 0; at < usedBytes; ) {
    const end = at + LENGTH_BYTES + table.readUInt16LE(at);
    if (end > usedBytes) throw corrupt('entry');
    shapes.push(parseShape(table.toString('utf8', at + LENGTH_BYTES, end)));
    at = end;
  }
  return shapes;
}

function parseShape(text: string): string[] {
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    throw corrupt('text');
  }
  if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === 'string'))
    throw corrupt('keys');
  return keys;
}

function corrupt(part: string): MillraceError {
  return new MillraceError('ERR_FRAME_CORRUPT', { reason: 'shape table makes no sense', part });
}
