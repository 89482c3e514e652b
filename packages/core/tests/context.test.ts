/** Tests of the context that code of an actor gets: for how long it may act, its signal, its time and its log. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorContext, defineActor } from '../src/index.ts';
import { Plain } from './support/actors.ts';
import { throws, worldTest } from './support/world.ts';

worldTest('a context of an incarnation that is over refuses to act', async (w) => {
  let kept: ActorContext | undefined;
  const Keeper = defineActor({
    name: 'keeper',
    init: () => ({}),
    handlers: {
      keep: (_state, _payload, ctx) => {
        kept = ctx;
      },
      fail: () => {
        throw new Error('over');
      },
    },
  });
  const keeper = await w.spawn(Keeper);
  await keeper.tell('keep');
  await keeper.tell('fail');
  await w.settle();
  const ctx = kept as ActorContext;
  for (const act of [
    () => ctx.spawn(Plain),
    () => ctx.stop(),
    () => ctx.watch(keeper),
    () => ctx.unwatch(keeper),
    () => ctx.timers,
    () => ctx.stash(),
    () => ctx.unstash(),
  ]) {
    assert.is(throws(act, 'ERR_CONTEXT_OVER').details['incarnation'], 1);
  }
  assert.is(ctx.signal.aborted, true);
});

worldTest('the signal aborts on restart and on stop, before the code has ended', async (w) => {
  const signals: AbortSignal[] = [];
  const Long = defineActor({
    name: 'long',
    concurrency: 2,
    init: () => ({}),
    handlers: {
      work: async (_state, _payload, ctx) => {
        signals.push(ctx.signal);
        await new Promise<void>((resolve) => {
          ctx.signal.addEventListener('abort', () => resolve());
        });
      },
      fail: () => {
        throw new Error('restart me');
      },
    },
  });
  const long = await w.spawn(Long);
  await long.tell('work');
  await long.tell('fail');
  await w.settle();
  assert.is(signals[0]?.aborted, true);
  assert.is(w.cell(long).incarnation, 2);
  await long.tell('work');
  await w.settle();
  assert.is(signals[1]?.aborted, false);
  assert.is(await w.value(w.system.stopActor(long)), 'stopped');
  assert.is(signals[1]?.aborted, true);
});

worldTest('a context knows the time of the system and its log', async (w) => {
  const Talker = defineActor({
    name: 'talker',
    init: () => ({}),
    handlers: {
      talk: (_state, _payload, ctx) => {
        ctx.log('info', 'hello', { answer: 42 });
        return ctx.now();
      },
    },
  });
  const talker = await w.spawn(Talker);
  await w.advance(500);
  assert.is(await w.value(talker.ask('talk')), w.time.now());
  assert.equal(w.logs.at(-1), {
    level: 'info',
    message: 'hello',
    details: { actor: String(talker), answer: 42 },
  });
});

test.run();
