/** Tests of the ring deque against a plain array. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RingDeque } from './ring-deque.ts';

test('a ring deque agrees with an array through any mix of operations', () => {
  let seed = 12_345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const ring = new RingDeque<number>();
  const model: number[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    const operation = random(6);
    if (operation <= 1) {
      ring.push(step);
      model.push(step);
    } else if (operation === 2) {
      ring.unshift(step);
      model.unshift(step);
    } else if (operation === 3 && model.length > 0) {
      const victim = model[random(model.length)] as number;
      assert.ok(ring.remove(victim));
      model.splice(model.indexOf(victim), 1);
    } else {
      assert.is(ring.shift(), model.shift());
    }
    assert.is(ring.size, model.length);
    assert.is(ring.peek(), model[0]);
    if (step % 97 === 0) assert.equal([...ring], model);
  }
});

test('an empty ring deque has nothing to give', () => {
  const ring = new RingDeque<string>();
  assert.is(ring.shift(), undefined);
  assert.is(ring.peek(), undefined);
  assert.not.ok(ring.remove('x'));
});

test.run();
