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

/** Bytes that one step of a scan takes. */
const STEP_BYTES = 4_096;

/** Tokens in one step, when each has one byte and so has what is between them. */
const STEP_TOKENS_MAX = STEP_BYTES / 2;

/** Counts by token. */
export class TokenTable {
  /** Different tokens. */
  distinct = 0;
  /** Tokens, each as often as it occurred. */
  tokens = 0;
  #capacity: number;
  /** For each place a hash and an entry + 1; twice as many places as entries, so that a search ends soon. */
  #places: Int32Array;
  /** For each entry a row of 16 bytes, side by side for the sake of the cache: offset, length, and its count. */
  #rows: Uint32Array;
  /** The same rows, to read counts: the second of each two. */
  #counts: Float64Array;
  #arena: Uint8Array;
  #arenaEnd = 0;

  /** Room for `entries`, a power of two; it grows when there are more. */
  constructor(entries: number = ENTRIES_START) {
    this.#capacity = entries;
    this.#places = new Int32Array(entries * 4);
    this.#counts = new Float64Array(entries * 2);
    this.#rows = new Uint32Array(this.#counts.buffer);
    this.#arena = new Uint8Array(entries * 16);
  }

  /** Counts the tokens of a piece that begins and ends at a border. */
  scan(bytes: Uint8Array): void {
    const end = bytes.length;
    let i = 0;
    while (i < end) {
      const upTo = Math.min(end, i + STEP_BYTES);
      i = countKnown(bytes, i, upTo, this.#places, this.#rows, this.#counts, this.#arena, UNKNOWN);
      this.tokens += UNKNOWN[0] as number;
      const last = UNKNOWN[1] as number;
      for (let at = 2; at < last; at += 3) {
        this.#addNew(bytes, UNKNOWN[at] as number, UNKNOWN[at + 1] as number, UNKNOWN[at + 2] as number);
      }
    }
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
    const entry = this.#places[place + 1] as number;
    return entry === 0 ? 0 : this.#count(entry - 1);
  }

  /** Every token with its count, in no order. */
  *entries(): Generator<[token: string, count: number]> {
    for (let entry = 0; entry < this.distinct; entry += 1) yield [this.#text(entry), this.#count(entry)];
  }

  /** The `n` tokens that occurred most, equal counts in the order of their bytes. */
  top(n: number): [token: string, count: number][] {
    let best: [string, number][] = [];
    // Sorted and cut now and then: what counts less than the last of the best so far is never among them.
    const keepMax = 2 * n + 1_024;
    let least = 0;
    for (let entry = 0; entry < this.distinct; entry += 1) {
      const count = this.#count(entry);
      if (count < least) continue;
      best.push([this.#text(entry), count]);
      if (best.length < keepMax) continue;
      best = best.sort(byCount).slice(0, n);
      least = best.at(-1)?.[1] ?? 0;
    }
    return best.sort(byCount).slice(0, n);
  }

  /**
   * Empties the table and hands out its counts, one buffer for each shard; null where there are none. Goes through
   * the tokens in the order they came, which is that of memory; hashing them again costs less than to look for them.
   */
  takeShards(shards: number): (ArrayBuffer | null)[] {
    const rows = this.#rows;
    const arena = this.#arena;
    const hashes = new Int32Array(this.distinct);
    const entries = new Uint32Array(shards);
    const bytes = new Uint32Array(shards);
    for (let entry = 0; entry < hashes.length; entry += 1) {
      const offset = rows[entry * 4] as number;
      const length = rows[entry * 4 + 1] as number;
      const hash = hashOn(HASH_START, arena, offset, offset + length);
      const shard = shardOf(hash, shards);
      hashes[entry] = hash;
      entries[shard] = (entries[shard] as number) + 1;
      bytes[shard] = (bytes[shard] as number) + length;
    }
    const columns = Array.from(entries, (count, shard) =>
      count === 0 ? null : new Columns(columnsBuffer(count, bytes[shard] as number)),
    );
    for (let entry = 0; entry < hashes.length; entry += 1) {
      const hash = hashes[entry] as number;
      const target = columns[shardOf(hash, shards)] as Columns;
      target.push(hash, this.#count(entry), arena, rows[entry * 4] as number, rows[entry * 4 + 1] as number);
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
    const known = this.#places[place + 1] as number;
    if (known !== 0) {
      this.#counts[known * 2 - 1] = this.#count(known - 1) + count;
      return;
    }
    const entry = this.distinct;
    this.distinct += 1;
    this.#places[place] = hash;
    this.#places[place + 1] = entry + 1;
    this.#rows[entry * 4] = this.#store(bytes, start, length);
    this.#rows[entry * 4 + 1] = length;
    this.#counts[entry * 2 + 1] = count;
    if (this.distinct === this.#capacity) this.#grow();
  }

  /** Where the token is, or would be. */
  #find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = placeOf(hash, mask);
    for (;;) {
      const entry = (places[place + 1] as number) - 1;
      if (entry < 0 || (places[place] === hash && this.#same(entry, bytes, start, length))) return place;
      place = (place + 2) & mask;
    }
  }

  #same(entry: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#rows[entry * 4 + 1] !== length) return false;
    const offset = this.#rows[entry * 4] as number;
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
    copyBytes(bytes, start, length, this.#arena, offset);
    this.#arenaEnd += length;
    return offset;
  }

  #count(entry: number): number {
    return this.#counts[entry * 2 + 1] as number;
  }

  #text(entry: number): string {
    const offset = this.#rows[entry * 4] as number;
    return Buffer.from(this.#arena.buffer, offset, this.#rows[entry * 4 + 1]).toString('latin1');
  }

  #grow(): void {
    this.#capacity *= 2;
    const counts = new Float64Array(this.#capacity * 2);
    counts.set(this.#counts);
    this.#counts = counts;
    this.#rows = new Uint32Array(counts.buffer);
    const before = this.#places;
    const places = new Int32Array(this.#capacity * 4);
    const mask = places.length - 1;
    for (let from = 0; from < before.length; from += 2) {
      if (before[from + 1] === 0) continue;
      let place = placeOf(before[from] as number, mask);
      while (places[place + 1] !== 0) place = (place + 2) & mask;
      places[place] = before[from] as number;
      places[place + 1] = before[from + 1] as number;
    }
    this.#places = places;
  }

  #clear(): void {
    this.distinct = 0;
    this.tokens = 0;
    this.#arenaEnd = 0;
    this.#places.fill(0);
  }
}

/** What {@link countKnown} leaves: how many it counted, where its list ends, and start, length and hash of each. */
const UNKNOWN = new Int32Array(2 + 3 * STEP_TOKENS_MAX);

/**
 * Counts those tokens that begin from `from` on and before `upTo` and have an entry, and lists the others;
 * returns where the last of them ended. It only sees columns and returns all the time: a method that added
 * entries on the way was compiled, and thrown away at the next path it had not seen, ten times on each thread.
 */
function countKnown(
  bytes: Uint8Array,
  from: number,
  upTo: number,
  places: Int32Array,
  rows: Uint32Array,
  counts: Float64Array,
  arena: Uint8Array,
  unknown: Int32Array,
): number {
  const end = bytes.length;
  const mask = places.length - 1;
  let known = 0;
  let listed = 2;
  let i = from;
  while (i < upTo) {
    let byte = bytes[i] as number;
    if (BYTE_CLASS[byte] !== 1) {
      i += 1;
      continue;
    }
    const start = i;
    let hash = HASH_START;
    do {
      hash = Math.imul(hash ^ byte, HASH_PRIME);
      i += 1;
      byte = i < end ? (bytes[i] as number) : 0;
    } while (BYTE_CLASS[byte] !== 0);
    const length = i - start;
    let place = placeOf(hash, mask);
    let entry = (places[place + 1] as number) - 1;
    while (entry >= 0) {
      if (places[place] === hash && rows[entry * 4 + 1] === length) {
        const offset = rows[entry * 4] as number;
        let same = 0;
        while (same < length && arena[offset + same] === bytes[start + same]) same += 1;
        if (same === length) break;
      }
      place = (place + 2) & mask;
      entry = (places[place + 1] as number) - 1;
    }
    if (entry >= 0) {
      counts[entry * 2 + 1] = (counts[entry * 2 + 1] as number) + 1;
      known += 1;
    } else {
      unknown[listed] = start;
      unknown[listed + 1] = length;
      unknown[listed + 2] = hash;
      listed += 3;
    }
  }
  unknown[0] = known;
  unknown[1] = listed;
  return i;
}

/** More before less, then by the order of code units, which for Latin-1 is that of bytes. */
export function byCount(a: readonly [string, number], b: readonly [string, number]): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
}

function placeOf(hash: number, mask: number): number {
  // Each place has two words: the last bit stays 0.
  return ((hash ^ (hash >>> 15)) << 1) & mask;
}

function shardOf(hash: number, shards: number): number {
  // The low bits choose the place in a table: the shard is chosen by others.
  return (hash >>> 16) % shards;
}

/** A token is short: a loop is faster than `set` on a view made for it. */
function copyBytes(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < length; i += 1) to[at + i] = from[start + i] as number;
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

  push(hash: number, count: number, token: Uint8Array, start: number, length: number): void {
    this.hashes[this.#next] = hash;
    this.counts[this.#next] = count;
    this.lengths[this.#next] = length;
    copyBytes(token, start, length, this.bytes, this.#end);
    this.#next += 1;
    this.#end += length;
  }
}
