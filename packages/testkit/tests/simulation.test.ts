/** The protocol under every fault: a fixed set of seeds and fresh ones, by number of steps and never by time. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatFailure, formatPlan, parsePlan, planOf, runPlan, shrink } from '@millrace/testkit';

const FIXED_SEEDS = 300;

test('no promise of the credit protocol is broken under any mix of faults', () => {
  for (let seed = 1; seed <= FIXED_SEEDS; seed += 1) {
    const result = runPlan(planOf(seed));
    if (result.failure !== undefined) assert.unreachable(formatFailure(shrink(result)));
  }
});

test('the same seed gives the same run, and different seeds differ', () => {
  const hashes = new Set<number>();
  for (let seed = 1; seed <= 40; seed += 1) {
    const first = runPlan(planOf(seed));
    const second = runPlan(planOf(seed));
    assert.is(second.hash, first.hash);
    assert.is(second.steps, first.steps);
    hashes.add(first.hash);
  }
  assert.is(hashes.size, 40);
});

test('a plan survives being written as a line', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const plan = planOf(seed, { without: new Set([3, 4, 5, 9, 1_000_001]) });
    assert.equal(parsePlan(formatPlan(plan)), plan);
  }
  assert.throws(() => parsePlan('seed=x'), /seed=x, expected a whole number/);
});

test.run();
