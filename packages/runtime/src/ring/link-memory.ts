/**
 * The memory of one link and the ways to look at it. Owns the buffer and its size; holds that the size is
 * one that both ends agree on. Created by whoever opens a link, attached by the hosts at its two ends, also
 * by a host that was started again in place of one that died.
 */
import { MillraceError } from '@millrace/core';
import { RING_MAX_BYTES, RING_MIN_BYTES } from '../limits.ts';
import { DATA_AT, linkWords } from './layout.ts';

/**
 * Words that two threads see, under sequentially consistent operations. The ring touches `tail`, `head` and
 * `wanted` through this alone, one operation for each of its methods, so that an explorer can stop between
 * any two of them.
 */
export interface RingWords {
  /** Reads a word. */
  load(index: number): number;
  /** Writes a word. */
  store(index: number, value: number): void;
}

/** 32-bit words in shared memory under `Atomics`. */
export class AtomicWords implements RingWords {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  load(index: number): number {
    return Atomics.load(this.#words, index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.#words, index, value);
  }

  /** Writes `replacement` if the word holds `expected`. Returns what the word held before, either way. */
  compareExchange(index: number, expected: number, replacement: number): number {
    return Atomics.compareExchange(this.#words, index, expected, replacement);
  }

  /** Adds to a word. Returns what it held before. */
  add(index: number, delta: number): number {
    return Atomics.add(this.#words, index, delta);
  }
}

/** Views on the memory of one link. */
export interface LinkMemory {
  /** What to hand to the other host. */
  readonly buffer: SharedArrayBuffer;
  /** All words, for what only one side may touch at a time. */
  readonly words: Int32Array;
  /** The same memory in bytes. */
  readonly bytes: Uint8Array;
  /** The words that both sides may touch. */
  readonly control: RingWords;
  readonly capacityWords: number;
}

/**
 * Memory for a new link.
 *
 * @param ringBytes room for frames; a power of two from {@link RING_MIN_BYTES} to {@link RING_MAX_BYTES}
 * @throws ERR_OPTION_INVALID
 */
export function createLinkMemory(ringBytes: number): LinkMemory {
  checkRingBytes(ringBytes);
  return attachLinkMemory(new SharedArrayBuffer(linkWords(ringBytes / 4) * 4));
}

/**
 * Looks at memory that {@link createLinkMemory} made, on this or another thread.
 *
 * @throws ERR_OPTION_INVALID when the buffer has not the size of a link
 */
export function attachLinkMemory(buffer: SharedArrayBuffer): LinkMemory {
  const capacityWords = buffer.byteLength / 4 - DATA_AT;
  checkRingBytes(capacityWords * 4);
  const words = new Int32Array(buffer);
  return { buffer, words, bytes: new Uint8Array(buffer), control: new AtomicWords(words), capacityWords };
}

function checkRingBytes(ringBytes: number): void {
  const good =
    Number.isInteger(ringBytes) &&
    ringBytes >= RING_MIN_BYTES &&
    ringBytes <= RING_MAX_BYTES &&
    (ringBytes & (ringBytes - 1)) === 0;
  if (good) return;
  throw new MillraceError('ERR_OPTION_INVALID', {
    option: 'ringBytes',
    value: ringBytes,
    allowed: `a power of two from ${RING_MIN_BYTES} to ${RING_MAX_BYTES}`,
  });
}
