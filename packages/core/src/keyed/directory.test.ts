/** Tests of where keys live: the choice of a host, and the homes that keep the directory; no actor runs. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Directory, homeOf } from './directory.ts';
import { type ChooserOptions, IDLE } from './placer.ts';
import { seededRandom } from '../../tests/support/seeded.ts';

/** Numbers from one. */
function numbers(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

function choosing(random: () => number): ChooserOptions {
  return { random, now: () => 0, loadOf: () => IDLE };
}

test('of two hosts drawn the one with fewer instances gets the next', () => {
  const drawn = [0.1, 0.9, 0.1, 0.9, 0.1, 0.1];
  const directory = new Directory(
    3,
    numbers(),
    choosing(() => drawn.shift() ?? 0),
  );
  assert.is(directory.place('a', [1, 2]).host, 1);
  assert.is(directory.place('b', [1, 2]).host, 2, 'the other has none');
  const { instance } = directory.place('c', [1, 2]);
  directory.release('c', instance + 1);
  assert.is(directory.size, 3, 'the release of another instance is nobody’s');
  directory.release('c', instance);
  assert.is(directory.find('c'), undefined);
});

test('two choices keep hosts within a few instances of each other', () => {
  const random = seededRandom(7);
  const workers = [1, 2, 3, 4, 5, 6, 7, 8];
  const directory = new Directory(9, numbers(), choosing(random));
  const count = Array.from({ length: 9 }, () => 0);
  for (let i = 0; i < 10_000; i += 1) {
    const { host } = directory.place(`k${i}`, workers);
    count[host] = (count[host] ?? 0) + 1;
  }
  assert.is(count[0], 0, 'the main thread gets none');
  assert.ok(Math.max(...count.slice(1)) - Math.min(...count.slice(1)) <= 20, String(count));
});

test('homes of keys are workers, and all of them', () => {
  const homes = new Set<number>();
  for (let i = 0; i < 1_000; i += 1) homes.add(homeOf(`account/${i}`, 5, [1, 2, 3, 4]));
  assert.equal(homes, new Set([1, 2, 3, 4].filter((host) => homes.has(host))));
  assert.is(homes.size, 4);
  assert.is(homeOf('account/alice', 1, []), 0);
  for (let i = 0; i < 1_000; i += 1) {
    const all = homeOf(`account/${i}`, 5, [1, 2, 3, 4]);
    const home = homeOf(`account/${i}`, 5, [1, 3, 4]);
    assert.ok(home === all ? all !== 2 : all === 2 && home !== 2, 'only keys of the dead change their home');
  }
});

test.run();
