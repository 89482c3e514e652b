/** Tests of the mailbox: order, the law of its slots, and that a message is never kept alive. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AssertionError } from '../lib/assert.ts';
import { Mailbox } from './mailbox.ts';
import { SlotArrays } from './slot-arrays.ts';

const boxOf = (capacity: number): Mailbox<string, string> =>
  new Mailbox<string, string>(capacity, new SlotArrays());

function takeAll(box: Mailbox<string, string>): unknown[] {
  const taken: unknown[] = [];
  while (box.queued > 0) {
    taken.push(box.headPayload);
    box.take();
    box.release();
    box.verify();
  }
  return taken;
}

test('messages come out in the order they came, through growth and wrap', () => {
  const box = boxOf(100);
  const expected: number[] = [];
  const seen: unknown[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    box.push('h', n, 'o', n);
    expected.push(n);
    if (n % 3 === 0 || box.free === 0) {
      assert.equal([box.headHandler, box.headOrigin, box.headAtMs], ['h', 'o', box.headPayload]);
      seen.push(box.headPayload);
      box.take();
      box.release();
    }
    box.verify();
  }
  assert.equal([...seen, ...takeAll(box)], expected);
  assert.is(box.free, 100);
});

test('a message that was taken keeps its slot until it is released', () => {
  const box = boxOf(2);
  box.push('h', 'a', 'o', 0);
  box.take();
  assert.equal([box.free, box.queued, box.held, box.depth], [1, 0, 1, 1]);
  box.hold();
  assert.equal([box.free, box.held], [0, 2]);
  box.release();
  box.release();
  assert.equal([box.free, box.held], [2, 0]);
});

test('a message that is put back comes first', () => {
  const box = boxOf(8);
  for (const payload of ['a', 'b']) box.push('h', payload, 'o', 0);
  box.take();
  box.putBack('h', 'a', 'o', 0);
  for (let n = 0; n < 4; n += 1) {
    box.hold();
    box.putBack('h', `x${n}`, 'o', 0);
  }
  box.verify();
  assert.equal(takeAll(box), ['x3', 'x2', 'x1', 'x0', 'a', 'b']);
});

test('a replaced message keeps its place and hands back the old one', () => {
  const box = boxOf(8);
  for (const payload of ['a1', 'b1', 'c1']) box.push('h', payload, 'old', 0);
  const same = (_handler: string, payload: unknown): boolean => String(payload).startsWith('b');
  assert.equal(box.replace(same, 'h2', 'b2', 'new'), { handler: 'h', payload: 'b1', origin: 'old' });
  assert.is(
    box.replace(() => false, 'h', 'x', 'o'),
    undefined,
  );
  assert.equal(takeAll(box), ['a1', 'b2', 'c1']);
});

test('lent slots come back with a message or without one, and no slot is made', () => {
  const box = boxOf(4);
  box.lend(3);
  box.pushLent('h', 'a', 'o', 0);
  box.takeBack(1);
  box.verify();
  assert.equal([box.free, box.lent, box.queued], [2, 1, 1]);
  assert.throws(
    () => box.lend(3),
    (error: unknown) => error instanceof AssertionError,
  );
  assert.throws(
    () => box.takeBack(2),
    (error: unknown) => error instanceof AssertionError,
  );
  box.takeBack(1);
  assert.throws(
    () => box.pushLent('h', 'b', 'o', 0),
    (error: unknown) => error instanceof AssertionError,
  );
});

test('a slot above the capacity is paid back by the next one that comes free', () => {
  const box = boxOf(1);
  box.push('h', 'a', 'o', 0);
  box.pushOverdraft('h', 'b', 'o', 0);
  box.verify();
  box.take();
  box.release();
  assert.equal([box.free, box.overdraft], [0, 0]);
  box.take();
  box.release();
  assert.is(box.free, 1);
});

test('an idle mailbox holds no array, and a pooled array keeps no payload alive', () => {
  const arrays = new SlotArrays();
  const box = new Mailbox<string, string>(8, arrays);
  box.push('h', { big: true }, 'o', 0);
  box.take();
  box.release();
  box.rest();
  const pooled = arrays.take(4);
  assert.equal([pooled[1], pooled[2]], [undefined, undefined]);
  box.push('h', 'next', 'o', 0);
  assert.equal(takeAll(box), ['next']);
});

test('verify finds a slot that was lost', () => {
  const box = boxOf(4);
  box.free -= 1;
  assert.throws(
    () => box.verify(),
    (error: unknown) => error instanceof AssertionError,
  );
});

test.run();
