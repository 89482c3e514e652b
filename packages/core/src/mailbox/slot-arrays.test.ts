/** Tests of the size with which a mailbox begins its next array. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SlotArrays } from './slot-arrays.ts';

test('the next array is as large as the last grew to, and after some that sufficed half as large', () => {
  const arrays = new SlotArrays();
  let messages = arrays.next(4, 256);
  assert.is(messages, 256);
  const sizes = new Set<number>();
  for (let i = 0; i < 1_000; i += 1) {
    sizes.add(messages);
    messages = arrays.next(messages, messages);
  }
  assert.equal([...sizes], [256, 128, 64, 32, 16, 8, 4]);
});

test('most arrays of a mailbox that is filled alike each time need not grow', () => {
  const arrays = new SlotArrays();
  let grown = 0;
  let begins = 4;
  for (let i = 0; i < 800; i += 1) {
    const holds = Math.max(begins, 64);
    if (holds > begins) grown += 1;
    begins = arrays.next(begins, holds);
  }
  assert.is(grown, 1 + Math.floor(799 / 9));
});

test.run();
