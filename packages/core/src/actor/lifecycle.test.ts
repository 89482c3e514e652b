/** Tests of the table of phases. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AssertionError } from '../lib/assert.ts';
import { type Phase, advance } from './lifecycle.ts';

const PHASES: readonly Phase[] = [
  'starting',
  'running',
  'suspended',
  'halting',
  'halted',
  'stopping',
  'stopped',
];

test('life moves along the table only, and a stopped actor is stopped for ever', () => {
  const reachable = PHASES.map((from) =>
    PHASES.filter((to) => {
      try {
        return advance(from, to) === to;
      } catch (error) {
        assert.ok(error instanceof AssertionError);
        return false;
      }
    }),
  );
  assert.equal(reachable, [
    ['running', 'suspended', 'halting', 'stopping'],
    ['suspended', 'halting', 'stopping'],
    ['running', 'halting', 'stopping'],
    ['halted', 'stopping'],
    ['starting', 'stopping'],
    ['stopped'],
    [],
  ]);
});

test.run();
