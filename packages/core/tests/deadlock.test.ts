/** Tests of circles of full mailboxes: they are named and opened, and waits that are no circle are left alone. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { busyActor, fullActor } from './support/actors.ts';
import { Gate, type Outcome, type World, rejectedWith, worldTest } from './support/world.ts';

interface Flood {
  readonly to: ActorRef;
  readonly count: number;
  readonly gate: Promise<void>;
}

/** Waits at a gate, then floods another actor with notes, awaiting each. */
const Flooder = defineActor({
  name: 'flooder',
  mailbox: { capacity: 2 },
  init: () => ({ notes: 0, errors: [] as unknown[] }),
  handlers: {
    flood: async (state, { to, count, gate }: Flood) => {
      await gate;
      for (let n = 0; n < count; n += 1) {
        try {
          await to.tell('note', n);
        } catch (error) {
          state.errors.push(error);
        }
      }
    },
    note: (state) => {
      state.notes += 1;
    },
    look: (state) => state,
  },
});

/** Actors in a ring, each about to flood the next with `count` notes that its mailbox cannot hold. */
async function ring(w: World, size: number, count: number): Promise<{ refs: ActorRef[]; gate: Gate }> {
  const gate = new Gate();
  const refs: ActorRef[] = [];
  for (let n = 0; n < size; n += 1)
    refs.push((await w.spawn(Flooder, { name: `f${n}` })) as unknown as ActorRef);
  for (const [n, ref] of refs.entries()) {
    await ref.tell('flood', { to: refs[(n + 1) % size] as ActorRef, count, gate: gate.opened });
  }
  await w.settle();
  return { refs, gate };
}

for (const size of [2, 3, 7]) {
  worldTest(`a circle of ${size} full mailboxes comes to its end, and is named`, async (w) => {
    const deadlocks = w.events('deadlock');
    const { refs, gate } = await ring(w, size, 3);
    gate.open();
    await w.settle();
    assert.is(w.system.ledger().parked, size, 'each waits for the next');
    await w.advance(19);
    assert.equal(deadlocks, [], 'most waits end by themselves, so it looks only after 20 ms');
    await w.advance(5_000);
    assert.is(w.system.ledger().parked, 0);
    assert.is(deadlocks[0]?.resolution, 'overdraft');
    const path = deadlocks[0]?.path ?? [];
    assert.is(path.length, size);
    assert.equal(new Set(path.map(({ id }) => id)), new Set(refs.map(({ address }) => address.id)));
    for (const ref of refs)
      assert.is(w.cell(ref).mailbox.overdraft, 0, 'what was lent above the capacity is given back');
  });
}

worldTest(
  'one slot above the capacity is tried first, and then the youngest send fails with the path',
  async (w) => {
    const deadlocks = w.events('deadlock');
    const errors: { code: string; details: { path: string } }[] = [];
    const Pair = defineActor({
      name: 'pair',
      mailbox: { capacity: 1 },
      init: () => ({}),
      handlers: {
        begin: (_state, to: ActorRef) => {
          for (let n = 0; n < 12; n += 1) to.tell('note', n).catch((error) => errors.push(error as never));
        },
        note: () => undefined,
      },
    });
    const a = (await w.spawn(Pair)) as unknown as ActorRef;
    const b = (await w.spawn(Pair)) as unknown as ActorRef;
    void a.tell('begin', b);
    void b.tell('begin', a);
    await w.advance(60_000);
    assert.is(deadlocks[0]?.resolution, 'overdraft');
    assert.ok(deadlocks.some(({ resolution }) => resolution === 'failed'));
    assert.is(w.system.ledger().parked, 0);
    assert.ok(errors.length > 0);
    const circles = [
      [a, b, a],
      [b, a, b],
    ].map((path) => path.map(String).join(' -> '));
    for (const { code, details } of errors) {
      assert.is(code, 'ERR_DEADLOCK');
      assert.ok(circles.includes(details.path), details.path);
    }
    const { handled, refused } = w.system.ledger();
    assert.is(refused, errors.length);
    assert.is(handled + refused, 26, 'every send was handled or refused');
  },
);

worldTest('actors that are muted without awaiting come unstuck as well', async (w) => {
  const Pair = defineActor({
    name: 'pair',
    mailbox: { capacity: 1 },
    init: () => ({ notes: 0 }),
    handlers: {
      begin: (_state, to: ActorRef) => {
        for (let n = 0; n < 2; n += 1) void to.tell('note', n);
      },
      note: (state) => {
        state.notes += 1;
      },
      notes: (state) => state.notes,
    },
  });
  const a = (await w.spawn(Pair)) as unknown as ActorRef;
  const b = (await w.spawn(Pair)) as unknown as ActorRef;
  void a.tell('begin', b);
  void b.tell('begin', a);
  await w.settle();
  await w.advance(5_000);
  assert.is(w.system.ledger().parked, 0);
  assert.is(w.cell(a).parkedSends + w.cell(b).parkedSends, 0);
});

worldTest(
  'the slot above the capacity goes to the circle, not to whoever is first in the line',
  async (w) => {
    const deadlocks = w.events('deadlock');
    const { refs, gate } = await ring(w, 2, 1);
    // The first of them takes the last slot, and the others wait before the circle closes.
    const bystanders = refs.flatMap((ref) => [1, 2, 3, 4].map(() => w.track(ref.tell('note'))));
    gate.open();
    await w.settle();
    assert.is(w.system.ledger().parked, 8);
    await w.advance(20);
    const muted = refs.map((ref) => w.cell(ref).parkedSends);
    assert.is(deadlocks.length, 1);
    assert.ok(muted.includes(0), `one of them goes on: ${muted.join(' and ')}`);
    await w.advance(5_000);
    assert.ok(deadlocks.every(({ resolution }) => resolution === 'overdraft'));
    assert.ok(bystanders.every(({ state }) => state === 'resolved'));
  },
);

worldTest('a wait that is over closes no circle', async (w) => {
  const deadlocks = w.events('deadlock');
  const { refs, gate: begin } = await ring(w, 2, 0);
  begin.open();
  await w.settle();
  const [one, other] = refs as [ActorRef, ActorRef];
  for (const [sender, receiver] of [
    [one, other],
    [other, one],
  ] as const) {
    const gate = new Gate();
    const open = Promise.resolve();
    await receiver.tell('flood', { to: sender, count: 0, gate: gate.opened });
    await w.settle();
    await sender.tell('flood', { to: receiver, count: 3, gate: open });
    await w.advance(1_000);
    assert.is(w.cell(sender).parkedSends, 1);
    gate.open();
    await w.settle();
    assert.is(w.cell(sender).parkedSends, 0);
  }
  assert.equal(deadlocks, []);
});

worldTest('a wait that is no circle is left alone, however long it lasts', async (w) => {
  const deadlocks = w.events('deadlock');
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const chain: ActorRef[] = [busy as unknown as ActorRef];
  for (let n = 0; n < 3; n += 1) {
    const next = (await w.spawn(Flooder)) as unknown as ActorRef;
    const open = new Gate();
    open.open();
    await next.tell('flood', { to: chain.at(-1) as ActorRef, count: 4, gate: open.opened });
    await w.settle();
    chain.push(next);
  }
  await w.advance(60_000);
  assert.equal(deadlocks, []);
  assert.ok(w.system.ledger().parked >= 1);
  gate.open();
  await w.settle();
  assert.is(w.system.ledger().parked, 0);
});

worldTest('an actor that still handles other messages is no part of a circle', async (w) => {
  const deadlocks = w.events('deadlock');
  const Wide = defineActor({
    name: 'wide',
    mailbox: { capacity: 2 },
    concurrency: 2,
    init: () => ({}),
    handlers: {
      hold: async (_state, gate: Promise<void>) => gate,
      send: async (_state, to: ActorRef) => to.tell('note', 'from wide'),
      note: () => undefined,
    },
  });
  const gate = new Gate();
  const wide = (await w.spawn(Wide)) as unknown as ActorRef;
  const { busy, gate: busyGate } = await fullActor(w, { capacity: 1 });
  await wide.tell('hold', gate.opened);
  await wide.tell('send', busy);
  await w.settle();
  assert.is(w.cell(wide).parkedSends, 1);
  await w.advance(1_000);
  assert.equal(deadlocks, []);
  gate.open();
  busyGate.open();
});

worldTest('an ask that closes a circle fails with the path too', async (w) => {
  const outcomes: Outcome<unknown>[] = [];
  const Asker = defineActor({
    name: 'asker',
    mailbox: { capacity: 1 },
    init: () => ({}),
    handlers: {
      begin: async (_state, { to, gate }: { to: ActorRef; gate: Promise<void> }) => {
        await gate;
        const outcome = w.track(to.ask('note', 1, { timeoutMs: 60_000 }));
        outcomes.push(outcome);
        await to.tell('note', 2).catch(() => undefined);
      },
      note: () => 'noted',
    },
  });
  const gate = new Gate();
  const a = (await w.spawn(Asker)) as unknown as ActorRef;
  const b = (await w.spawn(Asker)) as unknown as ActorRef;
  await a.tell('begin', { to: b, gate: gate.opened });
  await b.tell('begin', { to: a, gate: gate.opened });
  await w.settle();
  gate.open();
  await w.advance(10_000);
  assert.is(w.system.ledger().parked, 0);
  assert.is(outcomes.length, 2);
  for (const outcome of outcomes) {
    if (outcome.state === 'rejected') rejectedWith(outcome, 'ERR_DEADLOCK');
    else assert.is(outcome.value, 'noted');
  }
});

worldTest('sends that settle in time leave nothing for the search', async (w) => {
  const deadlocks = w.events('deadlock');
  const Sender = defineActor({
    name: 'sender',
    init: () => ({}),
    handlers: { send: async (_state, to: ActorRef) => to.tell('note', 'x') },
  });
  const sender = await w.spawn(Sender);
  for (let n = 0; n < 5; n += 1) {
    const gate = new Gate();
    const busy = await w.spawn(busyActor({ capacity: 1 }));
    await busy.tell('hold', gate.opened);
    await w.settle();
    await sender.tell('send', busy as unknown as ActorRef);
    await w.advance(30);
    gate.open();
    await w.advance(5);
  }
  await w.advance(20);
  assert.is(w.time.timers, 0, 'with nobody muted no timer runs');
  assert.equal(deadlocks, []);
});

test.run();
