/**
 * Messages larger than a frame: cutting them into parts and putting them together again. Holds that a part
 * lies in the ring where its message belongs, so order needs no care, and that a message whose parts are not
 * all there (a host died between them) ends as a lost row and never as a wrong payload. Called by the two
 * ends of a link; must not know what the bytes mean.
 */
import {
  CHUNK_HEADER_WORDS,
  FRAME_CHUNK,
  FRAME_HEADER_WORDS,
  FRAME_PACKED_BYTES,
  ROW_WORDS,
  withTag,
  wordsOfBytes,
} from '../ring/layout.ts';
import type { LinkMemory } from '../ring/link-memory.ts';
import type { Parts } from './outbox.ts';

const OVERHEAD_WORDS = FRAME_HEADER_WORDS + ROW_WORDS + CHUNK_HEADER_WORDS;

/**
 * Writes the next part of a message. The caller publishes it.
 *
 * @param claim asks the ring for room
 * @returns false when there is no room
 */
export function writePart(
  memory: LinkMemory,
  frameMaxWords: number,
  row: Int32Array,
  parts: Parts,
  claim: (words: number, kindCount: number, packedBytes: number) => number,
): boolean {
  const { bytes, writtenBytes } = parts;
  const length = Math.min(bytes.length - writtenBytes, (frameMaxWords - OVERHEAD_WORDS) * 4);
  const at = claim(OVERHEAD_WORDS + wordsOfBytes(length), FRAME_CHUNK | (1 << 8), length);
  if (at < 0) return false;
  const body = at + FRAME_HEADER_WORDS;
  memory.words.set(row, body);
  memory.words[body] = withTag(row[0] as number, parts.tag);
  memory.words[body + ROW_WORDS] = bytes.length;
  memory.words[body + ROW_WORDS + 1] = writtenBytes;
  memory.bytes.set(bytes.subarray(writtenBytes, writtenBytes + length), (at + OVERHEAD_WORDS) * 4);
  parts.writtenBytes += length;
  return true;
}

/** What a part did: more must follow; the message is whole; its end came but not its beginning; no part. */
export type PartVerdict = 'more' | 'whole' | 'lost' | 'corrupt';

/** Puts parts together, one message at a time. */
export class Assembly {
  /** Messages that began and were not ended: their writer died, and the next writer began another. */
  abandoned = 0;
  readonly #totalMaxBytes: number;
  #bytes: Buffer | undefined;
  #received = 0;

  /** @param totalMaxBytes largest message that may be put together */
  constructor(totalMaxBytes: number) {
    this.#totalMaxBytes = totalMaxBytes;
  }

  /**
   * Takes a part out of the ring.
   *
   * @param at index of its frame, which is `frameWords` long
   */
  take(memory: LinkMemory, at: number, frameWords: number): PartVerdict {
    const body = at + FRAME_HEADER_WORDS;
    const length = memory.words[at + FRAME_PACKED_BYTES] as number;
    if (frameWords < OVERHEAD_WORDS || length < 0 || length > (frameWords - OVERHEAD_WORDS) * 4)
      return 'corrupt';
    const total = memory.words[body + ROW_WORDS] as number;
    const offset = memory.words[body + ROW_WORDS + 1] as number;
    if (offset < 0 || offset + length > total || total > this.#totalMaxBytes) return 'corrupt';
    if (offset === 0) this.#begin(total);
    const last = offset + length === total;
    if (this.#bytes === undefined || this.#received !== offset || this.#bytes.length !== total) {
      this.#bytes = undefined;
      return last ? 'lost' : 'more';
    }
    const from = (at + OVERHEAD_WORDS) * 4;
    this.#bytes.set(memory.bytes.subarray(from, from + length), offset);
    this.#received += length;
    return last ? 'whole' : 'more';
  }

  /** The bytes of the message that is whole; they belong to the caller. */
  finish(): Buffer {
    const bytes = this.#bytes ?? Buffer.alloc(0);
    this.#bytes = undefined;
    return bytes;
  }

  #begin(total: number): void {
    if (this.#bytes !== undefined) this.abandoned += 1;
    this.#bytes = Buffer.allocUnsafeSlow(total);
    this.#received = 0;
  }
}
