// test-deadline-s: 240 because each run starts three processes and two worker threads, on any machine
/**
 * Runs both pipelines as processes, on few payments: what was accepted is accounted for, row by row. How fast
 * they are depends on the machine and is no test.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UNACKED_MAX } from '../src/actors.ts';
import { drawChart } from '../src/chart.ts';
import { type Outcome, run, WAYS } from '../src/experiment.ts';
import { summarise } from '../src/summary.ts';
import { formatTable } from '../src/table.ts';

const EVENTS = 600;
const SCENARIO = { events: EVENTS, scale: 6 };
const outcomes: Outcome[] = [];

test('with Millrace every payment is stored, and what waits in memory is bounded', async () => {
  const outcome = await run('millrace', SCENARIO, false);
  outcomes.push(outcome);
  assert.equal(
    outcome.stored.map(({ offset }) => offset),
    Array.from({ length: EVENTS }, (_, offset) => offset),
  );
  assert.equal(outcome.ledgerProblems, []);
  assert.ok(outcome.samples.every(({ accepted, done }) => accepted - done <= UNACKED_MAX));
  assert.is(summarise(outcome).lost, 0);
});

test('with Millrace nothing is lost when each worker is ended by force in the middle', async () => {
  const outcome = await run('millrace', { events: 1_500, scale: 6 }, true);
  assert.is(outcome.stored.length, 1_500);
  assert.is(new Set(outcome.stored.map(({ offset }) => offset)).size, 1_500);
});

test('the naive way starts again behind what it had read when its process is ended by force', async () => {
  const outcome = await run('naive', { events: 1_500, scale: 6 }, true);
  assert.is(outcome.samples.at(-1)?.done, 1_500);
  assert.is(new Set(outcome.stored.map(({ offset }) => offset)).size, outcome.stored.length);
});

test('the naive way stores each payment or gives it up', async () => {
  const outcome = await run('naive', SCENARIO, false);
  outcomes.push(outcome);
  const { stored, lost, retries } = summarise(outcome);
  assert.is(stored + lost, EVENTS);
  assert.is(outcome.samples.at(-1)?.done, EVENTS);
  assert.ok(retries >= outcome.stored.reduce((sum, { attempts }) => sum + attempts - 1, 0));
});

test('both are printed side by side and drawn for light and dark pages', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'payment-enrichment-test-'));
  try {
    const columns = outcomes.map((outcome) => [outcome.way, summarise(outcome)] as const);
    assert.match(formatTable(columns), /payments stored +600 /);
    const files = await drawChart(outcomes, folder);
    assert.is(files.length, 4);
    for (const way of WAYS) assert.ok(readFileSync(files[0] ?? '', 'utf8').includes(`>${way}<`));
    for (const file of files) assert.ok(readFileSync(file).length > 1_000, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
