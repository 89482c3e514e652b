/** Tests of the log budget. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LogBudget } from './log-budget.ts';

test('ten lines a second are written, and the next one says how many were left out', () => {
  const budget = new LogBudget();
  const taken = Array.from({ length: 25 }, () => budget.take(5));
  assert.equal(taken.filter((leftOut) => leftOut !== null).length, 10);
  assert.is(budget.take(1_004), null);
  assert.is(budget.take(1_005), 16);
  assert.is(budget.take(1_006), 0);
});

test.run();
