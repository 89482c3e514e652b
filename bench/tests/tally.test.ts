/** Tallies by key are compared and digested to the last number. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digestOf, firstDifference } from '../macro/tally.ts';

test('a difference between tallies is named with its place', () => {
  assert.is(firstDifference([1, 2, 3], [1, 2, 3]), undefined);
  assert.equal(firstDifference([1, 2, 3], [1, 5, 3]), { index: 1, expected: 2, found: 5 });
  assert.equal(firstDifference([1, 2], [1, 2, 9]), { index: 2, expected: 0, found: 9 });
});

test('a digest changes with any number and with their order', () => {
  assert.is(digestOf([1, 2, 3]), digestOf([1, 2], [3]));
  assert.is.not(digestOf([1, 2, 3]), digestOf([1, 3, 2]));
  assert.is.not(digestOf([1, 2, 3]), digestOf([1, 2, 4]));
});

test.run();
