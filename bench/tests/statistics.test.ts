/** Figures are summed up and compared by rules that cannot flatter. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compare, spreadOf } from '../harness/statistics.ts';

test('the spread is the middle and both ends', () => {
  assert.equal(spreadOf([5, 1, 9]), { median: 5, min: 1, max: 9, rounds: 3 });
  assert.equal(spreadOf([4, 2]), { median: 3, min: 2, max: 4, rounds: 2 });
  assert.throws(() => spreadOf([]), /no values/);
});

test('ranges that touch are a tie, whatever their middles', () => {
  const slow = spreadOf([10, 11, 20]);
  assert.is(compare(slow, spreadOf([19, 30, 31]), 'more'), 'tie');
  assert.is(compare(slow, spreadOf([20, 30, 31]), 'more'), 'tie');
  assert.is(compare(spreadOf([20, 30, 31]), slow, 'more'), 'tie');
  assert.is(compare(slow, spreadOf([21, 30, 31]), 'more'), 'behind');
});

test('ahead means more of what is good and less of what is bad', () => {
  const [low, high] = [spreadOf([1, 2, 3]), spreadOf([4, 5, 6])];
  assert.is(compare(high, low, 'more'), 'ahead');
  assert.is(compare(low, high, 'more'), 'behind');
  assert.is(compare(high, low, 'less'), 'behind');
  assert.is(compare(low, high, 'less'), 'ahead');
});

test('one round has no spread and is ahead of nothing', () => {
  assert.is(compare(spreadOf([1]), spreadOf([100, 101]), 'more'), 'tie');
});

test.run();
