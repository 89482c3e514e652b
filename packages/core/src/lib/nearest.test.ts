/** Tests of the nearest word. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nearest } from './nearest.ts';

test('the word that was probably meant is found', () => {
  const words = ['capacity', 'overflow', 'timeoutMs', 'key', 'name'];
  const meant = ['capacty', 'overFlow', 'timeout', 'kee', 'nmae'].map((word) => nearest(word, words));
  assert.equal(meant, ['capacity', 'overflow', 'timeoutMs', 'key', 'name']);
});

test('a word that is like none of them has no nearest', () => {
  assert.is(nearest('zebra', ['capacity', 'overflow']), undefined);
  assert.is(nearest('x'.repeat(100), ['x'.repeat(99)]), undefined);
});

test.run();
