/** Reading the time: what a time stamp on every message would cost. */
import { performance } from 'node:perf_hooks';
import { nowMs } from '@millrace/testkit/bench';
import type { Primitive } from './primitive.ts';

const OPERATIONS = 1_000;

function sum(read: () => number): number {
  let total = 0;
  for (let i = 0; i < OPERATIONS; i += 1) total += read();
  return total;
}

export const primitive: Primitive = {
  name: 'read the clock',
  operations: OPERATIONS,
  ways: {
    'performance.now': () => sum(() => performance.now()),
    'shared by threads': () => sum(nowMs),
    'Date.now': () => sum(Date.now),
    'process.hrtime.bigint': () => {
      let last = 0n;
      for (let i = 0; i < OPERATIONS; i += 1) last = process.hrtime.bigint();
      return last;
    },
  },
};
