/** Random payloads from a seed, and a comparison that sees what `===` and JSON do not. */

/** Numbers from 0 up to, not including, `below`. */
export type Dice = (below: number) => number;

/** A generator that gives the same numbers for the same seed (mulberry32). */
export function diceFrom(seed: number): Dice {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  31,
  32,
  63,
  64,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  -32,
  -33,
  -128,
  -129,
  -32_768,
  -32_769,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  -(2 ** 53),
  0.1,
  -0.5,
  1e-320,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1.1754943508222875e-38,
  3.4028234663852886e38,
];
const TEXTS = [
  '',
  'a',
  'é',
  '漢字',
  '😀',
  'x'.repeat(31),
  'x'.repeat(32),
  'y'.repeat(63),
  'y'.repeat(64),
  'z'.repeat(255),
  'z'.repeat(256),
  'é'.repeat(200),
  'w'.repeat(65_536),
  '\u0000',
  '\ud800',
  'a\udc00b',
  '😀\ud83d',
  '__proto__',
  '\ufeff',
  '\r\n',
];
const KEYS = [
  'a',
  'b',
  'id',
  'by',
  'to',
  'amount',
  'name',
  'tags',
  '',
  ' ',
  'a-b',
  '0',
  '42',
  'é',
  'constructor',
  'toJSON',
  'hasOwnProperty',
  'length',
  '__proto_',
  'prototype',
  'then',
];
const BIGINTS = [
  0n,
  1n,
  -1n,
  2n ** 63n - 1n,
  2n ** 63n,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  2n ** 64n - 1n,
  2n ** 64n,
  -(2n ** 64n),
  2n ** 200n + 12_345n,
  -(2n ** 777n),
];
const DATES = [
  0,
  1,
  -1,
  999,
  1_000,
  -1_000,
  -1_500,
  2 ** 32 * 1_000,
  2 ** 32 * 1_000 + 7,
  2 ** 34 * 1_000,
  8.64e15,
  -8.64e15,
  Number.NaN,
  1_763_786_096_123,
];

function pick<T>(dice: Dice, list: readonly T[]): T {
  return list[dice(list.length)] as T;
}

/** A payload with up to `depth` levels. Never holds what is refused. */
export function payloadFrom(dice: Dice, depth = 4): unknown {
  const kind = dice(depth > 0 ? 20 : 10);
  switch (kind) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return dice(2) === 0;
    case 3:
      return pick(dice, NUMBERS);
    case 4:
      return dice(2) === 0 ? dice(1_000_000) - 500_000 : (dice(1_000_000) - 500_000) / 7;
    case 5:
      return pick(dice, TEXTS);
    case 6:
      return `user-${dice(10_000)}`;
    case 7:
      return pick(dice, BIGINTS) + BigInt(dice(3));
    case 8:
      return new Date(dice(3) === 0 ? (dice(2 ** 31) - 2 ** 30) * dice(8_000_000) : pick(dice, DATES));
    case 9:
      return viewFrom(dice);
    case 10:
    case 11:
      return Array.from({ length: dice(6) }, () => payloadFrom(dice, depth - 1));
    case 12:
      return new Map(
        Array.from({ length: dice(5) }, () => [payloadFrom(dice, depth - 1), payloadFrom(dice, depth - 1)]),
      );
    case 13:
      return new Set(Array.from({ length: dice(5) }, () => payloadFrom(dice, depth - 1)));
    case 14:
      return Object.assign(Object.create(null) as object, objectFrom(dice, depth));
    default:
      return objectFrom(dice, depth);
  }
}

function objectFrom(dice: Dice, depth: number): object {
  const object: Record<string, unknown> = {};
  const keys = dice(12) === 0 ? 40 : dice(6);
  for (let i = 0; i < keys; i += 1) {
    object[keys === 40 ? `k${dice(100)}` : pick(dice, KEYS)] = payloadFrom(dice, keys === 40 ? 0 : depth - 1);
  }
  return object;
}

const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

function viewFrom(dice: Dice): ArrayBuffer | ArrayBufferView {
  const memory = new Uint8Array(8 * (1 + dice(dice(10) === 0 ? 1_000 : 5)));
  for (let i = 0; i < memory.length; i += 1) memory[i] = dice(256);
  const kind = dice(VIEWS.length + 3);
  const length = memory.length / 8 - 1;
  if (kind === VIEWS.length) return memory.buffer;
  if (kind === VIEWS.length + 1) return new DataView(memory.buffer, 3, length);
  if (kind === VIEWS.length + 2) return Buffer.from(memory);
  return new (VIEWS[kind] as typeof Uint8Array)(memory.buffer, 8, length);
}

/** Says where two payloads differ, or undefined when they are the same in every respect that travels. */
export function difference(a: unknown, b: unknown, path = 'payload'): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return `${path}: ${show(a)} / ${show(b)}`;
  const plain = Object.getPrototypeOf(a) === null ? Object.prototype : (Object.getPrototypeOf(a) as unknown);
  if (plain !== Object.getPrototypeOf(b)) return `${path}: another prototype, ${show(a)} / ${show(b)}`;
  if (a instanceof Date)
    return Object.is(a.getTime(), (b as Date).getTime()) ? undefined : `${path}: ${show(a)} / ${show(b)}`;
  if (a instanceof Map || a instanceof Set) return differenceOfLists([...a], [...(b as Set<unknown>)], path);
  if (Array.isArray(a)) return differenceOfLists(a, b as unknown[], path);
  if (a instanceof ArrayBuffer || ArrayBuffer.isView(a)) {
    return bytesOf(a).equals(bytesOf(b as ArrayBuffer)) ? undefined : `${path}: other bytes`;
  }
  const keys = Object.keys(a);
  if (keys.join('\n') !== Object.keys(b).join('\n')) return `${path}: other keys, ${show(a)} / ${show(b)}`;
  for (const key of keys) {
    const found = difference(Reflect.get(a, key), Reflect.get(b, key), `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differenceOfLists(a: readonly unknown[], b: readonly unknown[], path: string): string | undefined {
  if (a.length !== b.length) return `${path}: length ${a.length} / ${b.length}`;
  for (let i = 0; i < a.length; i += 1) {
    const found = difference(a[i], b[i], `${path}[${i}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
}

function show(value: unknown): string {
  return typeof value === 'bigint'
    ? `${value}n`
    : Object.is(value, -0)
      ? '-0'
      : `${typeof value} ${String(value).slice(0, 60)}`;
}
