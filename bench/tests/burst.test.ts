/** The schedule of a burst, and the reading of a recovery. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nowMs } from '@millrace/testkit/bench';
import { dueBy, dueMs, readRecovery, type BurstSchedule } from '../load/burst.ts';
import { sendBySchedule } from '../load/scheduled-sends.ts';

const schedule: BurstSchedule = {
  steadyPerSecond: 1_000,
  burstPerSecond: 5_000,
  beforeMs: 500,
  burstMs: 200,
  afterMs: 1_000,
};

test('messages are counted by the rate of their time', () => {
  assert.is(dueBy(schedule, 0), 0);
  assert.is(dueBy(schedule, 500), 500);
  assert.is(dueBy(schedule, 600), 1_000);
  assert.is(dueBy(schedule, 700), 1_500);
  assert.is(dueBy(schedule, 1_700), 2_500);
  assert.is(dueBy(schedule, 9_999), 2_500);
});

test('a message is due when as many are due as came before it', () => {
  for (const number of [0, 1, 499, 500, 501, 1_499, 1_500, 2_499]) {
    assert.is(Math.round(dueBy(schedule, dueMs(schedule, number) + 1e-6)), number, `message ${number}`);
  }
});

test('a recovery ends when messages are in time again, and not with the first lucky one', () => {
  const late = Array.from({ length: 2_500 }, (_, i) => {
    if (i < 500) return 1;
    if (i < 1_500) return (i - 500) / 10;
    // 600 ms of working off, with one lucky message in between.
    return dueMs(schedule, i) < 1_300 && i !== 1_700 ? 50 : 1;
  });
  const { beforeP99Ms, recoveryMs, worstMs } = readRecovery(schedule, late);
  assert.is(beforeP99Ms, 1);
  assert.is(Math.round(recoveryMs), 600);
  assert.is(worstMs, 99.9);
});

test('a system that never recovers takes as long as it was watched', () => {
  const late = Array.from({ length: 2_500 }, (_, i) => (i < 500 ? 1 : 80));
  assert.is(readRecovery(schedule, late).recoveryMs, 1_000);
});

const short = { steadyPerSecond: 2_000, burstPerSecond: 20_000, beforeMs: 2, burstMs: 2, afterMs: 2 };

test('a scheduled sender sends each message once, in order, with the time it was due', async () => {
  const startMs = nowMs();
  const count = dueBy(short, Number.POSITIVE_INFINITY);
  const sends: [number, number][] = [];
  await sendBySchedule({ schedule: short, startMs, count }, (value, dueAtMs) => {
    sends.push([value, dueAtMs]);
    assert.ok(nowMs() >= dueAtMs, `message ${value} was sent before it was due`);
  });
  assert.equal(
    sends,
    Array.from({ length: count }, (_, value) => [value, startMs + dueMs(short, value)]),
  );
});

test('a scheduled sender whose send fails says so', async () => {
  const sends = sendBySchedule({ schedule: short, startMs: nowMs(), count: 8 }, () => {
    throw new Error('the pool is gone');
  });
  assert.is(await sends.catch((error: Error) => error.message), 'the pool is gone');
});

test.run();
