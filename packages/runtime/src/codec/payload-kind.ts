/**
 * Which objects are data. Owns the table of prototypes that may travel; holds that the walk which encodes
 * and the one which explains a refusal decide by the same table. Must not know how anything is encoded.
 *
 * | in a payload | arrives as |
 * |---|---|
 * | undefined, null, boolean, string, number (NaN, ±Infinity, −0), bigint of any size | itself |
 * | plain object, object without prototype | plain object with the own enumerable string keys |
 * | Array | Array of the same length; a hole arrives as undefined |
 * | Map, Set, Date (an invalid one too) | the same |
 * | typed array, DataView, Buffer | the same type over its own bytes, whatever it was a view of |
 * | ArrayBuffer | a copy, or itself when marked with transfer() |
 * | Error of any class | see error-codec |
 * | actor ref | live ref |
 * | function, symbol, instance of any other class, RegExp, Promise, WeakMap, shared memory | refused |
 * | a cycle, more than 1,000 levels, an own key `__proto__` | refused |
 *
 * Symbol keys, properties that are not enumerable, extra properties of arrays, Maps and Sets, getters as
 * such (their value travels) and sharing (an object reached twice arrives as two) are not data: as with
 * JSON and structured clone, they stay behind.
 */

/** How an object travels. */
export type PayloadKind = 'plain' | 'array' | 'map' | 'set' | 'date' | 'buffer' | 'view' | 'error';

const TYPED_ARRAYS = [
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

const KIND_BY_PROTOTYPE = new Map<object | null, PayloadKind>([
  [null, 'plain'],
  [Object.prototype, 'plain'],
  [Array.prototype, 'array'],
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [Date.prototype, 'date'],
  [ArrayBuffer.prototype, 'buffer'],
  [DataView.prototype, 'view'],
  [Buffer.prototype, 'view'],
  ...TYPED_ARRAYS.map(({ prototype }): [object, PayloadKind] => [prototype, 'view']),
]);

/** How this object travels, or undefined when it is not data. */
export function kindOf(value: object): PayloadKind | undefined {
  const kind = KIND_BY_PROTOTYPE.get(Reflect.getPrototypeOf(value));
  if (kind === undefined) return value instanceof Error ? 'error' : undefined;
  return kind === 'view' && isShared(value as ArrayBufferView) ? undefined : kind;
}

/** Keys that the walk must treat apart: the first is refused, the others are written as entries. */
export const KEY_REFUSED = '__proto__';

/** True for a key to which msgpackr gives a meaning when it meets it on an object. */
export function isKeyWithMeaning(key: string): boolean {
  return key === 'constructor' || key === 'toJSON';
}

function isShared(view: ArrayBufferView): boolean {
  return view.buffer instanceof SharedArrayBuffer;
}
