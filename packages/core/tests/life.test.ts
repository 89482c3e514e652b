/** Tests of an actor's life from its init to its stop: the order of its hooks, and what runs beside none of them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { Plain } from './support/actors.ts';
import { Gate, worldTest } from './support/world.ts';

worldTest(
  'init, started, handlers, stopping come in this order, and restarted instead of started',
  async (w) => {
    const life: string[] = [];
    const Whole = defineActor({
      name: 'whole',
      init: async (_args: undefined, ctx) => {
        await Promise.resolve();
        life.push(`init ${ctx.incarnation}`);
        return {};
      },
      hooks: {
        started: async () => {
          await Promise.resolve();
          life.push('started');
        },
        restarted: (_state, ctx, error) =>
          void life.push(`restarted ${ctx.incarnation} ${(error as Error).message}`),
        stopping: (_state, _ctx, reason) => void life.push(`stopping ${reason}`),
      },
      handlers: {
        work: () => void life.push('work'),
        fail: () => {
          throw new Error('bad');
        },
      },
    });
    const spawned = w.system.spawn(Whole);
    await w.settle();
    const whole = await spawned;
    await whole.tell('work');
    await whole.tell('fail');
    await w.settle();
    await w.value(w.system.stopActor(whole));
    assert.equal(life, [
      'init 1',
      'started',
      'work',
      'stopping restart',
      'init 2',
      'restarted 2 bad',
      'stopping stopped',
    ]);
  },
);

worldTest('no handler runs before the started hook has ended, nor beside the stopping hook', async (w) => {
  const gate = new Gate();
  const life: string[] = [];
  const Slow = defineActor({
    name: 'slow',
    init: () => ({}),
    hooks: {
      started: async (_state, ctx) => {
        void ctx.self.tell('work' as never, undefined as never);
        await gate.opened;
        life.push('started');
      },
      stopping: async () => {
        life.push('stopping');
        await Promise.resolve();
        life.push('stopped');
      },
    },
    handlers: { work: () => void life.push('work') },
  });
  const spawning = w.system.spawn(Slow);
  await w.settle();
  assert.equal(life, []);
  gate.open();
  await w.settle();
  const slow = await spawning;
  const stopped = w.system.stopActor(slow);
  void slow.tell('work');
  await w.value(stopped);
  assert.equal(life, ['started', 'work', 'stopping', 'stopped']);
});

worldTest(
  'what init opened is for the stopping hook to close, also when the stop came during init',
  async (w) => {
    const gate = new Gate();
    const closed: string[] = [];
    const Opener = defineActor({
      name: 'opener',
      init: async () => {
        await gate.opened;
        return 'connection';
      },
      hooks: { stopping: (state) => void closed.push(state) },
      handlers: {},
    });
    const Parent = defineActor({
      name: 'parent',
      init: (_args: undefined, ctx) => ({ child: ctx.spawn(Opener) }),
      handlers: { child: (state) => state.child },
    });
    const parent = await w.spawn(Parent);
    const child = await w.value(parent.ask('child'));
    const stopped = w.track(w.system.stopActor(child));
    await w.settle();
    assert.is(stopped.state, 'pending');
    gate.open();
    await w.settle();
    assert.equal(closed, ['connection']);
    assert.is(stopped.value, 'stopped');
  },
);

worldTest('a stopping hook that throws is reported, and the actor stops all the same', async (w) => {
  const failed = w.events('failed');
  const Bad = defineActor({
    name: 'bad',
    init: () => ({}),
    hooks: {
      stopping: () => {
        throw new Error('in stopping');
      },
    },
    handlers: {},
  });
  const bad = await w.spawn(Bad);
  assert.is(await w.value(w.system.stopActor(bad)), 'stopped');
  assert.equal(
    failed.map(({ during }) => during),
    ['hook'],
  );
});

worldTest('an actor that stops itself handles the message at hand and no other', async (w) => {
  const letters = w.events('deadLetter');
  const plain = await w.spawn(Plain);
  const stopped = w.track(w.system.terminated(plain));
  await plain.tell('stop');
  const asked = w.track(plain.ask('ping'));
  await w.settle();
  assert.is(stopped.value, 'stopped');
  assert.is((asked.error as { code: string }).code, 'ERR_ACTOR_STOPPED');
  assert.equal(
    letters.map(({ reason, handler }) => [reason, handler]),
    [['actor-stopped', 'ping']],
  );
  assert.is(w.system.ledger().deadLettered, 1);
});

test.run();
