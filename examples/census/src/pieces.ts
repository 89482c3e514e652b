/**
 * Reads files into pieces that begin and end at a border between tokens, so that each can be counted by itself,
 * anywhere. Small files share a piece, for a message costs as much as counting some kilobytes; a large one is
 * cut. Owns the piece that is being filled and the carry from one piece of a file to the next; holds that memory
 * stays the same for a file of any size, one token of gigabytes included. Reads synchronously: for files in the
 * page cache that costs a tenth of what a promise for each read does, and whoever calls lives on a worker.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { PIECE_BYTES, TOKEN_MAX_BYTES } from './limits.ts';
import { BYTE_CLASS, HASH_START, hashOn, longTokenName } from './token-table.ts';
import { codeOf } from './tree.ts';

/** Bytes to count, or the name of one token too long for a piece. */
export type Piece = { readonly bytes: Uint8Array } | { readonly longToken: string };

/** Makes room for one piece, {@link PIECE_BYTES} long; who calls may keep it until the piece was counted. */
export type Allocate = () => Uint8Array;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Stands between two files in one piece: belongs to no token. */
const BORDER = 0x0a;

/** Reads files, one after another, and hands out pieces as they fill. */
export class FileReader {
  /** Files read to their end. */
  files = 0;
  /** Bytes of those. */
  bytes = 0;
  /** Files that could not be read, by the system's code for why (ENOENT, EACCES, EISDIR, …). */
  readonly unreadable: Map<string, number> = new Map();
  readonly #allocate: Allocate;
  #paths: readonly string[] = [];
  #at = 0;
  /** The piece that small files are put in, and how far it is filled. */
  #room: Uint8Array | null = null;
  #end = 0;
  /** The large file that is being cut. */
  #large: { readonly file: number; readonly pieces: Generator<Piece, number> } | null = null;
  #index = 0;

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
  }

  /** Which piece of its file the last one was, from 1; 0 for a piece of small files. */
  get index(): number {
    return this.#index;
  }

  /** Gives it more files, when it has read those it had. */
  give(paths: readonly string[]): void {
    this.#paths = paths;
    this.#at = 0;
  }

  /** The next full piece; null when all files are read, and what is left waits for more files or {@link rest}. */
  next(): Piece | null {
    for (;;) {
      const path = this.#paths[this.#at];
      if (this.#large === null && path === undefined) return null;
      const piece = this.#large === null ? this.#read(path as string) : this.#cut(this.#large.pieces);
      if (piece !== null) return piece;
    }
  }

  /** What waits, null when nothing does. Files that were not read to their end are left as they are. */
  rest(): Piece | null {
    this.#paths = [];
    this.#endLarge();
    this.#index = 0;
    return this.#take();
  }

  /** Reads a small file, or begins a large one; gives the piece that had no room for it. */
  #read(path: string): Piece | null {
    this.#at += 1;
    this.#index = 0;
    let filled: Piece | null = null;
    let file = -1;
    try {
      // A file may have become a link or a pipe since it was listed: neither is followed or waited for.
      file = openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
      const stat = fstatSync(file);
      if (!stat.isFile()) throw Object.assign(new Error(`no regular file: ${path}`), { code: 'ENOTFILE' });
      const { size } = stat;
      if (this.#end + size >= PIECE_BYTES) filled = this.#take();
      if (size < PIECE_BYTES) {
        this.bytes += this.#append(file, size);
        this.files += 1;
      } else {
        this.#large = { file, pieces: cut(file, size, this.#allocate) };
        file = -1;
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      if (file !== -1) closeSync(file);
    }
    return filled;
  }

  /** Adds a whole file, or nothing of it when reading it fails. Returns its bytes. */
  #append(file: number, sizeBytes: number): number {
    this.#room ??= this.#allocate();
    const start = this.#end;
    const upTo = start + sizeBytes;
    let at = start;
    while (at < upTo) {
      const read = readSync(file, this.#room, at, upTo - at, null);
      if (read === 0) break;
      at += read;
    }
    this.#room[at] = BORDER;
    this.#end = at + 1;
    return at - start;
  }

  #take(): Piece | null {
    const room = this.#room;
    if (room === null) return null;
    const bytes = room.subarray(0, this.#end);
    this.#room = null;
    this.#end = 0;
    return { bytes };
  }

  #cut(pieces: Generator<Piece, number>): Piece | null {
    try {
      const step = pieces.next();
      if (step.done !== true) {
        this.#index += 1;
        return step.value;
      }
      this.bytes += step.value;
      this.files += 1;
    } catch (error) {
      this.#failed(error);
    }
    this.#endLarge();
    return null;
  }

  #endLarge(): void {
    if (this.#large !== null) closeSync(this.#large.file);
    this.#large = null;
  }

  #failed(error: unknown): void {
    const code = codeOf(error);
    this.unreadable.set(code, (this.unreadable.get(code) ?? 0) + 1);
  }
}

/** The pieces of a large file up to the size it had when it was opened. Returns the bytes read. */
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
