/**
 * What msgpack cannot say, said through one extension type. Owns the class {@link Wire} that stands for such
 * a value while it is packed, the kinds, and their reading. Holds that only this private class is registered
 * with msgpackr: its extensions are shared by everything on a thread that uses msgpackr, and an application
 * must not find its own values encoded in our way. Called by the walk (which puts wires in) and the decoder
 * (which says where refs and transferred buffers come from).
 */
import { MillraceError } from '@millrace/core';
import { addExtension } from 'msgpackr';
import { decodeError } from './error-codec.ts';

/** The number of our extension: `M`. An application that claims it for itself breaks decoding. */
const EXTENSION_TYPE = 0x4d;

/** Negative zero. */
export const WIRE_MINUS_ZERO = 0;
/** A string with lone surrogates, which UTF-8 cannot carry: its UTF-16 units. */
export const WIRE_UTF16 = 1;
/** An error: the record that the error codec made. */
export const WIRE_ERROR = 2;
/** A live reference: whatever the writer of refs made of it. */
export const WIRE_REF = 3;
/** A transferred buffer: number of the side message, index in it. */
export const WIRE_TRANSFER = 4;
/** An object with keys that msgpackr gives a meaning to: keys and values in turn. */
export const WIRE_ENTRIES = 5;

/** Stands for one value that goes through the extension: its kind, then what the kind needs. */
export class Wire {
  /** Kind first. */
  readonly data: readonly unknown[];

  constructor(data: readonly unknown[]) {
    this.data = data;
  }
}

/** Where decoding finds what is not in the bytes. */
export interface WireSource {
  /** The live ref that this data stands for. Throws when it makes no sense. */
  ref(data: unknown): unknown;
  /** The buffer at `index` of side message `sequence`. Throws when it did not come. */
  transferred(sequence: number, index: number): ArrayBuffer;
}

let source: WireSource | undefined;

/** Runs `decode` with wires read from `from`. Extensions are per thread, so this is where a link is known. */
export function readingWires<T>(from: WireSource, decode: () => T): T {
  const before = source;
  source = from;
  try {
    return decode();
  } finally {
    source = before;
  }
}

addExtension({ Class: Wire, type: EXTENSION_TYPE, write: writeWire, read: readWire });

function writeWire(wire: Wire): readonly unknown[] {
  return wire.data;
}

function readWire(data: unknown): unknown {
  if (!Array.isArray(data)) throw corrupt('wire is no list');
  const [kind, first, second] = data as unknown[];
  switch (kind) {
    case WIRE_MINUS_ZERO:
      return -0;
    case WIRE_UTF16:
      return readUtf16(first);
    case WIRE_ERROR:
      return decodeError(first);
    case WIRE_REF:
      return sourceOrThrow().ref(first);
    case WIRE_TRANSFER:
      if (typeof first !== 'number' || typeof second !== 'number') throw corrupt('transfer has no number');
      return sourceOrThrow().transferred(first, second);
    case WIRE_ENTRIES:
      return readEntries(first);
    default:
      throw corrupt('wire of unknown kind');
  }
}

/** Units turned into a string at once; more would overflow the stack of `fromCharCode`. */
const UNITS_AT_ONCE = 4_096;

function readUtf16(units: unknown): string {
  if (!(units instanceof Uint16Array)) throw corrupt('text is no list of units');
  let text = '';
  for (let i = 0; i < units.length; i += UNITS_AT_ONCE) {
    text += String.fromCharCode(...units.subarray(i, i + UNITS_AT_ONCE));
  }
  return text;
}

function readEntries(entries: unknown): object {
  if (!Array.isArray(entries)) throw corrupt('entries are no list');
  const object: Record<string, unknown> = {};
  for (let i = 0; i + 1 < entries.length; i += 2) {
    const key: unknown = entries[i];
    if (typeof key !== 'string' || key === '__proto__') throw corrupt('entry has no usable key');
    object[key] = entries[i + 1];
  }
  return object;
}

function sourceOrThrow(): WireSource {
  if (source === undefined) throw corrupt('wire outside a link');
  return source;
}

function corrupt(reason: string): MillraceError {
  return new MillraceError('ERR_FRAME_CORRUPT', { reason });
}
