/** Tests of how supervised actors go down: in which order, by which deadline, and whom a child takes with it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { childOf, family } from './support/families.ts';
import { Gate, rejectedWith, worldTest } from './support/world.ts';

worldTest('an order to stop for good wins over a restart', async (w) => {
  const { parent, b } = await family(w, {});
  const child = b();
  await child.tell('stop');
  const stopped = w.track(w.system.stopActor(child));
  await w.settle();
  assert.is(stopped.state, 'resolved');
  assert.is(await w.value(parent.ask('child', 'b')), undefined, 'although it is permanent');
});

worldTest('a transient child that stops itself and has to be killed is started again', async (w) => {
  const gate = new Gate();
  let lives = 0;
  const Stuck = defineActor({
    name: 'stuck',
    init: () => {
      lives += 1;
      return {};
    },
    hooks: { stopping: async () => gate.opened },
    handlers: { stop: (_state, _payload, ctx) => ctx.stop(undefined, { shutdownMs: 10 }) },
  });
  const stuck = await w.spawn(Stuck, { restart: 'transient' });
  await stuck.tell('stop');
  await w.advance(10);
  assert.is(lives, 2);
  gate.open();
});

worldTest('a child that does not stop within its deadline is killed', async (w) => {
  const gate = new Gate();
  const Slow = defineActor({
    name: 'slow',
    init: () => ({}),
    hooks: { stopping: async () => gate.opened },
    handlers: { hold: async () => gate.opened },
  });
  const slow = await w.spawn(Slow, { shutdownMs: 100 });
  const stopped = w.track(w.system.stopActor(slow));
  await w.advance(99);
  assert.is(stopped.state, 'pending');
  await w.advance(1);
  assert.is(stopped.value, 'killed');
  const held = await w.spawn(Slow, { shutdownMs: 100 });
  const asked = w.track(held.ask('hold'));
  await w.settle();
  const killed = w.track(w.system.stopActor(held));
  await w.advance(100);
  assert.is(killed.value, 'killed');
  rejectedWith(asked, 'ERR_ACTOR_STOPPED');
  assert.is(w.system.ledger().failed, 1, 'its message counts as failed, once');
  gate.open();
});

worldTest('children live on until the code of their parent has ended', async (w) => {
  const gate = new Gate();
  const life: string[] = [];
  const Parent = defineActor({
    name: 'parent',
    init: (_args: undefined, ctx) => ctx.spawn(childOf(life, 'child')),
    handlers: {
      work: async (child) => {
        await gate.opened;
        return child.ask('count');
      },
    },
  });
  const parent = await w.spawn(Parent);
  const asked = w.track(parent.ask('work'));
  await w.settle();
  const stopped = w.track(w.system.stopActor(parent));
  await w.settle();
  assert.not.ok(life.includes('child stopping shutdown'));
  gate.open();
  await w.settle();
  assert.is(asked.value, 0, 'its last handler could still ask them');
  assert.is(stopped.value, 'stopped');
  assert.ok(life.includes('child stopping shutdown'));
});

worldTest('brutal kills at once, without the stopping hook', async (w) => {
  const life: string[] = [];
  const gate = new Gate();
  const Slow = defineActor({
    name: 'slow',
    init: () => ({}),
    hooks: { stopping: () => void life.push('stopping') },
    handlers: { hold: async () => gate.opened },
  });
  const slow = await w.spawn(Slow, { shutdownMs: 'brutal' });
  await slow.tell('hold');
  await w.settle();
  assert.is(await w.value(w.system.stopActor(slow)), 'killed');
  assert.equal(life, []);
  gate.open();
});

worldTest('however often a stop is asked for, the actor stops once', async (w) => {
  const gate = new Gate();
  const Slow = defineActor({
    name: 'slow',
    init: () => ({}),
    hooks: { stopping: async () => gate.opened },
    handlers: {},
  });
  const stoppedEvents = w.events('stopped');
  const slow = await w.spawn(Slow);
  const stops = [];
  for (let n = 0; n < 10; n += 1) stops.push(w.track(w.system.stopActor(slow)));
  for (let n = 0; n < 10; n += 1) stops.push(w.track(w.system.stopActor(slow, { shutdownMs: 'brutal' })));
  await w.settle();
  assert.ok(stops.every(({ value }) => value === 'killed'));
  assert.is(stoppedEvents.length, 1);
  gate.open();
});

worldTest('a second stop never puts off the deadline of the first', async (w) => {
  const gate = new Gate();
  const Slow = defineActor({
    name: 'slow',
    init: () => ({}),
    hooks: { stopping: async () => gate.opened },
    handlers: { stop: (_state, _payload, ctx) => ctx.stop(undefined, { shutdownMs: 100 }) },
  });
  const slow = await w.spawn(Slow);
  const stopped = w.track(w.system.terminated(slow));
  await slow.tell('stop');
  await w.advance(50);
  void w.system.stopActor(slow, { shutdownMs: 10_000 });
  await w.advance(50);
  assert.is(stopped.value, 'killed');
  gate.open();
});

worldTest('children spawned at run time stop together, before the declared ones', async (w) => {
  const life: string[] = [];
  const gates = [new Gate(), new Gate()];
  const Dynamic = defineActor({
    name: 'dynamic',
    init: (index: number) => index,
    hooks: {
      stopping: async (index) => {
        life.push(`dynamic ${index} stopping`);
        await gates[index]?.opened;
      },
    },
    handlers: {},
  });
  const Parent = defineActor({
    name: 'parent',
    init: (_args: undefined, ctx) => {
      ctx.spawn(Dynamic, { args: 0 });
      ctx.spawn(Dynamic, { args: 1 });
      return {};
    },
    supervision: { children: [{ name: 'declared', actor: childOf(life, 'declared') as never }] },
    handlers: {},
  });
  const parent = await w.spawn(Parent);
  life.length = 0;
  const stopped = w.track(w.system.stopActor(parent));
  await w.settle();
  assert.equal(life, ['dynamic 0 stopping', 'dynamic 1 stopping']);
  for (const gate of gates) gate.open();
  await w.settle();
  assert.equal(life.slice(2), ['declared stopping shutdown']);
  assert.is(stopped.value, 'stopped');
});

worldTest('a supervisor goes down when a significant child ends by itself', async (w) => {
  for (const [end, restart] of [
    ['stop', 'transient'],
    ['fail', 'temporary'],
  ] as const) {
    const { parent, b } = await family(
      w,
      { autoShutdown: 'any-significant' },
      { b: { restart, significant: true } },
    );
    const gone = w.track(w.system.terminated(parent));
    await b().tell(end);
    await w.settle();
    assert.is(gone.value, 'shutdown', end);
  }
});

worldTest('with all-significant the last significant child takes its supervisor down', async (w) => {
  const significant = { restart: 'transient', significant: true } as const;
  const { parent, a, b } = await family(
    w,
    { autoShutdown: 'all-significant' },
    { a: significant, b: significant },
  );
  const gone = w.track(w.system.terminated(parent));
  await a().tell('stop');
  await w.settle();
  assert.is(gone.state, 'pending');
  await b().tell('stop');
  await w.settle();
  assert.is(gone.value, 'shutdown');
});

worldTest('a significant child that is stopped by order takes nobody down', async (w) => {
  const { parent, b } = await family(
    w,
    { autoShutdown: 'any-significant' },
    { b: { restart: 'transient', significant: true } },
  );
  await w.value(w.system.stopActor(b()));
  assert.is(w.cell(parent).phase, 'running');
});

test.run();
