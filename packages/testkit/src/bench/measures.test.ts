/** The tools of measurement measure. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nowMs } from './clock.ts';
import { jainIndex } from './jain.ts';
import { LatencyRecorder } from './latency-recorder.ts';
import { openLoop } from './open-loop.ts';
import { sumOfSequence } from './sequence-sum.ts';
import { SharedHistogram } from './shared-histogram.ts';

test("Jain's index is one for equal shares and 1/n when one has all", () => {
  assert.is(jainIndex([5, 5, 5, 5]), 1);
  assert.is(jainIndex([8, 0, 0, 0]), 0.25);
  assert.is(jainIndex([0, 0]), 1);
});

test('both histograms agree on percentiles within their resolution', () => {
  const recorder = new LatencyRecorder();
  const shared = new SharedHistogram();
  for (let us = 1; us <= 10_000; us += 1) {
    recorder.record(us / 1_000);
    shared.record(us / 1_000);
  }
  for (const key of ['p50Us', 'p99Us', 'p999Us'] as const) {
    const exact = { p50Us: 5_000, p99Us: 9_900, p999Us: 9_990 }[key];
    for (const summary of [recorder.summary(), shared.summary()]) {
      assert.is(summary.samples, 10_000);
      assert.ok(Math.abs(summary[key] - exact) / exact < 1 / 32, `${key}: ${summary[key]}`);
    }
  }
});

test('a shared histogram keeps what is out of its range in its first and last bucket', () => {
  const shared = new SharedHistogram();
  shared.record(0);
  shared.record(1e9);
  assert.is(shared.summary().samples, 2);
});

test('the sum of 0 … n−1 wraps as 32-bit addition does', () => {
  for (const n of [0, 1, 2, 100_000, 3_000_001]) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum = (sum + i) | 0;
    assert.is(sumOfSequence(n), sum, `n=${n}`);
  }
});

test('an open loop sends late messages with the time they were due', async () => {
  const due: number[] = [];
  const startMs = nowMs();
  const sent = await openLoop({
    ratePerSecond: 1_000,
    durationMs: 50,
    between: 'spin',
    send: (dueMs, number) => {
      due.push(dueMs);
      // A stall of 20 ms in the sender: the messages due meanwhile must keep their times.
      if (number === 5) while (nowMs() - startMs < 26) {}
    },
  });
  assert.is(sent, due.length);
  assert.ok(sent <= 50);
  for (let i = 1; i < due.length; i += 1) {
    const gapMs = (due[i] as number) - (due[i - 1] as number);
    assert.ok(Math.abs(gapMs - 1) < 1e-6, `gap ${i} is ${gapMs}`);
  }
});

test.run();
