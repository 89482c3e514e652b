/** Tests of the limits that worker threads get. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resourceLimitsFor } from './thread-options.ts';

test('a limit on the heap comes with one on the young generation, unless that is given too', () => {
  assert.is(resourceLimitsFor(undefined), undefined);
  assert.equal(resourceLimitsFor({ maxOldGenerationSizeMb: 40 }), {
    maxYoungGenerationSizeMb: 48,
    maxOldGenerationSizeMb: 40,
  });
  assert.is(resourceLimitsFor({ maxYoungGenerationSizeMb: 8 })?.maxYoungGenerationSizeMb, 8);
});

test.run();
