/** Tests that errors arrive as they were: every code of the table, causes, properties, both stacks, foreign classes. */
import { ERROR_TITLES, type ErrorCode, MillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CAUSES_MAX, ERROR_STACK_MAX_CHARS } from '../limits.ts';
import { createLinkMemory } from '../ring/link-memory.ts';
import { PayloadDecoder, PayloadEncoder } from './envelope-codec.ts';
import { decodeError, encodeError, remoteStackOf } from './error-codec.ts';
import { PayloadWalk } from './payload-walk.ts';

const memory = createLinkMemory(4_096);
const walk = new PayloadWalk(10_000_000);
const encoder = new PayloadEncoder(memory);
const fail = (): never => {
  throw new Error('not here');
};
const decoder = new PayloadDecoder(memory, { ref: fail, transferred: fail });

function travel<T>(payload: T): T {
  const bytes = encoder.packToKeep([walk.prepare(payload)]);
  return decoder.unpack(bytes, 0, bytes.length, 1)[0] as T;
}

/** What must be the same on the other side. */
function factsOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return {
    class: Object.getPrototypeOf(error) === Error.prototype ? 'Error' : error.constructor.name,
    name: error.name,
    message: error.message,
    stack: remoteStackOf(error) ?? error.stack,
    cause: factsOf(error.cause),
    errors: error instanceof AggregateError ? error.errors.map(factsOf) : undefined,
    own: Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'cause' && key !== 'errors')),
  };
}

for (const code of Object.keys(ERROR_TITLES) as ErrorCode[]) {
  test(`a MillraceError with ${code} arrives as one`, () => {
    const error = new MillraceError(
      code,
      { actor: '/user/a', count: 3, big: 2n, none: null },
      { cause: new TypeError('why') },
    );
    const arrived = travel(error);
    assert.ok(arrived instanceof MillraceError);
    assert.is(arrived.code, code);
    assert.equal(factsOf(arrived), factsOf(error));
  });
}

const BUILT_IN = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

for (const Class of BUILT_IN) {
  test(`a ${Class.name} arrives as one, with its properties and the chain of its causes`, () => {
    const error = Object.assign(
      new Class('outer', { cause: new Error('inner', { cause: { plain: [1] } }) }),
      {
        code: 'ENOENT',
        errno: -2,
        when: new Date(5),
        context: { key: 'k', tags: new Set(['a']) },
      },
    );
    assert.equal(factsOf(travel(error)), factsOf(error));
  });
}

test('an AggregateError arrives with all its errors', () => {
  const error = new AggregateError([new TypeError('a'), 'text', new Error('b', { cause: 'c' })], 'many');
  assert.equal(factsOf(travel(error)), factsOf(error));
});

test('an error of a class of the application arrives as an Error with its name and its data', () => {
  class InsufficientFunds extends Error {
    override readonly name = 'InsufficientFunds';
    readonly balance = 3;
  }
  const arrived = travel(new InsufficientFunds('no money')) as InsufficientFunds;
  assert.is(arrived.name, 'InsufficientFunds');
  assert.is(arrived.message, 'no money');
  assert.is(arrived.balance, 3);
  assert.match(String(arrived.stack), /no money/);
});

test('an abort error keeps its name, message and code', () => {
  const { reason } = AbortSignal.abort() as { reason: DOMException };
  const arrived = travel(reason);
  assert.equal([arrived.name, arrived.message, arrived.code], [reason.name, reason.message, reason.code]);
});

test('the stack shows the frames of both sides, and the text of the other side stays apart', () => {
  const error = new Error('boom');
  const arrived = travel(error);
  assert.is(remoteStackOf(arrived), error.stack);
  assert.ok(arrived.stack?.startsWith(String(error.stack)));
  assert.match(String(arrived.stack).slice(String(error.stack).length), /received by another host[^]*at /);
  assert.not.ok(Object.keys(arrived).includes('remoteStack'));
  assert.is(remoteStackOf(travel(arrived)), error.stack, 'a second journey does not double it');
});

test('what is no data on an error stays behind and is named, and the error travels', () => {
  const error = Object.assign(new Error('boom'), {
    socket: new WeakMap(),
    retry: () => 1,
    code: 7,
    self: {} as object,
  });
  error.self = { error };
  const arrived = travel(error) as unknown as { code: number; omitted: string[] };
  assert.is(arrived.code, 7);
  assert.equal(arrived.omitted, ['socket', 'retry', 'self']);
});

test('chains of causes and stacks without end are cut', () => {
  let chain = new Error('first');
  for (let n = 0; n < 100; n += 1) chain = new Error(`e${n}`, { cause: chain });
  chain.stack = 'x'.repeat(1_000_000);
  let arrived: unknown = travel(chain);
  assert.is(remoteStackOf(arrived as Error)?.length, ERROR_STACK_MAX_CHARS);
  let length = 0;
  for (; arrived instanceof Error; arrived = arrived.cause) length += 1;
  assert.is(length, ERROR_CAUSES_MAX);
});

test('errors deep inside a payload arrive as errors', () => {
  const arrived = travel({ results: [{ error: new RangeError('r') }], map: new Map([[1, new Error('m')]]) });
  assert.ok(arrived.results[0]?.error instanceof RangeError);
  assert.is(arrived.map.get(1)?.message, 'm');
});

test('a record that is no error, or names prototype keys, is refused or harmless', () => {
  for (const record of [
    null,
    1,
    {},
    [],
    { name: 'Error' },
    { name: 1, message: '' },
    { name: '', message: '', props: 1 },
  ]) {
    assert.throws(() => decodeError(record), /error record is not whole/);
  }
  const hostile = {
    name: 'constructor',
    message: 'm',
    props: ['__proto__', { polluted: 1 }, 'constructor', 1, 'stack', 1, 2, 3],
    stack: 's',
  };
  const error = decodeError(hostile);
  assert.instance(error, Error);
  assert.is(Object.getPrototypeOf(error), Error.prototype);
  assert.is((error as unknown as { polluted?: number }).polluted, undefined);
  assert.is(
    decodeError({ name: 'MillraceError', message: 'm', props: ['code', 'toString', 'details', {}] }).name,
    'MillraceError',
  );
});

test('encoding an error never throws, whatever its properties do', () => {
  const error = new Error('x');
  Object.defineProperty(error, 'code', { enumerable: true, value: Symbol('no data') });
  Object.defineProperty(error, 'lazy', { enumerable: true, get: fail });
  const record = encodeError(error, (value) => walk.prepare(value));
  assert.equal(record.omitted, ['code', 'lazy']);
});

test.run();
