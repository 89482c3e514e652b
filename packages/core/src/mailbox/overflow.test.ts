/** Tests of the overflow decisions, as a table. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decideOverflow } from './overflow.ts';

test('every policy has a verdict for who waits and for who does not', () => {
  const policies = ['park', 'drop-newest', 'drop-oldest', 'latest', 'fail'] as const;
  assert.equal(
    policies.map((policy) => [decideOverflow(policy, 'wait'), decideOverflow(policy, 'try')]),
    [
      ['park', 'refuse'],
      ['drop-newest', 'refuse'],
      ['evict-oldest', 'evict-oldest'],
      ['evict-same-key', 'evict-same-key'],
      ['refuse', 'refuse'],
    ],
  );
});

test.run();
