/**
 * Errors as data and back. Holds that name, message, code, details, cause chain, the errors of an
 * AggregateError and own enumerable data arrive as they were, and that the stack arrives as text beside the
 * one of the receiving side. Encoding never fails: a property that is not data is left out and named. Called
 * by the walk and by whoever reports a failure to another host; must not know frames.
 *
 * A class other than the built-in ones and MillraceError does not exist on the other side, so such an error
 * arrives as an Error with its name.
 */
import { type ErrorCode, type ErrorDetails, isErrorCode, MillraceError } from '@millrace/core';
import { ERROR_STACK_MAX_CHARS } from '../limits.ts';

/** An error as plain data. Fields that the error did not have are absent. */
export interface ErrorRecord {
  /** `error.name`. */
  readonly name: string;
  /** `error.message`. */
  readonly message: string;
  /** `error.stack`, cut after {@link ERROR_STACK_MAX_CHARS}. */
  readonly stack?: string;
  /** A code that is not an own property, such as a DOMException's. */
  readonly code?: string | number;
  /** The cause, encoded like any payload. */
  readonly cause?: unknown;
  /** The errors of an AggregateError. */
  readonly errors?: readonly unknown[];
  /** Own enumerable data properties, keys and values in turn. */
  readonly props?: readonly unknown[];
  /** Names of own enumerable properties that are not data. */
  readonly omitted?: readonly string[];
}

/** What the record says by other fields, or what must not be set on an error. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'message',
  'stack',
  'cause',
  'errors',
  'remoteStack',
  'omitted',
  '__proto__',
  'constructor',
]);

/**
 * Turns an error into data.
 *
 * @param encode makes a payload of a property's value or a cause; throws when it is not data, and when it is
 *   an error that leads back here or has `ERROR_CAUSES_MAX` others around it
 */
export function encodeError(error: Error, encode: (value: unknown) => unknown): ErrorRecord {
  const omitted: string[] = [];
  const attempt = (name: string, read: () => unknown): unknown => {
    try {
      return encode(read());
    } catch {
      omitted.push(name);
      return undefined;
    }
  };
  const props: unknown[] = [];
  for (const key of Object.keys(error)) {
    if (OWN_FIELDS.has(key)) continue;
    const before = omitted.length;
    const value = attempt(key, () => Reflect.get(error, key));
    if (omitted.length === before) props.push(key, value);
  }
  const record: { -readonly [K in keyof ErrorRecord]: ErrorRecord[K] } = {
    name: textOf(error.name),
    message: textOf(error.message),
  };
  const stack = remoteStackOf(error) ?? error.stack;
  if (typeof stack === 'string') record.stack = textOf(stack.slice(0, ERROR_STACK_MAX_CHARS));
  const code: unknown = Object.hasOwn(error, 'code') ? undefined : Reflect.get(error, 'code');
  if (typeof code === 'string' || typeof code === 'number') record.code = code;
  if (error.cause !== undefined) record.cause = attempt('cause', () => error.cause);
  if (error instanceof AggregateError)
    record.errors = error.errors.map((each) => attempt('errors', () => each));
  if (props.length > 0) record.props = props;
  if (omitted.length > 0) record.omitted = omitted;
  return record;
}

/**
 * Makes an error of what {@link encodeError} made. Its `stack` shows the frames of both sides; `remoteStack`
 * (not enumerable) is the text that came.
 *
 * @throws ERR_FRAME_CORRUPT when the data is no record of an error
 */
export function decodeError(data: unknown): Error {
  const record = readRecord(data);
  const error = construct(record);
  if (error.name !== record.name) define(error, 'name', record.name);
  if (error.message !== record.message) define(error, 'message', record.message);
  if (record.code !== undefined) Reflect.set(error, 'code', record.code);
  const props = record.props ?? [];
  for (let i = 0; i + 1 < props.length; i += 2) {
    const key = props[i];
    if (typeof key === 'string' && !OWN_FIELDS.has(key)) Reflect.set(error, key, props[i + 1]);
  }
  if (record.omitted !== undefined) define(error, 'omitted', record.omitted);
  if (record.stack !== undefined) {
    define(error, 'remoteStack', record.stack);
    define(error, 'stack', `${record.stack}\n    --- received by another host ---\n${framesOf(error)}`);
  }
  return error;
}

/** The stack text that came with a decoded error; undefined for an error of this host. */
export function remoteStackOf(error: Error): string | undefined {
  const stack: unknown = Reflect.get(error, 'remoteStack');
  return typeof stack === 'string' ? stack : undefined;
}

const BUILT_IN = new Map<string, new (message: string, options?: ErrorOptions) => Error>([
  ['Error', Error],
  ['TypeError', TypeError],
  ['RangeError', RangeError],
  ['SyntaxError', SyntaxError],
  ['ReferenceError', ReferenceError],
  ['EvalError', EvalError],
  ['URIError', URIError],
]);

function construct(record: ErrorRecord): Error {
  const options = record.cause === undefined ? undefined : { cause: record.cause };
  if (record.name === 'MillraceError') {
    const error = constructMillraceError(record, options);
    if (error !== undefined) return error;
  }
  if (record.errors !== undefined) return new AggregateError(record.errors, record.message, options);
  return new (BUILT_IN.get(record.name) ?? Error)(record.message, options);
}

function constructMillraceError(record: ErrorRecord, options: ErrorOptions | undefined): Error | undefined {
  const props = record.props ?? [];
  const find = (name: string): unknown => {
    for (let i = 0; i < props.length; i += 2) if (props[i] === name) return props[i + 1];
    return undefined;
  };
  const code = find('code');
  const details = find('details');
  if (!isErrorCode(code) || typeof details !== 'object' || details === null) return undefined;
  return new MillraceError(code satisfies ErrorCode, details as ErrorDetails, options);
}

function readRecord(data: unknown): ErrorRecord {
  const record = data as Partial<ErrorRecord> | null;
  const good =
    typeof record === 'object' &&
    record !== null &&
    typeof record.name === 'string' &&
    typeof record.message === 'string' &&
    isTextOrAbsent(record.stack) &&
    isListOrAbsent(record.errors) &&
    isListOrAbsent(record.props) &&
    isListOrAbsent(record.omitted);
  if (!good) throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'error record is not whole' });
  return record as ErrorRecord;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || Array.isArray(value);
}

/** A stack's frames without its first lines, which repeat the message. */
function framesOf(error: Error): string {
  const stack = error.stack ?? '';
  const start = stack.search(/^\s+at /m);
  return start < 0 ? '' : stack.slice(start);
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

/** Text that survives UTF-8: error messages are for people, so a lone surrogate may become a sign for it. */
function textOf(value: unknown): string {
  return String(value).toWellFormed();
}
