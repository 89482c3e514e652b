/** Tests of the restart budget: waits double, the window forgets, what is too much is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RestartBudget } from './restart-budget.ts';

const LIMITS = { max: 4, withinMs: 1_000, backoffMinMs: 10, backoffMaxMs: 50 };

test('each restart in a row waits twice as long, to a longest wait, until the budget is spent', () => {
  const budget = new RestartBudget(LIMITS);
  assert.equal(
    [0, 1, 2, 3, 4, 5].map((now) => budget.take(now)),
    [10, 20, 40, 50, undefined, undefined],
  );
});

test('a restart is forgotten when it has left the window', () => {
  const budget = new RestartBudget(LIMITS);
  for (const now of [0, 100, 200, 300]) budget.take(now);
  assert.is(budget.take(999), undefined);
  assert.is(budget.take(1_000), 50, 'one of four has gone');
  assert.is(budget.take(5_000), 10, 'all have gone');
});

test('a budget of nothing gives nothing', () => {
  assert.is(new RestartBudget({ ...LIMITS, max: 0 }).take(0), undefined);
});

test.run();
