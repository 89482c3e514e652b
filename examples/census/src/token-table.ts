/**
 * Counts tokens by their bytes: an open-addressing hash table over one growing arena, without a string or an
 * object for each token. Owns what a token is; holds that equal tokens have one entry however the input was
 * cut, and that a table is packed into, and merged from, plain buffers that can move between threads. Called
 * by the tokenizers, the counters and the recount.
 */
import { LONG_TOKEN_PREFIX_BYTES, TOKEN_MAX_BYTES } from './limits.ts';

/** Class of each byte: 0 ends a token, 1 may begin one, 2 may only go on with one. */
export const BYTE_CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte);
  return /[A-Za-z_$]/.test(text) ? 1 : /[0-9]/.test(text) ? 2 : 0;
});

/** What {@link hashOn} starts from. */
export const HASH_START: number = 0x811c9dc5 | 0;

/** Prime of the 32-bit FNV-1a hash (Fowler, Noll, Vo). */
const HASH_PRIME = 0x01000193;

/** Hash of bytes that go on after those behind `hash`. FNV-1a, so that a token may come in parts. */
export function hashOn(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let value = hash;
  for (let i = start; i < end; i += 1) value = Math.imul(value ^ (bytes[i] as number), HASH_PRIME);
  return value;
}

/** The name under which a token longer than {@link TOKEN_MAX_BYTES} is counted. */
export function longTokenName(prefix: Uint8Array, lengthBytes: number, hash: number): string {
  const start = Buffer.from(prefix.subarray(0, LONG_TOKEN_PREFIX_BYTES)).toString('latin1');
  return `${start}...(${lengthBytes} bytes, ${(hash >>> 0).toString(16).padStart(8, '0')})`;
}

/** Entries of a table nobody sized. */
const ENTRIES_START = 1_024;

/** Counts by token. */
export class TokenTable {
  /** Different tokens. */
  distinct = 0;
  /** Tokens, each as often as it occurred. */
  tokens = 0;
  #capacity: number;
  /** Entry + 1 by place; twice as many places as entries, so that a search ends soon. */
  #places: Int32Array;
  #hashes: Int32Array;
  #counts: Float64Array;
  #offsets: Uint32Array;
  #lengths: Uint16Array;
  #arena: Uint8Array;
  #arenaEnd = 0;

  /** Room for `entries`, a power of two; it grows when there are more. */
  constructor(entries: number = ENTRIES_START) {
    this.#capacity = entries;
    this.#places = new Int32Array(entries * 2);
    this.#hashes = new Int32Array(entries);
    this.#counts = new Float64Array(entries);
    this.#offsets = new Uint32Array(entries);
    this.#lengths = new Uint16Array(entries);
    this.#arena = new Uint8Array(entries * 16);
  }

  /**
   * Counts the tokens of a piece that begins and ends at a border. Most have an entry already: those are found
   * in this loop, on columns in local variables, and only the others cost a call.
   */
  scan(bytes: Uint8Array): void {
    const end = bytes.length;
    let i = 0;
    while (i < end) i = this.#scanKnown(bytes, i, end);
  }

  /** Counts tokens from `i` on up to one without an entry, and that one; returns where it ended. */
  #scanKnown(bytes: Uint8Array, from: number, end: number): number {
    const places = this.#places;
    const hashes = this.#hashes;
    const counts = this.#counts;
    const offsets = this.#offsets;
    const lengths = this.#lengths;
    const arena = this.#arena;
    const mask = places.length - 1;
    let known = 0;
    let i = from;
    while (i < end) {
      if (BYTE_CLASS[bytes[i] as number] !== 1) {
        i += 1;
        continue;
      }
      const start = i;
      let hash = HASH_START;
      let byte = bytes[i] as number;
      do {
        hash = Math.imul(hash ^ byte, HASH_PRIME);
        i += 1;
        byte = i < end ? (bytes[i] as number) : 0;
      } while (BYTE_CLASS[byte] !== 0);
      const length = i - start;
      let place = (hash ^ (hash >>> 15)) & mask;
      let entry = (places[place] as number) - 1;
      while (entry >= 0) {
        if (hashes[entry] === hash && lengths[entry] === length) {
          const offset = offsets[entry] as number;
          let same = 0;
          while (same < length && arena[offset + same] === bytes[start + same]) same += 1;
          if (same === length) break;
        }
        place = (place + 1) & mask;
        entry = (places[place] as number) - 1;
      }
      if (entry < 0) {
        this.tokens += known;
        this.#addNew(bytes, start, length, hash);
        return i;
      }
      counts[entry] = (counts[entry] as number) + 1;
      known += 1;
    }
    this.tokens += known;
    return i;
  }

  /** Counts a token that has no entry under its own bytes. */
  #addNew(bytes: Uint8Array, start: number, length: number, hash: number): void {
    if (length <= TOKEN_MAX_BYTES) this.#add(bytes, start, length, hash, 1);
    else this.addText(longTokenName(bytes.subarray(start, start + length), length, hash), 1);
  }

  /** Counts one token by its text. */
  addText(text: string, count: number): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#add(bytes, 0, bytes.length, hashOn(HASH_START, bytes, 0, bytes.length), count);
  }

  /** How often a token occurred. */
  get(text: string): number {
    const bytes = Buffer.from(text, 'latin1');
    const place = this.#find(bytes, 0, bytes.length, hashOn(HASH_START, bytes, 0, bytes.length));
    const entry = this.#places[place] as number;
    return entry === 0 ? 0 : (this.#counts[entry - 1] as number);
  }

  /** Every token with its count, in no order. */
  *entries(): Generator<[token: string, count: number]> {
    for (let entry = 0; entry < this.distinct; entry += 1) {
      yield [this.#text(entry), this.#counts[entry] as number];
    }
  }

  /** The `n` tokens that occurred most, equal counts in the order of their bytes. */
  top(n: number): [token: string, count: number][] {
    const counts = this.#counts.slice(0, this.distinct).sort();
    const least = counts[Math.max(0, this.distinct - n)] ?? 0;
    const best: [string, number][] = [];
    // Ties at the border may be many more than `n`: they are thinned out before they pile up.
    const keepMax = 2 * n + 1_024;
    for (let entry = 0; entry < this.distinct; entry += 1) {
      const count = this.#counts[entry] as number;
      if (count < least) continue;
      best.push([this.#text(entry), count]);
      if (best.length >= keepMax) best.sort(byCount).splice(n);
    }
    return best.sort(byCount).slice(0, n);
  }

  /** Empties the table and hands out its counts, one buffer for each shard; null where there are none. */
  takeShards(shards: number): (ArrayBuffer | null)[] {
    const entries = new Uint32Array(shards);
    const bytes = new Uint32Array(shards);
    for (let entry = 0; entry < this.distinct; entry += 1) {
      const shard = shardOf(this.#hashes[entry] as number, shards);
      entries[shard] = (entries[shard] as number) + 1;
      bytes[shard] = (bytes[shard] as number) + (this.#lengths[entry] as number);
    }
    const columns = Array.from(entries, (count, shard) =>
      count === 0 ? null : new Columns(columnsBuffer(count, bytes[shard] as number)),
    );
    for (let entry = 0; entry < this.distinct; entry += 1) {
      const hash = this.#hashes[entry] as number;
      const offset = this.#offsets[entry] as number;
      const length = this.#lengths[entry] as number;
      const target = columns[shardOf(hash, shards)] as Columns;
      target.push(hash, this.#counts[entry] as number, this.#arena.subarray(offset, offset + length));
    }
    this.#clear();
    return columns.map((one) => one?.buffer ?? null);
  }

  /** Adds the counts of a buffer that {@link takeShards} made. */
  merge(buffer: ArrayBuffer): void {
    const { count, counts, hashes, lengths, bytes } = new Columns(buffer);
    let start = 0;
    for (let i = 0; i < count; i += 1) {
      const length = lengths[i] as number;
      this.#add(bytes, start, length, hashes[i] as number, counts[i] as number);
      start += length;
    }
  }

  #add(bytes: Uint8Array, start: number, length: number, hash: number, count: number): void {
    this.tokens += count;
    const place = this.#find(bytes, start, length, hash);
    const known = this.#places[place] as number;
    if (known !== 0) {
      this.#counts[known - 1] = (this.#counts[known - 1] as number) + count;
      return;
    }
    const entry = this.distinct;
    this.distinct += 1;
    this.#places[place] = entry + 1;
    this.#hashes[entry] = hash;
    this.#counts[entry] = count;
    this.#lengths[entry] = length;
    this.#offsets[entry] = this.#store(bytes, start, length);
    if (this.distinct === this.#capacity) this.#grow();
  }

  /** Where the token is, or would be. */
  #find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#places.length - 1;
    let place = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const known = this.#places[place] as number;
      if (known === 0) return place;
      if (this.#hashes[known - 1] === hash && this.#same(known - 1, bytes, start, length)) return place;
      place = (place + 1) & mask;
    }
  }

  #same(entry: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#lengths[entry] !== length) return false;
    const offset = this.#offsets[entry] as number;
    const arena = this.#arena;
    for (let i = 0; i < length; i += 1) if (arena[offset + i] !== bytes[start + i]) return false;
    return true;
  }

  #store(bytes: Uint8Array, start: number, length: number): number {
    const offset = this.#arenaEnd;
    if (offset + length > this.#arena.length) {
      const larger = new Uint8Array(Math.max(this.#arena.length * 2, offset + length));
      larger.set(this.#arena);
      this.#arena = larger;
    }
    // A token is short: a loop is faster than `set` on a view made for it.
    for (let i = 0; i < length; i += 1) this.#arena[offset + i] = bytes[start + i] as number;
    this.#arenaEnd += length;
    return offset;
  }

  #text(entry: number): string {
    const offset = this.#offsets[entry] as number;
    return Buffer.from(this.#arena.buffer, offset, this.#lengths[entry]).toString('latin1');
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    this.#capacity = capacity;
    this.#hashes = copyOf(this.#hashes, new Int32Array(capacity));
    this.#counts = copyOf(this.#counts, new Float64Array(capacity));
    this.#offsets = copyOf(this.#offsets, new Uint32Array(capacity));
    this.#lengths = copyOf(this.#lengths, new Uint16Array(capacity));
    this.#places = new Int32Array(capacity * 2);
    const mask = this.#places.length - 1;
    for (let entry = 0; entry < this.distinct; entry += 1) {
      const hash = this.#hashes[entry] as number;
      let place = (hash ^ (hash >>> 15)) & mask;
      while (this.#places[place] !== 0) place = (place + 1) & mask;
      this.#places[place] = entry + 1;
    }
  }

  #clear(): void {
    this.distinct = 0;
    this.tokens = 0;
    this.#arenaEnd = 0;
    this.#places.fill(0);
  }
}

/** More before less, then by the order of code units, which for Latin-1 is that of bytes. */
export function byCount(a: readonly [string, number], b: readonly [string, number]): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
}

function shardOf(hash: number, shards: number): number {
  // The low bits choose the place in a table: the shard is chosen by others.
  return (hash >>> 16) % shards;
}

function copyOf<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Room for a packed table: entries (f64), counts (f64 each), hashes (i32), lengths (u16), the tokens' bytes. */
function columnsBuffer(entries: number, bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(8 + entries * (8 + 4 + 2) + bytes);
  new Float64Array(buffer, 0, 1)[0] = entries;
  return buffer;
}

/** A packed table, column by column. */
class Columns {
  readonly buffer: ArrayBuffer;
  readonly count: number;
  readonly counts: Float64Array;
  readonly hashes: Int32Array;
  readonly lengths: Uint16Array;
  readonly bytes: Uint8Array;
  #next = 0;
  #end = 0;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.count = new Float64Array(buffer, 0, 1)[0] as number;
    this.counts = new Float64Array(buffer, 8, this.count);
    this.hashes = new Int32Array(buffer, 8 + this.count * 8, this.count);
    this.lengths = new Uint16Array(buffer, 8 + this.count * 12, this.count);
    this.bytes = new Uint8Array(buffer, 8 + this.count * 14);
  }

  push(hash: number, count: number, token: Uint8Array): void {
    this.hashes[this.#next] = hash;
    this.counts[this.#next] = count;
    this.lengths[this.#next] = token.length;
    this.bytes.set(token, this.#end);
    this.#next += 1;
    this.#end += token.length;
  }
}
