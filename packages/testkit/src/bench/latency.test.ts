/** Latency counts from the time at which a request was due, and a run without all its answers has none. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import { BenchVoid } from './bench-void.ts';
import { nowMs } from './clock.ts';
import { latency } from './latency.ts';

const PACE = { ratePerSecond: 1_000, durationMs: 50, between: 'spin' } as const;

async function voidOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, BenchVoid);
    return (error as Error).message;
  }
  return 'counts';
}

test('a stall of the sender counts as latency of every request that it delays', async () => {
  const run = latency({
    ...PACE,
    request: (number) => {
      const startMs = nowMs();
      // The requests due meanwhile are answered at once, but late.
      if (number === 10) while (nowMs() - startMs < 20) {}
      return Promise.resolve();
    },
  });
  await run();
  const { samples, p99Us } = run.summary();
  assert.is(samples, 50);
  // Fifty samples: the 99th percentile is the longest but one at most, and that waited for some 19 ms.
  assert.ok(p99Us >= 18_000, `p99 is ${p99Us} µs`);
});

test('every request of the pace is made, also when the gap between them has no exact number', async () => {
  // 50 / (1000 / 220) is a little less than 11 in floating point.
  const run = latency({ ratePerSecond: 220, durationMs: 50, request: () => Promise.resolve() });
  await run();
  assert.is(run.summary().samples, 11);
});

test('the summary is of the latest run alone, and the library is given its median', async () => {
  const run = latency({ ...PACE, request: () => Promise.resolve() });
  assert.is(run.summary().samples, 0);
  await run();
  const { overriddenDuration, overriddenIterationCost } = await run();
  assert.is(run.summary().samples, 50);
  assert.is(overriddenDuration, run.summary().p50Us / 1_000);
  assert.ok(overriddenIterationCost >= 50);
});

test('a request that fails makes the run void and is its cause', async () => {
  const rejected = latency({
    ...PACE,
    request: (number) => (number === 3 ? Promise.reject(new Error('no reply')) : Promise.resolve()),
  });
  assert.match(await voidOf(rejected), 'VOID: requests failed (Error: no reply): requests=50, answered=49');
  const thrown = latency({
    ...PACE,
    request: () => {
      throw new Error('gone');
    },
  });
  assert.match(await voidOf(thrown), 'requests=50, answered=0, failed=50');
});

test('an answer that does not come makes the run void', async () => {
  const run = latency({
    ...PACE,
    answerWithinMs: 1,
    request: (number) => (number === 49 ? new Promise(() => {}) : Promise.resolve()),
  });
  assert.match(await voidOf(run), 'VOID: answers did not come in time: requests=50, answered=49, failed=0');
});

test('a pace that the sender cannot keep makes the run void', async () => {
  const run = latency({
    ratePerSecond: 200_000,
    durationMs: 20,
    request: () => {
      const startMs = nowMs();
      while (nowMs() - startMs < 0.1) {}
      return Promise.resolve();
    },
  });
  assert.match(await voidOf(run), 'VOID: the sender could not keep the pace: due=4000');
});

test('a run without a single request is refused', () => {
  try {
    latency({ ratePerSecond: 1, durationMs: 10, request: () => Promise.resolve() });
    assert.unreachable();
  } catch (error) {
    assert.ok(isMillraceError(error, 'ERR_OPTION_INVALID'));
    assert.match(error.message, 'a time for 1 to 10000000 requests at 1 a second');
  }
});

test.run();
