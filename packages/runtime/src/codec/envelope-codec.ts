/**
 * Payloads to bytes and back, one column for each frame. Owns one msgpackr encoder or decoder for one link,
 * with the shapes that the link shares; holds that a column comes out as it went in, and that bytes from
 * outside never do more harm than one coded error. Called by the transport; must not know rows or rings.
 *
 * A column is packed as one array: for small payloads that is two to four times as fast as message by
 * message. The walk has looked at every payload before it comes here.
 */
import { MillraceError } from '@millrace/core';
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr';
import { SHAPES_MAX, SHAPES_NUMBERED_MAX, SHAPES_OWN_MAX } from '../limits.ts';
import type { LinkMemory } from '../ring/link-memory.ts';
import { SHAPES } from '../ring/layout.ts';
import { readShapes, ShapeTableWriter } from './shape-table.ts';
import { readingWires, type WireSource } from './wire.ts';

/** Packs the columns of one link. */
export class PayloadEncoder {
  readonly #packr: Packr;
  readonly #shapes: ShapeTableWriter;

  constructor(memory: LinkMemory) {
    const shapes = new ShapeTableWriter(memory, SHAPES, SHAPES_MAX);
    this.#shapes = shapes;
    const options = {
      structures: shapes.known.map((keys) => [...keys]),
      saveStructures: (saved: unknown) => shapes.publish(saved as string[][]),
      shouldShareStructure: (keys: string[]) => shapes.accepts(keys),
      moreTypes: true,
      maxSharedStructures: SHAPES_NUMBERED_MAX,
      maxOwnStructures: SHAPES_OWN_MAX,
    };
    this.#packr = new Packr(options as ConstructorParameters<typeof Packr>[0]);
  }

  /**
   * Packs prepared payloads.
   *
   * @returns bytes that stay as they are until anything on this thread packs again
   * @throws whatever packing throws when a payload was changed after it was prepared
   */
  pack(column: readonly unknown[]): Uint8Array {
    this.#shapes.begin();
    return this.#packr.pack(column, RESET_BUFFER_MODE);
  }

  /** As {@link pack}, in bytes that belong to the caller. */
  packToKeep(column: readonly unknown[]): Uint8Array {
    this.#shapes.begin();
    return Buffer.from(this.#packr.pack(column, RESET_BUFFER_MODE));
  }
}

/** Unpacks the columns of one link. */
export class PayloadDecoder {
  readonly #memory: LinkMemory;
  readonly #unpackr: DecoderWithShapes;
  readonly #source: WireSource;
  #shapesUsed = 0;
  #scratch: Buffer = Buffer.allocUnsafeSlow(4_096);

  /** @param source where refs and transferred buffers come from */
  constructor(memory: LinkMemory, source: WireSource) {
    this.#memory = memory;
    this.#source = source;
    this.#unpackr = new Unpackr({
      structures: [],
      getStructures: unknownShape,
      moreTypes: true,
      copyBuffers: true,
      structuredClone: false,
    }) as DecoderWithShapes;
  }

  /**
   * Unpacks a column out of memory that may change as soon as this returns.
   *
   * @param bytes shared or not; they are copied first: on Node 20 msgpackr reads strings from shared memory
   *   at a tenth of the speed, and what it hands out must not alias the ring
   * @throws ERR_FRAME_CORRUPT when the bytes are not a column of `count` elements
   */
  unpack(bytes: Uint8Array, start: number, end: number, count: number): unknown[] {
    const length = end - start;
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafeSlow(roomFor(length));
    this.#scratch.set(bytes.subarray(start, end));
    return this.#read(this.#scratch, length, count);
  }

  /** As {@link unpack}, of bytes that nobody else writes. */
  unpackOwn(bytes: Buffer, count: number): unknown[] {
    return this.#read(bytes, bytes.length, count);
  }

  /**
   * Looks before each frame whether shapes were published: msgpackr's own way, to load them when it meets an
   * unknown one, restarts the decoding on a copy that is no Buffer, and Buffers arrive as Uint8Arrays.
   */
  #loadShapes(): void {
    const used = this.#memory.control.load(SHAPES.usedAt);
    if (used === this.#shapesUsed) return;
    const shapes: DecoderWithShapes['structures'] = readShapes(this.#memory, SHAPES);
    for (const shape of shapes) shape.isShared = true;
    shapes.sharedLength = shapes.length;
    this.#unpackr.structures = shapes;
    this.#shapesUsed = used;
  }

  #read(bytes: Buffer, length: number, count: number): unknown[] {
    let column: unknown;
    try {
      this.#loadShapes();
      column = readingWires(this.#source, () => this.#unpackr.unpack(bytes, length) as unknown);
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause;
      throw new MillraceError(
        'ERR_FRAME_CORRUPT',
        { reason: 'payloads cannot be unpacked', bytes: length },
        { cause },
      );
    }
    if (Array.isArray(column) && column.length === count) return column as unknown[];
    throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'column has another length', count });
  }
}

/** What msgpackr keeps of a decoder's shared shapes. */
interface SharedShape extends Array<string> {
  isShared?: boolean;
}
type DecoderWithShapes = Unpackr & { structures: SharedShape[] & { sharedLength?: number } };

/** A frame names a shape that was never published. Without this msgpackr takes its number for an integer. */
function unknownShape(): never {
  throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'unknown shape' });
}

/** Scratch memory grows to a power of two and stays: its bound is the largest frame. */
function roomFor(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes));
}
