// test-deadline-s: 600 because twelve million steps take half a minute of processor time, and machines are shared
/** The protocol under every fault: a fixed set of seeds and fresh ones, by number of steps and never by time. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FAULTS,
  formatFailure,
  formatPlan,
  parsePlan,
  planOf,
  runPlan,
  shrink,
  type SimulationResult,
} from '@millrace/testkit/protocol';

const FIXED_SEEDS = 2_000;
const FRESH_STEPS = 10_000_000;

function demandWhole(result: SimulationResult): void {
  if (result.failure !== undefined) assert.unreachable(formatFailure(shrink(result)));
}

test('no promise of the credit protocol is broken under any mix of faults', () => {
  const sums = { kills: 0, preemptions: 0, cycles: 0, victims: 0, moves: 0, retirements: 0, quiets: 0 };
  for (let seed = 1; seed <= FIXED_SEEDS; seed += 1) {
    const result = runPlan(planOf(seed));
    demandWhole(result);
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += result.coverage[key];
  }
  for (const [what, count] of Object.entries(sums)) assert.ok(count > 100, `${what}: only ${count}`);
});

/** Each broke a promise once; long soaks found them. */
const SEEDS_OF_OLD = [500_009_990, 500_134_489, 500_350_626, 500_411_954];

test('nor with seeds that found a fault once', () => {
  for (const seed of SEEDS_OF_OLD) demandWhole(runPlan(planOf(seed)));
});

test('nor with fresh seeds', () => {
  const from = Math.floor(Math.random() * 2 ** 30);
  console.log(`fresh seeds from ${from}`);
  let steps = 0;
  for (let seed = from; steps < FRESH_STEPS; seed += 1) {
    const result = runPlan(planOf(seed));
    demandWhole(result);
    steps += result.steps;
  }
});

test('nor with all faults at once', () => {
  for (let seed = 1; seed <= 300; seed += 1) demandWhole(runPlan(planOf(seed, { faults: FAULTS })));
});

test('without faults nothing is lost, fails or dies', () => {
  for (let seed = 1; seed <= 300; seed += 2) {
    const result = runPlan(planOf(seed, { faults: [], phases: 1 }));
    demandWhole(result);
    assert.is(result.fates.lost, 0);
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
