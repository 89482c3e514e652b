/** Tests of the signal lane. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AssertionError } from '../lib/assert.ts';
import { SignalLane } from './signal-lane.ts';

test('signals come in the order sent, and more than the named bound is a defect', () => {
  const lane = new SignalLane<string>(2);
  lane.push('a');
  lane.push('b');
  assert.throws(
    () => lane.push('c'),
    (error: unknown) => error instanceof AssertionError,
  );
  assert.equal([lane.shift(), lane.shift(), lane.shift()], ['a', 'b', undefined]);
});

test.run();
