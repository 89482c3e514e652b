/** The load that every system is given is the same in every process, and its account is exact. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedTallies, keyedLoad } from '../load/keyed-load.ts';

test('two processes make the same load, and each producer its own', () => {
  const options = { keys: 100, theta: 0.99, producers: 2, draws: 1_024 };
  const [a, b] = [keyedLoad(options), keyedLoad(options)];
  assert.equal(a.streams, b.streams);
  assert.not.equal(a.streams[0], a.streams[1]);
});

test('the expectation counts every message once, also when a stream repeats', () => {
  const load = keyedLoad({ keys: 10, theta: 0.8, producers: 3, draws: 64 });
  const { counts, sums } = expectedTallies(load, 150);
  assert.is(
    counts.reduce((sum, count) => sum + count, 0),
    450,
  );
  assert.is(
    sums.reduce((sum, value) => sum + value, 0),
    3 * ((149 * 150) / 2),
  );
});

test.run();
