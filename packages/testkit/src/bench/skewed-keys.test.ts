/** A stream of keys repeats for its seed, is skewed as asked, and shares its hot keys with its siblings. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import { keysByHeat, skewedKeys } from './skewed-keys.ts';
import { Zipf } from './zipf.ts';

const OPTIONS = { keys: 100, theta: 0.99, seed: 5, draws: 2 ** 16 };

function counted(stream: Int32Array): number[] {
  const counts = new Array<number>(OPTIONS.keys).fill(0);
  for (const key of stream) counts[key] = (counts[key] as number) + 1;
  return counts;
}

test('the same seed draws the same keys, another seed or stream draws others', () => {
  assert.equal(skewedKeys(OPTIONS), skewedKeys(OPTIONS));
  assert.not.equal(skewedKeys({ ...OPTIONS, seed: 6 }), skewedKeys(OPTIONS));
  assert.not.equal(skewedKeys({ ...OPTIONS, stream: 1 }), skewedKeys(OPTIONS));
});

test('every stream of a seed has the same hot keys, each with its share', () => {
  const hottest = keysByHeat(OPTIONS.keys, OPTIONS.seed);
  const zipf = new Zipf(OPTIONS.keys, OPTIONS.theta);
  for (const stream of [0, 1, 2]) {
    const counts = counted(skewedKeys({ ...OPTIONS, stream }));
    for (const [i, key] of hottest.entries()) {
      const share = zipf.share(i + 1);
      const deviation = Math.sqrt(OPTIONS.draws * share * (1 - share));
      const off = Math.abs((counts[key] as number) - OPTIONS.draws * share);
      assert.ok(off < 5 * deviation, `seed 5, stream ${stream}, rank ${i + 1}: off by ${off / deviation}`);
    }
  }
});

test('without skew all keys are alike, and one key has everything', () => {
  assert.ok(Math.min(...counted(skewedKeys({ ...OPTIONS, theta: 0 }))) > 500);
  assert.equal(new Set(skewedKeys({ keys: 1, theta: 1, draws: 8 })), new Set([0]));
});

test('a length that is no power of two is refused', () => {
  try {
    skewedKeys({ ...OPTIONS, draws: 1_000 });
    assert.unreachable();
  } catch (error) {
    assert.ok(isMillraceError(error, 'ERR_OPTION_INVALID'));
    assert.match(error.message, 'skewedKeys.draws, value=1000, allowed=a power of two');
  }
});

test.run();
