/** The yardstick of the open loop: known values of the queue M/D/1. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { queueWaitP99 } from '../load/queueing.ts';

// By the exact distribution of Crommelin; a simulated quantile is within a few per cent of it.
for (const [utilisation, expected] of [
  [0.5, 3.34],
  [0.8, 10.36],
] as const) {
  test(`at ${utilisation} one customer in a hundred waits longer than ${expected} service times`, () => {
    const found = queueWaitP99(utilisation);
    assert.ok(Math.abs(found - expected) < expected * 0.05, `found=${found}`);
  });
}

test.run();
