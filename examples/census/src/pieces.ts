/**
 * Reads a file in pieces that begin and end at a border between tokens, so that each can be counted by
 * itself, anywhere. Owns the carry from one piece to the next; holds that memory stays the same for a file of
 * any size, one token of gigabytes included. Reads synchronously: for files in the page cache that costs a
 * tenth of what a promise for each read does, and whoever calls lives on a worker.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { PIECE_BYTES, TOKEN_MAX_BYTES } from './limits.ts';
import { BYTE_CLASS, HASH_START, hashOn, longTokenName } from './token-table.ts';

/** Bytes to count, or the name of one token too long for a piece. */
export type Piece = { readonly bytes: Uint8Array } | { readonly longToken: string };

/** Makes room for one piece, {@link PIECE_BYTES} long; who calls may keep it until the piece was counted. */
export type Allocate = () => Uint8Array;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * The pieces of a file up to the size it had when it was opened. Throws what the system threw (ENOENT, EACCES,
 * EISDIR, …), also between two pieces; the file is closed however the reading ends. Returns the bytes read.
 */
export function* piecesOf(path: string, allocate: Allocate): Generator<Piece, number> {
  // A file may have become a link or a pipe since it was listed: neither is followed or waited for.
  const file = openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw Object.assign(new Error(`no regular file: ${path}`), { code: 'ENOTFILE' });
    return yield* cut(file, stat.size, allocate);
  } finally {
    closeSync(file);
  }
}

function* cut(file: number, sizeBytes: number, allocate: Allocate): Generator<Piece, number> {
  let carry: Uint8Array = EMPTY;
  let run: LongToken | null = null;
  let left = sizeBytes;
  let readBytes = 0;
  while (left > 0) {
    const want = Math.min(left, PIECE_BYTES - carry.length);
    const buffer = allocate();
    buffer.set(carry);
    const read = readSync(file, buffer, carry.length, want, null);
    left = read === 0 ? 0 : left - read;
    readBytes += read;
    const bytes = buffer.subarray(0, carry.length + read);
    let start = 0;
    let ended: LongToken | null = null;
    if (run !== null) {
      start = run.take(bytes);
      if (start < bytes.length || left === 0) {
        ended = run;
        run = null;
      }
    }
    const end = left === 0 ? bytes.length : Math.max(start, lastBorder(bytes));
    // All that is needed of the buffer is taken before it is handed out: it may be gone afterwards.
    carry = EMPTY;
    if (run === null && end < bytes.length) {
      if (end === 0 && bytes.length === PIECE_BYTES) {
        run = new LongToken();
        run.take(bytes);
      } else carry = bytes.slice(end);
    }
    if (ended !== null && ended.lengthBytes > 0) yield { longToken: ended.name() };
    if (end > start) yield { bytes: bytes.subarray(start, end) };
  }
  return readBytes;
}

const EMPTY = new Uint8Array(0);

/** Where the part that can be counted ends: behind the last byte that belongs to no token. */
function lastBorder(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && BYTE_CLASS[bytes[end - 1] as number] !== 0) end -= 1;
  return end;
}

/** A token that fills pieces: only its beginning, length and hash are kept. */
class LongToken {
  lengthBytes = 0;
  #prefix: Uint8Array = EMPTY;
  #hash = HASH_START;

  /** Takes the bytes up to the first that belongs to no token; returns how many. Leading digits are no part of it. */
  take(bytes: Uint8Array): number {
    let start = 0;
    if (this.lengthBytes === 0) while (BYTE_CLASS[bytes[start] ?? 0] === 2) start += 1;
    let end = start;
    while (end < bytes.length && BYTE_CLASS[bytes[end] as number] !== 0) end += 1;
    const kept = this.#prefix.length;
    if (kept < TOKEN_MAX_BYTES) {
      this.#prefix = Buffer.concat([
        this.#prefix,
        bytes.subarray(start, Math.min(end, start + TOKEN_MAX_BYTES - kept)),
      ]);
    }
    this.#hash = hashOn(this.#hash, bytes, start, end);
    this.lengthBytes += end - start;
    return end;
  }

  name(): string {
    // Digits in front of a token can fill pieces too; what follows them may be short.
    if (this.lengthBytes <= TOKEN_MAX_BYTES) return Buffer.from(this.#prefix).toString('latin1');
    return longTokenName(this.#prefix, this.lengthBytes, this.#hash);
  }
}
