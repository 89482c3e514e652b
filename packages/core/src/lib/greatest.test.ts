/** Tests of the greatest of many: which are kept, in which order, and how many are said to be left out. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../tests/support/seeded.ts';
import { Greatest } from './greatest.ts';

test('the greatest are kept in order, whatever the order they come in', () => {
  const random = seededRandom(5);
  for (const max of [1, 2, 7, 100]) {
    for (const count of [0, 1, max - 1, max, max + 1, 2 * max, 2 * max + 1, 5 * max + 3]) {
      const items = Array.from({ length: count }, (_, n) => ({ n, size: Math.floor(random() * 20) }));
      const greatest = new Greatest<(typeof items)[number]>(max, (a, b) => a.size - b.size);
      for (const item of items) greatest.offer(item);
      const sorted = items.toSorted((a, b) => b.size - a.size || a.n - b.n);
      assert.equal(greatest.kept, sorted.slice(0, max), `${count} offered, room for ${max}`);
      assert.is(greatest.leftOut, Math.max(0, count - max));
    }
  }
});

test('one looks before the end and goes on', () => {
  const greatest = new Greatest<number>(2, (a, b) => a - b);
  for (const n of [3, 1, 2]) greatest.offer(n);
  assert.equal(greatest.kept, [3, 2]);
  for (const n of [2, 5]) greatest.offer(n);
  assert.equal(greatest.kept, [5, 3]);
  assert.is(greatest.leftOut, 3);
});

test.run();
