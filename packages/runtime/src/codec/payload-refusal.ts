/**
 * Why a payload is not data: finds the first offender and names the path to it. Owns nothing; runs only
 * after the walk refused, so it may be slow. Holds that it refuses whatever the walk refuses.
 */
import { MillraceError } from '@millrace/core';
import { PAYLOAD_DEPTH_MAX } from '../limits.ts';
import { KEY_REFUSED, kindOf } from './payload-kind.ts';
import type { RefCodec } from './payload-walk.ts';
import { isDetached, TransferMark } from './transfer.ts';

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;
const TEXT_SHOWN_MAX_CHARS = 40;

/** The error that tells a sender what in its payload cannot travel, and where it is. */
export function explainRefusal(
  payload: unknown,
  refs: RefCodec | undefined,
  transfers: boolean,
): MillraceError {
  const search = new Search(refs, transfers);
  const offence = search.visit(payload, 'payload') ?? {
    path: 'payload',
    found: 'what another host cannot have',
  };
  return new MillraceError('ERR_PAYLOAD_NOT_DATA', { ...offence });
}

interface Offence {
  readonly path: string;
  readonly found: string;
}

class Search {
  readonly #refs: RefCodec | undefined;
  readonly #transfers: boolean;
  readonly #ancestors = new Set<object>();

  constructor(refs: RefCodec | undefined, transfers: boolean) {
    this.#refs = refs;
    this.#transfers = transfers;
  }

  visit(value: unknown, path: string): Offence | undefined {
    if (typeof value === 'function') return { path, found: `function ${value.name || '(anonymous)'}` };
    if (typeof value === 'symbol') return { path, found: String(value) };
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#refs?.owns(value) === true) return undefined;
    if (value instanceof TransferMark) return this.#ofMark(value, path);
    if (this.#ancestors.has(value)) return { path, found: 'cycle' };
    if (this.#ancestors.size >= PAYLOAD_DEPTH_MAX)
      return { path: shorten(path), found: `more than ${PAYLOAD_DEPTH_MAX} levels` };
    this.#ancestors.add(value);
    const offence = this.#visitInside(value, path);
    this.#ancestors.delete(value);
    return offence;
  }

  #ofMark(mark: TransferMark, path: string): Offence | undefined {
    if (isDetached(mark.buffer)) return { path, found: 'buffer that moved already' };
    return this.#transfers ? undefined : { path, found: 'transfer() where no buffer can move' };
  }

  #visitInside(value: object, path: string): Offence | undefined {
    switch (kindOf(value)) {
      case 'plain':
        if (Object.hasOwn(value, KEY_REFUSED)) return { path, found: `key ${KEY_REFUSED}` };
        return this.#first(
          Object.entries(value),
          (key) => path + (PLAIN_NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`),
        );
      case 'array':
        return this.#first((value as unknown[]).entries(), (index) => `${path}[${index}]`);
      case 'map':
        return (
          this.#first(entriesOf((value as Map<unknown, unknown>).keys()), () => `${path}.keys()`) ??
          this.#first((value as Map<unknown, unknown>).entries(), (key) => `${path}.get(${show(key)})`)
        );
      case 'set':
        return this.#first(entriesOf((value as Set<unknown>).keys()), (index) => `[...${path}][${index}]`);
      case 'date':
      case 'buffer':
      case 'view':
      case 'error':
        return undefined;
      case undefined:
        return { path, found: nameOf(value) };
    }
  }

  #first<K>(entries: Iterable<[K, unknown]>, pathOf: (key: K) => string): Offence | undefined {
    for (const [key, value] of entries) {
      const offence = this.visit(value, pathOf(key));
      if (offence !== undefined) return offence;
    }
    return undefined;
  }
}

function entriesOf(values: Iterable<unknown>): Iterable<[number, unknown]> {
  return [...values].entries();
}

/** What an object that may not travel is called. */
function nameOf(value: object): string {
  if (value instanceof SharedArrayBuffer) return 'shared memory';
  if (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer) return 'view on shared memory';
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor: unknown =
    typeof prototype === 'object' && prototype !== null ? Reflect.get(prototype, 'constructor') : undefined;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' ? 'instance of a class' : `instance of ${name}`;
}

function show(key: unknown): string {
  const text =
    typeof key === 'string' ? JSON.stringify(key) : typeof key === 'number' ? `${key}` : typeof key;
  return text.length > TEXT_SHOWN_MAX_CHARS ? `${text.slice(0, TEXT_SHOWN_MAX_CHARS)}…` : text;
}

function shorten(path: string): string {
  return path.length > TEXT_SHOWN_MAX_CHARS ? `${path.slice(0, TEXT_SHOWN_MAX_CHARS)}…` : path;
}
