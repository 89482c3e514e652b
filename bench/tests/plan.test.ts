/** A run says beforehand how long it takes, and a whole one ends when it is promised to. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../harness/catalogue.ts';
import type { Scope } from '../harness/cell.ts';
import {
  PASS_FULL_MS,
  PASS_QUICK_MS,
  ROUNDS_FULL,
  ROUNDS_QUICK,
  WARM_UP_FULL_MS,
  WARM_UP_QUICK_MS,
} from '../harness/limits.ts';
import { expectedTotalMs, planCells, renderPlan } from '../harness/plan.ts';

const loaded = await loadCatalogue();
const byDefault = (quick: boolean) => ({
  cells: loaded.cells,
  systems: loaded.systems.filter(
    ({ kind, onlyInFull }) => kind !== 'control' && !(quick && onlyInFull === true),
  ),
});
const TWO_CORES: Scope = { mode: 'full', workers: 2, workersSweep: [1, 2] };
const MINUTE_MS = 60_000;

const whole = {
  catalogue: byDefault(false),
  scope: TWO_CORES,
  rounds: ROUNDS_FULL,
  passMs: PASS_FULL_MS,
  warmUpMs: WARM_UP_FULL_MS,
};
const quick = {
  catalogue: byDefault(true),
  scope: { ...TWO_CORES, mode: 'quick' as const },
  rounds: ROUNDS_QUICK,
  passMs: PASS_QUICK_MS,
  warmUpMs: WARM_UP_QUICK_MS,
};

test('all cells and systems fit into forty minutes on two cores, with some to spare', () => {
  const cells = planCells(whole);
  assert.is(cells.length, loaded.cells.length);
  assert.ok(expectedTotalMs(cells) < 38 * MINUTE_MS, renderPlan(cells));
});

test('a quick run fits into two minutes', () => {
  const cells = planCells(quick);
  assert.ok(expectedTotalMs(cells) < 2 * MINUTE_MS, renderPlan(cells));
});

test('a plan counts a job for each system, point and round', () => {
  const cells = loaded.cells.filter(({ id }) => id === 'S7');
  const systems = loaded.systems.filter(({ name }) => ['millrace', 'erlang', 'nact'].includes(name));
  const [planned] = planCells({ ...whole, catalogue: { cells, systems }, rounds: 3 });
  // Nothing of nact: it has no answer there.
  assert.is(planned?.points, 3);
  assert.is(planned?.jobs, 3 * 2 * 3);
});

test.run();
