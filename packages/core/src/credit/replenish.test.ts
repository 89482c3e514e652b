/** Tests of the deal between waiting hosts and of windows: pure numbers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { firstWindow, nextWindow, Round } from './replenish.ts';

const HOSTS = 5;

/** Deals `free` credits in one go and returns what each host got. */
function deal(round: Round, free: number, needs: number[], weights: number[]): number[] {
  const dealt = new Int32Array(HOSTS);
  const left = Int32Array.from({ length: HOSTS }, (_, host) => needs[host] ?? 0);
  const sum = round.deal(
    free,
    left,
    Int32Array.from({ length: HOSTS }, (_, host) => weights[host] ?? 1),
    dealt,
  );
  const shares = [...dealt];
  assert.is(
    sum,
    shares.reduce((a, b) => a + b, 0),
  );
  for (const [host, share] of shares.entries()) assert.is((left[host] ?? 0) + share, needs[host] ?? 0);
  return shares;
}

test('each sender gets the same, however the senders are spread over hosts', () => {
  const round = new Round();
  round.enter(1);
  round.enter(2);
  assert.equal(deal(round, 8, [0, 100, 100], [0, 3, 1]), [0, 6, 2, 0, 0]);
});

test('a deal that ends in the middle of a turn goes on there', () => {
  const round = new Round();
  for (const host of [1, 2, 3]) round.enter(host);
  const needs = [0, 100, 100, 100];
  const weights = [0, 4, 2, 1];
  const sums = [0, 0, 0, 0, 0];
  for (let i = 0; i < 70; i += 1) {
    for (const [host, share] of deal(round, 1, needs, weights).entries())
      sums[host] = (sums[host] ?? 0) + share;
  }
  assert.equal(sums, [0, 40, 20, 10, 0]);
});

test('nobody gets more than it needs, and the rest goes on', () => {
  const round = new Round();
  for (const host of [1, 2, 3]) round.enter(host);
  assert.equal(deal(round, 10, [0, 1, 0, 100], [0, 5, 5, 5]), [0, 1, 0, 9, 0]);
  assert.equal(deal(round, 10, [0, 0, 0, 4], [0, 5, 5, 5]), [0, 0, 0, 4, 0]);
  assert.equal(deal(round, 10, [], []), [0, 0, 0, 0, 0]);
});

test('a host that leaves in its turn leaves its claim behind', () => {
  const round = new Round();
  round.enter(1);
  round.enter(2);
  assert.equal(deal(round, 1, [0, 9, 9], [0, 4, 4]), [0, 1, 0, 0, 0]);
  assert.is(round.rest, 3);
  round.leave(1);
  round.enter(1);
  assert.is(round.rest, 0);
  assert.equal(deal(round, 6, [0, 9, 9], [0, 4, 4]), [0, 2, 4, 0, 0]);
});

test('between two turns of a host the others get at most one turn each', () => {
  let seed = 3;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const round = new Round();
  const weights = [3, 1, 4, 2, 5];
  const others = new Int32Array(HOSTS);
  for (let host = 0; host < HOSTS; host += 1) round.enter(host);
  for (let step = 0; step < 20_000; step += 1) {
    const shares = deal(round, random(7), [1_000, 1_000, 1_000, 1_000, 1_000], weights);
    for (let host = 0; host < HOSTS; host += 1) {
      if ((shares[host] ?? 0) > 0) others[host] = 0;
      else others[host] = (others[host] ?? 0) + shares.reduce((a, b) => a + b, 0);
      assert.ok((others[host] ?? 0) <= 15 - (weights[host] ?? 0), `host ${host} was passed over`);
    }
  }
});

test('a window settles within a factor of two of what a sender uses between looks', () => {
  for (const need of [1, 3, 10, 100, 1_000]) {
    for (let start of [1, 4_096]) {
      for (let look = 0; look < 20; look += 1)
        start = nextWindow(start, Math.min(need, start), start < need, 4_096);
      assert.ok(start >= need && start <= need * 4, `need ${need}, window ${start}`);
    }
  }
  assert.is(nextWindow(0, 0, true, 16), 1);
  assert.is(nextWindow(16, 16, true, 16), 16);
  assert.is(firstWindow(1, 3), 1);
  assert.is(firstWindow(256, 2), 64);
});

test.run();
