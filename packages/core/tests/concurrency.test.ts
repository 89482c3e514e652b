/** Tests of how many messages an actor handles at a time: one, as many as it says, or the ask that comes back to it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { Gate, worldTest } from './support/world.ts';

worldTest('messages are handled one at a time, also while a handler awaits', async (w) => {
  const order: string[] = [];
  const One = defineActor({
    name: 'one',
    init: () => ({}),
    handlers: {
      work: async (_state, { id, gate }: { id: string; gate: Promise<void> }) => {
        order.push(`${id} begins`);
        await gate;
        order.push(`${id} ends`);
      },
    },
  });
  const one = await w.spawn(One);
  const gateA = new Gate();
  const gateB = new Gate();
  await one.tell('work', { id: 'a', gate: gateA.opened });
  await one.tell('work', { id: 'b', gate: gateB.opened });
  gateB.open();
  await w.settle();
  assert.equal(order, ['a begins']);
  gateA.open();
  await w.settle();
  assert.equal(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

worldTest('an actor with concurrency n handles n messages at a time and no more', async (w) => {
  let now = 0;
  let most = 0;
  const Pool = defineActor({
    name: 'pool',
    concurrency: 3,
    init: () => ({}),
    handlers: {
      work: async (_state, gate: Promise<void>) => {
        now += 1;
        most = Math.max(most, now);
        await gate;
        now -= 1;
      },
    },
  });
  const pool = await w.spawn(Pool);
  const gate = new Gate();
  for (let n = 0; n < 10; n += 1) await pool.tell('work', gate.opened);
  await w.settle();
  assert.is(now, 3);
  assert.is(w.system.inspect().actors[0]?.held, 3);
  gate.open();
  await w.settle();
  assert.is(most, 3);
  assert.is(w.system.ledger().handled, 10);
});

worldTest('a reentrant actor handles the ask that comes back while it waits', async (w) => {
  interface Question {
    readonly via?: ActorRef;
    readonly me?: ActorRef;
  }
  const Relay = defineActor({
    name: 'relay',
    init: () => ({}),
    handlers: { relay: async (_state, { me }: Question) => (await me?.ask('name')) as string },
  });
  const order: string[] = [];
  const Reentrant = defineActor({
    name: 'reentrant',
    reentrant: true,
    init: () => ({}),
    handlers: {
      outer: async (_state, { via }: Question, ctx): Promise<unknown> => {
        order.push('outer begins');
        const reply = await via?.ask('relay', { me: ctx.self });
        order.push('outer ends');
        return reply;
      },
      name: () => {
        order.push('name');
        return 'me';
      },
      other: () => {
        order.push('other');
      },
    },
  });
  const relay = (await w.spawn(Relay)) as unknown as ActorRef;
  const reentrant = await w.spawn(Reentrant);
  const asked = w.track(reentrant.ask('outer', { via: relay }));
  await reentrant.tell('other');
  await w.settle();
  assert.is(asked.value, 'me');
  assert.equal(order, ['outer begins', 'name', 'outer ends', 'other']);
});

worldTest('a reentrant actor lets other asks wait their turn', async (w) => {
  const order: string[] = [];
  const gate = new Gate();
  const Reentrant = defineActor({
    name: 'reentrant',
    reentrant: true,
    init: () => ({}),
    handlers: {
      outer: async () => {
        order.push('outer begins');
        await gate.opened;
        order.push('outer ends');
      },
      other: () => void order.push('other'),
    },
  });
  const reentrant = await w.spawn(Reentrant);
  await reentrant.tell('outer');
  const asked = w.track(reentrant.ask('other'));
  await w.settle();
  gate.open();
  await w.settle();
  assert.is(asked.state, 'resolved');
  assert.equal(order, ['outer begins', 'outer ends', 'other']);
});

test.run();
