/** Tests of where actors go. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IDLE, type HostLoad } from '@millrace/core/remote';
import { isMillraceError } from '@millrace/core';
import { Placer } from './placement.ts';

/** A placer on host 0 of three workers; random numbers are drawn in turn. */
function placerOf(
  alive: readonly number[],
  drawn: readonly number[],
  loads: Record<number, HostLoad> = {},
  now: () => number = () => 0,
): Placer {
  let next = 0;
  return new Placer({
    self: 0,
    alive: new Int32Array(alive),
    random: () => drawn[next++ % drawn.length] as number,
    loadOf: (host) => loads[host] ?? IDLE,
    now,
    hostOf: () => 2,
  });
}

test('of two workers drawn the less busy one gets the actor', () => {
  const loads = { 1: { busyShare: 0.9, active: 1 }, 3: { busyShare: 0.2, active: 1 } };
  assert.is(placerOf([1, 1, 1, 1], [0, 0.9], loads).place('auto'), 3);
  assert.is(placerOf([1, 1, 1, 1], [0.9, 0], loads).place('auto'), 3);
});

test('of two equally busy workers the one with fewer actors in line gets the actor, if the difference is clear', () => {
  const loads = { 1: { busyShare: 1, active: 100 }, 3: { busyShare: 0.9, active: 20 } };
  assert.is(placerOf([1, 1, 1, 1], [0, 0.9], loads).place('auto'), 3);
});

test('a measure sends a few actors to the less busy worker and then every other one, until there is a new one', () => {
  const loads = { 1: { busyShare: 0.9, active: 1 }, 2: { busyShare: 0, active: 0 } };
  let nowMs = 0;
  const placer = placerOf([1, 1, 1], [0, 0, 0.9, 0], loads, () => nowMs);
  const placed = (count: number): number[] => {
    const counts = [0, 0, 0];
    for (let i = 0; i < count; i += 1) {
      const host = placer.place('auto');
      counts[host] = (counts[host] as number) + 1;
    }
    return counts;
  };
  assert.equal(placed(16), [0, 0, 16]);
  assert.equal(placed(200), [0, 100, 100]);
  nowMs = 50;
  assert.equal(placed(16), [0, 0, 16]);
});

test('workers that measure alike get actors in equal numbers', () => {
  const placer = placerOf([1, 1, 1, 1], [0, 0.9]);
  const placed = Array.from({ length: 6 }, () => placer.place('auto'));
  assert.equal(placed, [1, 3, 1, 3, 1, 3]);
});

test('an actor goes where its placement says', () => {
  const placer = placerOf([1, 1, 1, 1], [0]);
  assert.is(placer.place(undefined), 0);
  assert.is(placer.place('here'), 0);
  assert.is(placer.place('main'), 0);
  assert.is(placer.place(2), 2);
  for (const wrong of [4, -1, 1.5, 'there', { beside: {} }, {}]) {
    assert.throws(
      () => placer.place(wrong),
      (error: unknown) => isMillraceError(error, 'ERR_OPTION_INVALID'),
    );
  }
});

test('nothing is placed on a worker that is dead while another one lives', () => {
  const placer = placerOf([1, 0, 0, 1], [0]);
  assert.is(placer.place('auto'), 3);
  assert.is(placer.place(1), 3);
  assert.is(placer.placeAgain(2), 3);
  assert.is(placer.placeAgain('auto'), 3);
  assert.is(placer.placeAgain(undefined), 3);
  assert.is(placerOf([1, 0, 0, 0], [0]).place(2), 2, 'it finds the actor when it is back');
});

test('a system without workers places everything on its only thread', () => {
  assert.is(placerOf([1], [0]).place('auto'), 0);
});

test('an actor never goes to a worker that was given up, and is refused when all were', () => {
  // Worker 1 is given up, worker 2 will be back, worker 3 is given up.
  const waiting = placerOf([1, 2, 0, 2], [0, 0.9]);
  for (const placement of ['auto', 1, 2, 3]) {
    assert.is(waiting.place(placement), 2, String(placement));
    assert.is(waiting.placeAgain(placement), 2, String(placement));
  }
  assert.is(placerOf([1, 2, 0, 1], [0, 0.9]).place(1), 3);
  const none = placerOf([1, 2, 2, 2], [0, 0.9]);
  for (const placement of ['auto', 1, 3]) {
    for (const place of [() => none.place(placement), () => none.placeAgain(placement)])
      assert.throws(place, (error: unknown) => isMillraceError(error, 'ERR_HOST_LOST'));
  }
  assert.is(none.place('main'), 0);
});

test.run();
