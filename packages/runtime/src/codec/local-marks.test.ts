/** Tests of buffers that move to an actor of the same thread. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import { LOCAL_MARKS } from './local-marks.ts';
import { OPEN_MARKS, transfer } from './transfer.ts';

function bufferOf(...bytes: number[]): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function bytesOf(buffer: unknown): number[] {
  assert.ok(buffer instanceof ArrayBuffer, 'a buffer and no mark');
  return [...new Uint8Array(buffer as ArrayBuffer)];
}

test('marks anywhere in a payload become the buffers, which move, and the payload itself stays as it was', () => {
  const [a, b, c, d] = [bufferOf(1), bufferOf(2), bufferOf(3), bufferOf(4)] as const;
  const plain = { untouched: true };
  const payload = Object.freeze({
    a: transfer(a),
    list: [transfer(b), plain],
    map: new Map([['c', transfer(c)]]),
    set: new Set([transfer(d)]),
  });
  const taken = LOCAL_MARKS.take(payload) as typeof payload;
  assert.equal(bytesOf(taken.a), [1]);
  assert.equal(bytesOf(taken.list[0]), [2]);
  assert.is(taken.list[1], plain, 'what holds no mark is passed on as it is');
  assert.equal(bytesOf(taken.map.get('c')), [3]);
  assert.equal(bytesOf([...taken.set][0]), [4]);
  for (const moved of [a, b, c, d]) assert.is(moved.byteLength, 0);
  assert.is.not(payload.a, taken.a);
  assert.is(OPEN_MARKS.count, 0);
});

test('the same buffer marked twice in a payload is one buffer there', () => {
  const buffer = bufferOf(1);
  const [one, two] = LOCAL_MARKS.take([transfer(buffer), transfer(buffer)]) as ArrayBuffer[];
  assert.is(one, two);
  assert.is(OPEN_MARKS.count, 0);
});

test('a payload without a mark is passed on as it is, also one that leads back to itself', () => {
  const payload: Record<string, unknown> = { list: [1], map: new Map() };
  payload['self'] = payload;
  assert.is(LOCAL_MARKS.take(payload), payload);
});

test('a buffer that has moved before is refused, and the others of its payload stay', () => {
  const gone = bufferOf(1);
  structuredClone(gone, { transfer: [gone] });
  const other = bufferOf(2);
  assert.throws(
    () => LOCAL_MARKS.take([transfer(other), transfer(gone)]),
    (error: unknown) => isMillraceError(error, 'ERR_PAYLOAD_NOT_DATA'),
  );
  assert.is(other.byteLength, 1);
});

test.run();
