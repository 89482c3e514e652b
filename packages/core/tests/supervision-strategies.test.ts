/** Tests of who is restarted: by the strategy of the supervisor, by the restart type of the child, and when restarts meet. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { type BusyRef, busyActor } from './support/actors.ts';
import { type ChildRef, childNamed, childOf, family, supervisorOf } from './support/families.ts';
import { Gate, worldTest } from './support/world.ts';

worldTest('one-for-one restarts the child that failed and no other', async (w) => {
  const { life, b } = await family(w, { strategy: 'one-for-one' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, ['b stopping restart', 'b init', 'b restarted oops']);
});

worldTest('one-for-all restarts all: down in reverse order, up in order', async (w) => {
  const { life, b } = await family(w, { strategy: 'one-for-all' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, [
    'c stopping restart',
    'b stopping restart',
    'a stopping restart',
    'a init',
    'a restarted -',
    'b init',
    'b restarted oops',
    'c init',
    'c restarted -',
  ]);
});

worldTest('rest-for-one restarts the child that failed and those started after it', async (w) => {
  const { life, b } = await family(w, { strategy: 'rest-for-one' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, [
    'c stopping restart',
    'b stopping restart',
    'b init',
    'b restarted oops',
    'c init',
    'c restarted -',
  ]);
});

worldTest('a failure within a bigger restart is part of it', async (w) => {
  const gate = new Gate();
  const life: string[] = [];
  const held = defineActor({
    name: 'd',
    init: () => void life.push('d init'),
    hooks: { stopping: async () => gate.opened },
    handlers: {},
  });
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'rest-for-one',
      intensity: 5,
      children: [
        ...['a', 'b'].map((name) => ({ name, actor: childOf(life, name) as never })),
        { name: 'd', actor: held as never },
      ],
    }),
  );
  const a = childNamed<ChildRef>(w, parent, 'a');
  const b = childNamed<ChildRef>(w, parent, 'b');
  life.length = 0;
  await a.tell('fail', 'first');
  await w.settle();
  await b.tell('fail', 'second');
  await w.settle();
  assert.equal(life, [], 'd is still on its way down');
  gate.open();
  await w.settle();
  assert.equal(life, [
    'b stopping restart',
    'a stopping restart',
    'a init',
    'a restarted first',
    'b init',
    'b restarted second',
    'd init',
  ]);
});

for (const [restart, ended, again] of [
  ['permanent', 'fail', true],
  ['permanent', 'stop', true],
  ['transient', 'fail', true],
  ['transient', 'stop', false],
  ['temporary', 'fail', false],
  ['temporary', 'stop', false],
] as const) {
  worldTest(
    `a ${restart} child that ends by ${ended} is ${again ? 'started again' : 'forgotten'}`,
    async (w) => {
      const { life, parent, b } = await family(w, {}, { b: { restart } });
      const before = b();
      life.length = 0;
      await before.tell(ended);
      await w.settle();
      assert.is(life.includes('b init'), again);
      const now = await w.value(parent.ask('child', 'b'));
      assert.is(now !== undefined, again);
      if (again) assert.is(now === before, ended === 'fail', 'a restart keeps the actor, a stop ends it');
    },
  );
}

worldTest('a temporary sibling is stopped for good by a restart of its group', async (w) => {
  const { life, parent, c } = await family(w, { strategy: 'one-for-all' }, { b: { restart: 'temporary' } });
  life.length = 0;
  await c().tell('fail', 'oops');
  await w.settle();
  assert.ok(life.includes('b stopping shutdown'));
  assert.not.ok(life.includes('b init'));
  assert.is(await w.value(parent.ask('child', 'b')), undefined);
});

worldTest('a sibling that is restarted later does not hear of a failure that was resumed', async (w) => {
  const { life, a, b } = await family(w, {
    strategy: 'one-for-all',
    onFailure: (error) => ((error as Error).message === 'minor' ? 'resume' : 'restart'),
  });
  await a().tell('fail', 'minor');
  await b().tell('fail', 'major');
  await w.settle();
  assert.ok(life.includes('a restarted -'));
});

worldTest('a sibling that is restarted later does not hear of a failure it recovered from', async (w) => {
  const { life, a, b } = await family(w, { strategy: 'one-for-all', intensity: 2 });
  await a().tell('fail', 'first');
  await w.settle();
  assert.ok(life.includes('a restarted first'));
  life.length = 0;
  await b().tell('fail', 'second');
  await w.settle();
  assert.ok(life.includes('a restarted -'));
});

worldTest('a child that is stopped for good in the middle of a restart does not hold it up', async (w) => {
  const life: string[] = [];
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'one-for-all',
      children: [
        { name: 'a', actor: childOf(life, 'a') as never },
        { name: 'busy', actor: busyActor() as never },
      ],
    }),
  );
  const busy = childNamed<BusyRef>(w, parent, 'busy');
  const a = childNamed<ChildRef>(w, parent, 'a');
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await a.tell('fail');
  await w.settle();
  const stopped = w.track(w.system.stopActor(busy));
  gate.open();
  await w.settle();
  assert.is(stopped.state, 'resolved');
  assert.equal(life.slice(2), ['a stopping restart', 'a init', 'a restarted boom']);
});

test.run();
