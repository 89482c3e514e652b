/** Skewed keys are exactly the distribution that they claim to be. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { seededPermutation, seededRandom } from './seeded-random.ts';
import { skewCeiling, Zipf } from './zipf.ts';

const near = (found: number, expected: number, share: number): void =>
  assert.ok(Math.abs(found - expected) <= expected * share, `expected=${expected}, found=${found}`);

test('shares follow r^-theta and add up to one', () => {
  for (const theta of [0, 0.5, 0.8, 0.99, 1.2]) {
    const zipf = new Zipf(1_000, theta);
    let total = 0;
    for (let rank = 1; rank <= 1_000; rank += 1) total += zipf.share(rank);
    near(total, 1, 1e-9);
    near(zipf.share(1) / zipf.share(10), 10 ** theta, 1e-9);
  }
});

test('the hottest of ten thousand keys has the share that mathematics says', () => {
  assert.is(new Zipf(10_000, 0).hottestShare, 1 / 10_000);
  near(new Zipf(10_000, 0.99).hottestShare, 0.0978, 2e-3);
  near(new Zipf(10_000, 1.2).hottestShare, 0.2084, 2e-3);
});

test('a point is mapped to the rank whose slice holds it, at both ends too', () => {
  const zipf = new Zipf(4, 1);
  // Shares are 12/25, 6/25, 4/25, 3/25.
  const cases: [number, number][] = [
    [0, 1],
    [0.479, 1],
    [0.481, 2],
    [0.719, 2],
    [0.721, 3],
    [0.879, 3],
    [0.881, 4],
    [1 - Number.EPSILON, 4],
  ];
  for (const [point, rank] of cases) assert.is(zipf.rankAt(point), rank, `point ${point}`);
  // A slice holds its lower end.
  assert.is(new Zipf(2, 0).rankAt(0.5), 2);
});

test('draws match the shares of head and tail within five standard deviations', () => {
  const zipf = new Zipf(100, 0.99);
  const random = seededRandom(7);
  const draws = 400_000;
  const counts = new Array<number>(101).fill(0);
  for (let i = 0; i < draws; i += 1) {
    const rank = zipf.rankAt(random());
    counts[rank] = (counts[rank] as number) + 1;
  }
  for (let rank = 1; rank <= 100; rank += 1) {
    const share = zipf.share(rank);
    const deviation = Math.sqrt(draws * share * (1 - share));
    const off = Math.abs((counts[rank] as number) - draws * share);
    assert.ok(off < 5 * deviation, `rank ${rank} is off by ${off / deviation} deviations, seed 7`);
  }
});

test('the ceiling is one until the hottest key fills a core', () => {
  assert.is(skewCeiling(0.1, 8), 1);
  assert.is(skewCeiling(0.25, 4), 1);
  near(skewCeiling(0.25, 16), 0.25, 1e-12);
});

test('a permutation holds every key once and its seed decides the order', () => {
  const order = seededPermutation(500, 3);
  assert.equal(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 500 }, (_, i) => i),
  );
  assert.equal(seededPermutation(500, 3), order);
  assert.not.equal(seededPermutation(500, 4), order);
});

test.run();
