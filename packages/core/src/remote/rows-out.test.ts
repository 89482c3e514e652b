import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NodeLink } from './node-options.ts';
import { RowsOut } from './rows-out.ts';

/** More than a link may hold back before sends wait. */
const MANY_ROWS = 100_000;

/** Two links of host 0, with as many rows in each as a test says, and a waiter for each that notes when it resumes. */
function twoLinks() {
  const pending = [0, 0, 0];
  const out = new RowsOut(
    0,
    3,
    (host): NodeLink => ({
      get pending() {
        return pending[host] as number;
      },
      append: () => true,
      push: () => true,
    }),
  );
  const resumed: number[] = [];
  const waiter = (host: number) => ({ host, resume: () => resumed.push(host) });
  const waiters = [waiter(0), waiter(1), waiter(2)] as const;
  return { out, pending, resumed, waiters };
}

test('a send waits for a link that holds back too much, and for no other', () => {
  const { out, pending, waiters } = twoLinks();
  pending[1] = MANY_ROWS;
  pending[2] = 1;
  out.heldBack();
  assert.ok(out.congested(waiters[1]));
  assert.not(out.congested(waiters[2]));
});

test('who waits goes on when the link has drained that far, each once', () => {
  const { out, pending, resumed, waiters } = twoLinks();
  pending[1] = MANY_ROWS;
  pending[2] = MANY_ROWS;
  out.heldBack();
  for (const waiter of [waiters[1], waiters[2]]) assert.ok(out.congested(waiter));
  out.afterFlush();
  assert.equal(resumed, []);
  pending[1] = 1;
  out.afterFlush();
  assert.equal(resumed, [1]);
  assert.ok(out.congested(waiters[2]));
  pending.fill(0);
  out.afterFlush();
  out.afterFlush();
  assert.equal(resumed, [1, 2]);
});

test('a link that has begun to hold rows back is watched until it holds none', () => {
  const { out, pending, waiters } = twoLinks();
  pending[1] = 1;
  out.heldBack();
  assert.not(out.congested(waiters[1]));
  out.afterFlush();
  // No further word is needed: it was still full when it was looked at.
  pending[1] = MANY_ROWS;
  assert.ok(out.congested(waiters[1]));
});

test.run();
