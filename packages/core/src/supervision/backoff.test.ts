/** Tests of the waits between restarts. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs, nextAttempt } from './backoff.ts';
import { resolveSupervision } from './child-spec.ts';

const backoff = { minMs: 100, maxMs: 1_000, factor: 3, jitter: 0.5, resetAfterMs: 400 };

test('the wait grows by its factor up to the longest', () => {
  assert.equal(
    [0, 1, 2, 3, 50].map((attempt) => backoffMs(backoff, attempt, () => 0.5)),
    [100, 300, 900, 1_000, 1_000],
  );
});

test('jitter spreads the wait to both sides and no further', () => {
  assert.is(
    backoffMs(backoff, 0, () => 0),
    50,
  );
  assert.ok(backoffMs(backoff, 0, () => 0.999_999) <= 150);
  assert.ok(backoffMs(backoff, 0, () => 0.999_999) > 149);
});

test('a child that lived long enough starts again at the first wait', () => {
  assert.equal(
    [399, 400].map((livedMs) => nextAttempt(backoff, 5, livedMs)),
    [5, 0],
  );
});

test('what is not said about backoff has its documented default', () => {
  assert.equal(resolveSupervision('test', { backoff: {} }).backoff, {
    minMs: 100,
    maxMs: 10_000,
    factor: 2,
    jitter: 0.2,
    resetAfterMs: 5_050,
  });
});

test.run();
