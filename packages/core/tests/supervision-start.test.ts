/** Tests of how supervised actors come up: declared children in order, spawns that fail, names, the depth of the tree. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { START, childOf, family, supervisorOf } from './support/families.ts';
import { Gate, rejectedWith, worldTest } from './support/world.ts';

worldTest('declared children start in order, one after the other, and stop in reverse', async (w) => {
  const { life, parent } = await family(w, {});
  assert.equal(life, ['top init', ...START]);
  life.length = 0;
  await w.value(w.system.stopActor(parent));
  assert.equal(life, [
    'c stopping shutdown',
    'b stopping shutdown',
    'a stopping shutdown',
    'top stopping stopped',
  ]);
});

worldTest('a declared child is not begun before the one before it has started', async (w) => {
  const gate = new Gate();
  const begun: string[] = [];
  const slow = defineActor({
    name: 'slow',
    init: async () => {
      begun.push('slow');
      await gate.opened;
      return {};
    },
    handlers: {},
  });
  const fast = defineActor({ name: 'fast', init: () => begun.push('fast'), handlers: {} });
  const spawned = w.track(
    w.system.spawn(
      supervisorOf({
        children: [
          { name: 'slow', actor: slow as never },
          { name: 'fast', actor: fast as never },
        ],
      }),
    ),
  );
  await w.settle();
  assert.equal(begun, ['slow']);
  assert.is(spawned.state, 'pending', 'a supervisor has started when its children have');
  gate.open();
  await w.settle();
  assert.equal(begun, ['slow', 'fast']);
  assert.is(spawned.state, 'resolved');
});

worldTest('a spawn whose actor is stopped before it has started is refused', async (w) => {
  const gate = new Gate();
  const Slow = defineActor({ name: 'slow', init: () => gate.opened, handlers: {} });
  const spawned = w.track(w.system.spawn(Slow, { name: 'slow' }));
  await w.settle();
  const slow = w.system.find('slow');
  assert.ok(slow);
  const stopped = w.track(w.system.stopActor(slow));
  await w.settle();
  assert.is(spawned.state, 'pending');
  gate.open();
  await w.settle();
  rejectedWith(spawned, 'ERR_ACTOR_STOPPED');
  assert.is(stopped.state, 'resolved');
});

worldTest('a top-level actor whose init fails rejects its spawn with the cause', async (w) => {
  const Broken = defineActor({
    name: 'broken',
    init: (): object => {
      throw new Error('no init');
    },
    handlers: {},
  });
  const error = await w.rejects(w.system.spawn(Broken, { name: 'broken' }), 'ERR_START_FAILED');
  assert.is((error.cause as Error).message, 'no init');
  assert.is(w.system.find('broken'), undefined);
  assert.is(w.system.actors, 0);
});

worldTest('a declared child that does not start makes its supervisor fail to start', async (w) => {
  const life: string[] = [];
  const Broken = defineActor({
    name: 'broken',
    init: (): object => {
      throw new Error('no init');
    },
    handlers: {},
  });
  const Parent = supervisorOf({
    children: [
      { name: 'a', actor: childOf(life, 'a') as never },
      { name: 'broken', actor: Broken as never },
      { name: 'b', actor: childOf(life, 'b') as never },
    ],
  });
  const error = await w.rejects(w.system.spawn(Parent), 'ERR_START_FAILED');
  assert.is(((error.cause as Error).cause as Error).message, 'no init');
  assert.equal(life, ['a init', 'a started', 'a stopping shutdown']);
  assert.is(w.system.actors, 0);
});

worldTest('names are unique among siblings and free again when their actor is gone', async (w) => {
  const Child = childOf([], 'child');
  const first = await w.spawn(Child, { name: 'same' });
  await w.rejects(w.system.spawn(Child, { name: 'same' }), 'ERR_NAME_TAKEN');
  await w.value(w.system.stopActor(first));
  await w.spawn(Child, { name: 'same' });
});

worldTest('the depth of the tree is bounded', async (w) => {
  let deepest = 0;
  let refusal: unknown;
  const Deeper = defineActor({
    name: 'd',
    init: (level: number, ctx): number => {
      deepest = Math.max(deepest, level);
      try {
        ctx.spawn(Deeper as never as typeof Level, { args: level + 1, name: 'd' });
      } catch (error) {
        refusal = error;
      }
      return level;
    },
    handlers: {},
  });
  await w.spawn(Deeper, { args: 1, name: 'd' });
  assert.is(deepest, 256);
  assert.is((refusal as { code: string }).code, 'ERR_TREE_DEPTH');
});

const Level = defineActor({ name: 'd', init: (level: number) => level, handlers: {} });

worldTest('spawned, failed, restarted and stopped are told to listeners', async (w) => {
  const told: string[] = [];
  w.system.on('spawned', ({ address, actor }) => told.push(`spawned ${actor} ${address.path}`));
  w.system.on('failed', ({ address, during }) => told.push(`failed ${address.path} in its ${during}`));
  w.system.on('restarted', ({ address, incarnation }) =>
    told.push(`restarted ${address.path} as ${incarnation}`),
  );
  w.system.on('stopped', ({ address, reason }) => told.push(`stopped ${address.path}: ${reason}`));
  const child = await w.spawn(childOf([], 'child'), { name: 'child' });
  await child.tell('fail');
  await w.settle();
  await w.value(w.system.stopActor(child));
  assert.equal(told, [
    'spawned child /user/child',
    'failed /user/child in its handler',
    'restarted /user/child as 2',
    'stopped /user/child: stopped',
  ]);
});

test.run();
