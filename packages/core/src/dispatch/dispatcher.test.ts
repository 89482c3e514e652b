/** Tests of the ready queue: turns, passes, and the end of a pass. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { DISPATCH_DEFAULTS, Dispatcher, type Runnable } from './dispatcher.ts';

function runnable(run: () => boolean): Runnable {
  return { runTurn: run };
}

test('who is ready runs in the order in which they became ready, and who has more comes again at the end', async () => {
  const time = new VirtualTime();
  const dispatcher = new Dispatcher(time, time);
  const order: string[] = [];
  let left = 2;
  dispatcher.schedule(
    runnable(() => {
      order.push('a');
      left -= 1;
      return left > 0;
    }),
  );
  dispatcher.schedule(runnable(() => order.push('b') < 0));
  assert.is(dispatcher.ready, 2);
  assert.is(time.deferred, 1, 'one pass for all');
  await time.settle();
  assert.equal(order, ['a', 'b', 'a']);
  assert.is(dispatcher.ready, 0);
});

test('what waits for the end of a pass runs after it, also when nothing was ready', async () => {
  const time = new VirtualTime();
  const dispatcher = new Dispatcher(time, time);
  const order: string[] = [];
  dispatcher.atEndOfPass(() => order.push('end'));
  dispatcher.wake();
  dispatcher.wake();
  await time.settle();
  assert.equal(order, ['end']);
  dispatcher.schedule(runnable(() => order.push('turn') < 0));
  await time.settle();
  assert.equal(order, ['end', 'turn', 'end']);
});

test('what becomes ready in a pass runs in it, unless its time is over', async () => {
  const time = new VirtualTime();
  const dispatcher = new Dispatcher(time, time, { ...DISPATCH_DEFAULTS, turnMs: 1, passMs: 4 });
  let turns = 0;
  const endless = runnable(() => {
    turns += 1;
    time.stall(2);
    return turns < 10;
  });
  dispatcher.schedule(endless);
  await time.pass();
  assert.is(turns, 2, 'two turns of 2 ms fill a pass of 4 ms');
  assert.is(time.deferred, 1, 'the event loop has its turn before the next');
  await time.settle();
  assert.is(turns, 10);
});

test('a runnable that throws does not stop the others', async () => {
  const time = new VirtualTime();
  const dispatcher = new Dispatcher(time, time);
  let ran = false;
  dispatcher.schedule(
    runnable(() => {
      throw new Error('a defect');
    }),
  );
  dispatcher.schedule(
    runnable(() => {
      ran = true;
      return false;
    }),
  );
  let thrown: unknown;
  try {
    await time.pass();
  } catch (error) {
    thrown = error;
  }
  assert.is((thrown as Error).message, 'a defect');
  await time.settle();
  assert.ok(ran);
});

test.run();
