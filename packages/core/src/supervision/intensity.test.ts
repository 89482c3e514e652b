/** Tests of the restart window. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RestartWindow } from './intensity.ts';

test('one restart more than the intensity within the period is one too many', () => {
  const window = new RestartWindow(2, 1_000);
  assert.equal(
    [0, 500, 999].map((atMs) => window.allow(atMs)),
    [true, true, false],
  );
});

test('a restart counts for exactly its period', () => {
  const window = new RestartWindow(1, 1_000);
  assert.ok(window.allow(0));
  assert.not.ok(window.allow(999));
  const other = new RestartWindow(1, 1_000);
  assert.ok(other.allow(0));
  assert.ok(other.allow(1_000));
});

test('with intensity 0 the first restart is one too many', () => {
  assert.not.ok(new RestartWindow(0, 1_000).allow(5));
});

test.run();
