/** Tests of what a restart keeps of an actor, and what it leaves behind. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef, AnyRef } from '../src/ref.ts';
import { type BusyRef, busyActor } from './support/actors.ts';
import { type ChildRef, childNamed, childOf, family, supervisorOf } from './support/families.ts';
import { Gate, rejectedWith, worldTest } from './support/world.ts';

worldTest(
  'on restart mailbox, address and ref are kept, the failed message is counted once and its slot comes back',
  async (w) => {
    const { b } = await family(w, { intensity: 5 });
    const ref = b();
    const address = ref.address;
    await ref.tell('add');
    await ref.tell('fail');
    await ref.tell('add');
    await ref.tell('add');
    assert.is(
      await w.value(ref.ask('count')),
      2,
      'the state is new, the messages behind the failed one are handled',
    );
    assert.is(b(), ref);
    assert.equal(ref.address, address);
    assert.is(w.system.ledger().failed, 1);
    assert.is(w.cell(ref).mailbox.free, w.cell(ref).mailbox.capacityMessages);
    assert.is(w.cell(ref).incarnation, 2);
  },
);

worldTest('a failing message is not handled again after the restart', async (w) => {
  const { life, b } = await family(w, { intensity: 5 });
  await b().tell('fail', 'once');
  await w.settle();
  assert.is(life.filter((line) => line === 'b restarted once').length, 1);
});

worldTest('what a restart had to abandon leaves its slot to a parked send', async (w) => {
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'one-for-all',
      children: [
        { name: 'busy', actor: busyActor({ capacity: 1 }) as never, shutdownMs: 50 },
        { name: 'other', actor: childOf([], 'other') as never },
      ],
    }),
  );
  const held = childNamed<BusyRef>(w, parent, 'busy');
  const other = childNamed<ChildRef>(w, parent, 'other');
  await held.tell('hold', new Promise<void>(() => undefined));
  await w.settle();
  const parked = w.track(held.tell('note', 'parked'));
  await other.tell('fail');
  await w.settle();
  assert.is(parked.state, 'pending');
  await w.advance(50);
  assert.is(parked.state, 'resolved');
  assert.equal(await w.value(held.ask('seen')), ['parked']);
});

/** A child whose init fails in its second life, and which writes down what its `stopping` hook is told. */
function relapsing(life: string[]) {
  let lives = 0;
  return defineActor({
    name: 'relapsing',
    init: () => {
      lives += 1;
      life.push(`init ${lives}`);
      if (lives === 2) throw new Error('init');
      return { lives };
    },
    hooks: { stopping: (state, _ctx, reason) => void life.push(`stopping ${state.lives} ${reason}`) },
    handlers: {
      fail: () => {
        throw new Error('handler');
      },
    },
  });
}

worldTest('the stopping hook is not called for a life that never had a state', async (w) => {
  const life: string[] = [];
  const child = await w.spawn(relapsing(life));
  await child.tell('fail');
  await w.settle();
  assert.equal(life, ['init 1', 'stopping 1 restart', 'init 2', 'init 3']);
});

worldTest('a restart that fails is tried again, whatever the directive for its error', async (w) => {
  const life: string[] = [];
  const Parent = defineActor({
    name: 'parent',
    init: (_args: undefined, ctx) => ctx.spawn(relapsing(life), { name: 'child' }),
    supervision: {
      intensity: 2,
      onFailure: (error) => ((error as Error).message === 'init' ? 'resume' : 'restart'),
    },
    handlers: { fail: (child) => void child.tell('fail') },
  });
  const parent = await w.spawn(Parent);
  await parent.tell('fail');
  await w.settle();
  assert.is(life.at(-1), 'init 3');
});

worldTest('what was abandoned by a restart has no effect when it ends after all', async (w) => {
  const gates = [new Gate(), new Gate()] as const;
  const Stubborn = defineActor({
    name: 'stubborn',
    concurrency: 3,
    init: () => ({ count: 0 }),
    handlers: {
      hold: async (state, gate: Promise<void>) => {
        await gate;
        state.count += 1;
        return 'too late';
      },
      fail: () => {
        throw new Error('restart');
      },
      count: (state) => state.count,
    },
  });
  const stubborn = await w.spawn(Stubborn, { shutdownMs: 10 });
  const asked = w.track(stubborn.ask('hold', gates[0].opened));
  await stubborn.tell('hold', gates[1].opened);
  await stubborn.tell('fail');
  await w.advance(10);
  rejectedWith(asked, 'ERR_ACTOR_STOPPED');
  assert.is(w.cell(stubborn).incarnation, 2);
  assert.is(w.system.ledger().failed, 3);
  gates[0].open();
  gates[1].fail(new Error('too late'));
  await w.settle();
  assert.is(w.system.ledger().failed, 3);
  assert.is(w.cell(stubborn).mailbox.free, 256);
  assert.is(w.cell(stubborn).incarnation, 2);
  assert.is(await w.value(stubborn.ask('count')), 0);
});

worldTest('a hook that was abandoned by a restart cannot make the next incarnation fail', async (w) => {
  const gate = new Gate();
  const plain = await w.spawn(defineActor({ name: 'plain', init: () => ({}), handlers: {} }));
  const Hung = defineActor({
    name: 'hung',
    init: () => ({}),
    hooks: { terminated: async () => gate.opened },
    handlers: { watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref), ping: () => 'pong' },
  });
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'one-for-all',
      children: [
        { name: 'hung', actor: Hung as never, shutdownMs: 10 },
        { name: 'failing', actor: childOf([], 'failing') as never },
      ],
    }),
  );
  const hung = childNamed<ActorRef<typeof Hung>>(w, parent, 'hung');
  const failing = childNamed<ChildRef>(w, parent, 'failing');
  await hung.tell('watch', plain);
  await w.settle();
  await w.value(w.system.stopActor(plain));
  await failing.tell('fail');
  await w.advance(10);
  assert.is(w.cell(hung).incarnation, 2);
  gate.fail(new Error('too late'));
  await w.settle();
  assert.is(w.cell(hung).incarnation, 2);
  assert.is(w.cell(parent).incarnation, 1);
  assert.is(await w.value(hung.ask('ping')), 'pong');
});

test.run();
