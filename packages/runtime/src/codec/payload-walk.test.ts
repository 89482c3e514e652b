/** Tests of what a payload may be: what is refused, with which path, and that what needs no change is not copied. */
import vm from 'node:vm';
import { isMillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CAUSES_MAX, PAYLOAD_DEPTH_MAX } from '../limits.ts';
import { PayloadWalk } from './payload-walk.ts';

const walk = new PayloadWalk(1_000_000);

function refusalOf(payload: unknown): string {
  try {
    walk.prepare(payload);
  } catch (error) {
    if (isMillraceError(error, 'ERR_PAYLOAD_NOT_DATA'))
      return error.message.replace('payload is not data: ', '');
    throw error;
  }
  return 'accepted';
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const cycle: Record<string, unknown> = { a: { b: [] } };
((cycle['a'] as { b: unknown[] }).b as unknown[]).push(cycle);

class Account {
  readonly id = 1;
}

const REFUSED: readonly [string, unknown, string][] = [
  ['a function', () => 1, 'path=payload, found=function (anonymous)'],
  [
    'a named function in an object',
    { on: { click: refusalOf } },
    'path=payload.on.click, found=function refusalOf',
  ],
  ['a symbol in an array', [0, [Symbol('x')]], 'path=payload[1][0], found=Symbol(x)'],
  ['a class instance', { user: new Account() }, 'path=payload.user, found=instance of Account'],
  [
    'an instance without a named class',
    { user: new (class {})() },
    'path=payload.user, found=instance of a class',
  ],
  ['a cycle', cycle, 'path=payload.a.b[0], found=cycle'],
  ['a promise', Promise.resolve(1), 'path=payload, found=instance of Promise'],
  ['a RegExp', { pattern: /x/ }, 'path=payload.pattern, found=instance of RegExp'],
  ['a URL', new URL('http://a'), 'path=payload, found=instance of URL'],
  ['a WeakMap', new WeakMap(), 'path=payload, found=instance of WeakMap'],
  ['a boxed number', Object(1), 'path=payload, found=instance of Number'],
  ['shared memory', { m: new SharedArrayBuffer(8) }, 'path=payload.m, found=shared memory'],
  [
    'a view on shared memory',
    new Int32Array(new SharedArrayBuffer(8)),
    'path=payload, found=view on shared memory',
  ],
  ['a value in a Map', new Map([['k', () => 1]]), 'path=payload.get("k"), found=function (anonymous)'],
  ['a key of a Map', new Map([[Symbol('k'), 1]]), 'path=payload.keys(), found=Symbol(k)'],
  ['a member of a Set', new Set([1, Symbol('s')]), 'path=[...payload][1], found=Symbol(s)'],
  [
    'an own key __proto__',
    JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
    'path=payload.a, found=key __proto__',
  ],
  ['a key that is no name', { 'a-b': { '': Symbol('x') } }, 'path=payload["a-b"][""], found=Symbol(x)'],
  ['a subclass of Map', new (class Cache extends Map {})(), 'path=payload, found=instance of Cache'],
  ['an object of another realm', vm.runInNewContext('({ a: 1 })'), 'path=payload, found=instance of Object'],
];

for (const [what, payload, message] of REFUSED) {
  test(`${what} is refused with its path`, () => assert.is(refusalOf(payload), message));
}

test('nesting is accepted to its limit and refused past it', () => {
  assert.is(refusalOf(nested(PAYLOAD_DEPTH_MAX)), 'accepted');
  assert.match(refusalOf(nested(PAYLOAD_DEPTH_MAX + 1)), /found=more than 1000 levels/);
});

test('a payload that needs nothing is not copied', () => {
  const payload = {
    a: 1,
    b: 'x',
    c: [1, 2, { d: null }],
    e: new Map([[1, Number.NaN]]),
    f: new Set([Number.NaN]),
    g: new Date(),
  };
  assert.is(walk.prepare(payload), payload);
  const list = [Number.NaN, undefined, 1n, true];
  assert.is(walk.prepare(list), list);
});

test('a payload that needs a change is copied as far as the change, and itself stays as it was', () => {
  const same = { x: 1 };
  const payload = { same, deep: { zero: -0 } };
  const prepared = walk.prepare(payload) as typeof payload;
  assert.is.not(prepared, payload);
  assert.is(prepared.same, same);
  assert.ok(Object.is(payload.deep.zero, -0));
});

test('errors that lead back to themselves, or have too many causes, are cut and say so', () => {
  const loop = new Error('loop') as Error & { self?: unknown };
  loop.cause = loop;
  loop.self = { loop };
  assert.is(refusalOf(loop), 'accepted');
  let chain = new Error('first');
  for (let n = 0; n < ERROR_CAUSES_MAX * 3; n += 1) chain = new Error(`e${n}`, { cause: chain });
  assert.is(refusalOf(chain), 'accepted');
});

test('a getter that throws gives its own error to the sender', () => {
  const payload = {
    get secret(): never {
      throw new RangeError('mine');
    },
  };
  assert.throws(() => walk.prepare(payload), /mine/);
});

test.run();
