/** Tests of what the phases of a stop say about themselves. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { busyActor } from '../../tests/support/actors.ts';
import { Gate, worldTest } from '../../tests/support/world.ts';

worldTest('a phase that misses its deadline is warned about', async (w) => {
  const busy = await w.spawn(busyActor());
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await w.settle();
  const stopping = w.track(w.system.stop({ drainMs: 50 }));
  await w.advance(60);
  assert.is(w.logs.filter(({ message }) => message.includes("'drain' missed")).length, 1);
  gate.open();
  await w.settle();
  assert.is(stopping.state, 'resolved');
});

worldTest('a phase that was given no time is left out without a warning', async (w) => {
  const busy = await w.spawn(busyActor());
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await w.settle();
  const stopping = w.track(w.system.stop({ drainMs: 0 }));
  await w.advance(1);
  assert.equal(w.logs, []);
  gate.open();
  await w.settle();
  assert.is(stopping.state, 'resolved');
});

test.run();
