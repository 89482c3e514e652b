/** Tests of full mailboxes: every policy, parked sends, their order, bounds, time-outs and aborts. */
import { getEventListeners } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { type BusyRef, busyActor, fullActor } from './support/actors.ts';
import { Gate, rejectedWith, worldTest } from './support/world.ts';

/** Sends texts to a busy actor, some of them before it returns, some awaited one by one. */
const Sender = defineActor({
  name: 'sender',
  init: () => ({ handled: [] as string[] }),
  handlers: {
    send: (state, { to, texts }: { to: BusyRef; texts: readonly string[] }) => {
      state.handled.push('send');
      for (const text of texts) void to.tell('note', text);
    },
    sendAndWait: async (state, { to, texts }: { to: BusyRef; texts: readonly string[] }) => {
      for (const text of texts) await to.tell('note', text);
      state.handled.push('sent');
    },
    ping: (state) => {
      state.handled.push('ping');
    },
    handled: (state) => [...state.handled],
  },
});

worldTest('under park the sender waits and its message arrives when a slot is free', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 2 });
  const parked = w.track(busy.tell('note', 'late'));
  await w.settle();
  assert.is(parked.state, 'pending');
  assert.is(w.system.inspect().actors[0]?.parkedSends, 1);
  assert.is(w.system.ledger().parked, 1);
  gate.open();
  await w.settle();
  assert.is(parked.state, 'resolved');
  assert.equal(await w.value(busy.ask('seen')), ['q1', 'late']);
});

worldTest('under drop-newest the message that just came is dropped, with a dead letter', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 2, overflow: 'drop-newest' });
  const letters = w.events('deadLetter');
  await w.value(busy.tell('note', 'dropped'));
  assert.is(busy.tryTell('note', 'told'), 'full', 'who does not want to wait is told instead');
  await w.rejects(busy.ask('note', 'asked'), 'ERR_ASK_DROPPED');
  assert.equal(
    letters.map(({ reason, payload }) => [reason, payload]),
    [
      ['drop-newest', 'dropped'],
      ['drop-newest', 'asked'],
    ],
  );
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), ['q1']);
  assert.equal(w.system.ledger().dropped, { 'drop-newest': 2 });
  assert.is(w.system.ledger().refused, 1);
});

worldTest(
  'under drop-oldest the message that waited longest makes room, and its asker hears of it',
  async (w) => {
    const { busy, gate } = await fullActor(w, { capacity: 3, overflow: 'drop-oldest' });
    const letters = w.events('deadLetter');
    await busy.tell('note', 'a');
    const asked = w.track(busy.ask('note', 'b'));
    await busy.tell('note', 'c');
    assert.is(busy.tryTell('note', 'd'), 'sent');
    await w.settle();
    rejectedWith(asked, 'ERR_ASK_DROPPED');
    assert.equal(
      letters.map(({ payload }) => payload),
      ['q1', 'q2', 'a', 'b'],
    );
    gate.open();
    await w.settle();
    assert.equal(await w.value(busy.ask('seen')), ['c', 'd']);
  },
);

worldTest('under drop-oldest with every message being handled, the newest is dropped', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1, overflow: 'drop-oldest' });
  await busy.tell('note', 'no room');
  gate.open();
  await w.settle();
  assert.equal(w.system.ledger().dropped, { 'drop-oldest': 1 });
  assert.equal(await w.value(busy.ask('seen')), []);
});

worldTest('under latest the queued message with the same key is replaced where it stands', async (w) => {
  const key = (payload: { key: string }): string => payload.key;
  const Ticker = busyActor({ capacity: 3, overflow: 'latest', key: key as never });
  const busy = await w.spawn(Ticker);
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await w.settle();
  await busy.tell('keyed', { key: 'a', text: 'a1' });
  await busy.tell('keyed', { key: 'b', text: 'b1' });
  await w.value(busy.tell('keyed', { key: 'a', text: 'a2' }));
  assert.is(busy.tryTell('keyed', { key: 'b', text: 'b2' }), 'sent');
  assert.is(busy.tryTell('keyed', { key: 'c', text: 'c1' }), 'full', 'nothing to replace');
  const parked = w.track(busy.tell('keyed', { key: 'c', text: 'c2' }));
  await w.settle();
  assert.is(parked.state, 'pending', 'with nothing to replace it waits');
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), ['a2', 'b2', 'c2']);
  assert.equal(w.system.ledger().dropped, { latest: 2 });
});

worldTest('under latest a message to another handler is not replaced, whatever its key', async (w) => {
  const seen: string[] = [];
  const Gauge = defineActor({
    name: 'gauge',
    mailbox: { capacity: 2, overflow: 'latest' },
    init: () => ({}),
    handlers: {
      hold: async (_state, gate: Promise<void>) => gate,
      high: (_state, n: number) => void seen.push(`high ${n}`),
      low: (_state, n: number) => void seen.push(`low ${n}`),
    },
  });
  const gauge = await w.spawn(Gauge);
  const gate = new Gate();
  await gauge.tell('hold', gate.opened);
  await w.settle();
  await gauge.tell('high', 1);
  assert.is(gauge.tryTell('low', 2), 'full');
  assert.is(gauge.tryTell('high', 3), 'sent');
  gate.open();
  await w.settle();
  assert.equal(seen, ['high 3']);
});

worldTest('under fail a send is refused with ERR_MAILBOX_FULL', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 2, overflow: 'fail' });
  await w.rejects(busy.tell('note', 'x'), 'ERR_MAILBOX_FULL');
  await w.rejects(busy.ask('note', 'x'), 'ERR_MAILBOX_FULL');
  assert.is(busy.tryTell('note', 'x'), 'full');
  assert.is(w.system.ledger().refused, 3);
  gate.open();
});

worldTest('a parked send fails after the timeout of the mailbox', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1, timeoutMs: 50 });
  w.time.stall(10_000);
  const parked = w.track(busy.tell('note', 'x'));
  await w.advance(49);
  assert.is(parked.state, 'pending');
  await w.advance(1);
  assert.is(rejectedWith(parked, 'ERR_SEND_TIMEOUT').details['waitedMs'], 50);
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), []);
});

worldTest('a parked send is dropped after the timeout if the mailbox says so', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1, timeoutMs: 50, onTimeout: 'drop' });
  const letters = w.events('deadLetter');
  const parked = w.track(busy.tell('note', 'x'));
  const asked = w.track(busy.ask('note', 'y'));
  await w.advance(50);
  assert.is(parked.state, 'resolved');
  rejectedWith(asked, 'ERR_ASK_DROPPED');
  assert.equal(
    letters.map(({ reason, payload }) => [reason, payload]),
    [
      ['park-timeout', 'x'],
      ['park-timeout', 'y'],
    ],
  );
  gate.open();
});

worldTest('a tell may bring its own timeout, and the shorter one counts', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1, timeoutMs: 50 });
  const short = w.track(busy.tell('note', 'x', { timeoutMs: 20 }));
  const long = w.track(busy.tell('note', 'y', { timeoutMs: 80 }));
  await w.advance(20);
  rejectedWith(short, 'ERR_SEND_TIMEOUT');
  await w.advance(30);
  rejectedWith(long, 'ERR_SEND_TIMEOUT');
  gate.open();
});

worldTest('a parked send can be aborted, is refused once, and never arrives', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const controller = new AbortController();
  const parked = w.track(busy.tell('note', 'x', { signal: controller.signal }));
  const next = w.track(busy.tell('note', 'y'));
  await w.settle();
  controller.abort(new Error('enough'));
  await w.settle();
  assert.is((rejectedWith(parked, 'ERR_SEND_ABORTED').cause as Error).message, 'enough');
  await w.rejects(busy.tell('note', 'z', { signal: controller.signal }), 'ERR_SEND_ABORTED');
  gate.open();
  await w.settle();
  assert.is(next.state, 'resolved');
  assert.equal(await w.value(busy.ask('seen')), ['y']);
  assert.is(w.system.ledger().refused, 2);
});

worldTest('a signal that outlives its sends and asks keeps no listener of them', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const { signal } = new AbortController();
  const parked = w.track(busy.tell('note', 'x', { signal }));
  const asked = w.track(busy.ask('note', 'y', { signal }));
  assert.is(getEventListeners(signal, 'abort').length, 2);
  gate.open();
  await w.settle();
  assert.equal([parked.state, asked.state], ['resolved', 'resolved']);
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

worldTest('aborting a send that was admitted changes nothing', async (w) => {
  const busy = await w.spawn(busyActor({ capacity: 1 }));
  const controller = new AbortController();
  await busy.tell('note', 'x', { signal: controller.signal });
  controller.abort();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), ['x']);
});

worldTest('an ask that is parked keeps its deadline and leaves the line with it', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const asked = w.track(busy.ask('note', 'x', { timeoutMs: 30 }));
  await w.advance(30);
  rejectedWith(asked, 'ERR_ASK_TIMEOUT');
  assert.is(w.system.ledger().parked, 0);
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), []);
});

worldTest('parked sends of one sender keep their order, and senders take turns', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const senders = [];
  for (const name of ['a', 'b', 'c']) {
    const sender = await w.spawn(Sender, { name });
    await sender.tell('send', { to: busy, texts: [1, 2, 3].map((n) => `${name}${n}`) });
    await w.settle();
    senders.push(sender);
  }
  assert.equal(
    w.system.inspect().actors[0]?.waitingSenders,
    senders.map(({ address }) => address),
  );
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3']);
});

worldTest('no send overtakes a parked one', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 2 });
  const order: string[] = [];
  const parked = w.track(busy.tell('note', 'parked').then(() => order.push('parked')));
  gate.open();
  // One pass frees the slot; what is sent right after it must not take that slot.
  await w.time.pass();
  void busy.tell('note', 'later').then(() => order.push('later'));
  await w.settle();
  assert.is(parked.state, 'resolved');
  assert.equal(await w.value(busy.ask('seen')), ['q1', 'parked', 'later']);
});

worldTest('the parked sends of one actor are bounded, to all receivers together', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const { busy: other, gate: otherGate } = await fullActor(w, { capacity: 1 });
  const letters = w.events('deadLetter');
  const Split = defineActor({
    name: 'split',
    init: () => ({}),
    handlers: {
      send: () => {
        for (let n = 0; n < 20; n += 1) void (n % 2 === 0 ? busy : other).tell('note', `n${n}`);
      },
    },
  });
  const split = await w.spawn(Split);
  await split.tell('send');
  await w.settle();
  assert.is(w.system.ledger().parked, 16);
  assert.equal(
    letters.map(({ reason, payload }) => [reason, payload]),
    [16, 17, 18, 19].map((n) => ['refused-unobserved', `n${n}`]),
  );
  gate.open();
  otherGate.open();
});

worldTest('each of many messages handled at once may wait for a send of its own', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const Relay = defineActor({
    name: 'relay',
    concurrency: 24,
    init: () => new Gate(),
    handlers: {
      relay: async (state, text: string) => {
        await state.opened;
        await busy.tell('note', text);
      },
      open: (state) => state.open(),
    },
  });
  const relay = await w.spawn(Relay);
  const texts = Array.from({ length: 23 }, (_, n) => `n${n}`);
  for (const text of texts) await relay.tell('relay', text);
  await w.settle();
  await relay.tell('open');
  await w.settle();
  assert.is(w.system.ledger().parked, 23);
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), texts);
});

worldTest(
  'the parked sends of application code are bounded too',
  async (w) => {
    const { busy, gate } = await fullActor(w, { capacity: 1 });
    const parked = [1, 2, 3].map((n) => w.track(busy.tell('note', `n${n}`)));
    await w.rejects(busy.tell('note', 'n4'), 'ERR_PARKED_LIMIT');
    gate.open();
    await w.settle();
    assert.ok(parked.every(({ state }) => state === 'resolved'));
  },
  { parkedOutsideMaxSends: 3 },
);

worldTest('an actor with unsettled sends is not given its next message until they settle', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const sender = await w.spawn(Sender);
  await sender.tell('send', { to: busy, texts: ['x', 'y'] });
  await sender.tell('ping');
  await w.settle();
  assert.is(w.cell(sender).mailbox.queued, 1, 'the ping waits although the handler has returned');
  gate.open();
  await w.settle();
  assert.equal(await w.value(sender.ask('handled')), ['send', 'ping']);
  assert.equal(await w.value(busy.ask('seen')), ['x', 'y']);
});

worldTest('a muted actor still obeys its supervisor', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const sender = await w.spawn(Sender);
  await sender.tell('send', { to: busy, texts: ['x'] });
  await w.settle();
  assert.is(await w.value(w.system.stopActor(sender)), 'stopped');
  assert.is(w.system.ledger().parked, 0, 'the parked sends of a sender that is gone vanish');
  assert.is(w.system.ledger().refused, 1, 'with a count');
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), []);
});

worldTest('a handler that awaits each send goes at the pace of the receiver', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const sender = await w.spawn(Sender);
  await sender.tell('sendAndWait', { to: busy, texts: ['x', 'y', 'z'] });
  await w.settle();
  assert.is(w.system.ledger().parked, 1);
  gate.open();
  await w.settle();
  assert.equal(await w.value(busy.ask('seen')), ['x', 'y', 'z']);
  assert.equal(await w.value(sender.ask('handled')), ['sent']);
});

worldTest('an actor whose own mailbox is full may send to itself without muting itself', async (w) => {
  const Selfish = defineActor({
    name: 'selfish',
    mailbox: { capacity: 2 },
    init: () => [] as number[],
    handlers: {
      begin: (_state, count: number, ctx) => {
        for (let n = 0; n < count; n += 1) void ctx.self.tell('step', n);
      },
      step(state, n: number) {
        state.push(n);
      },
      steps: (state) => [...state],
    },
  });
  const selfish = await w.spawn(Selfish);
  await selfish.tell('begin', 10);
  await w.settle();
  assert.equal(await w.value(selfish.ask('steps')), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await selfish.tell('begin', 19);
  await w.settle();
  const steps = (await w.value(selfish.ask('steps'))) as number[];
  assert.is(steps.length, 10 + 17, 'one slot and sixteen in the line; the rest is refused');
  assert.is(w.system.ledger().refused, 2);
});

worldTest('parked sends to an actor that stops are refused at once', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const parked = w.track(busy.tell('note', 'x'));
  const asked = w.track(busy.ask('note', 'y'));
  const stopped = w.track(w.system.stopActor(busy));
  await w.settle();
  assert.is(stopped.state, 'pending', 'its handler has not ended');
  rejectedWith(parked, 'ERR_ACTOR_STOPPED');
  rejectedWith(asked, 'ERR_ACTOR_STOPPED');
  gate.open();
  await w.settle();
  assert.is(stopped.value, 'stopped');
});

worldTest('the age of the oldest message is known, also after an idle spell', async (w) => {
  const busy = await w.spawn(busyActor());
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await w.settle();
  w.time.stall(60_000);
  await busy.tell('note', 'x');
  assert.is(w.system.inspect().actors[0]?.oldestAgeMs, 0);
  await w.advance(250);
  assert.is(w.system.inspect().actors[0]?.oldestAgeMs, 250);
  await busy.tell('note', 'y');
  assert.is(w.system.inspect().actors[0]?.oldestAgeMs, 250);
  gate.open();
  await w.settle();
  assert.is(w.system.inspect().actors[0]?.oldestAgeMs, 0);
});

worldTest('parking, waking and overflowing are told to listeners', async (w) => {
  const parked = w.events('parked');
  const resumed = w.events('resumed');
  const overflow = w.events('overflow');
  const dropped = w.events('dropped');
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const sender = await w.spawn(Sender);
  await sender.tell('send', { to: busy, texts: ['x'] });
  await w.settle();
  assert.equal(parked, [{ address: busy.address, sender: sender.address }]);
  assert.equal(overflow, [{ address: busy.address, capacityMessages: 1 }]);
  gate.open();
  await w.settle();
  assert.equal(resumed, parked);
  const { busy: other, gate: otherGate } = await fullActor(w, { capacity: 1, overflow: 'drop-newest' });
  await other.tell('note', 'x');
  assert.equal(dropped, [{ address: other.address, reason: 'drop-newest' }]);
  otherGate.open();
});

worldTest('a slot comes back when a handler fails, and the next parked send takes it', async (w) => {
  const Fragile = defineActor({
    name: 'fragile',
    mailbox: { capacity: 1 },
    init: () => ({}),
    handlers: {
      fail: async (_state, gate: Promise<void>) => {
        await gate;
        throw new Error('no');
      },
      fine: () => 'fine',
    },
  });
  const fragile = await w.spawn(Fragile);
  const gate = new Gate();
  await fragile.tell('fail', gate.opened);
  await w.settle();
  const asked = w.track((fragile as ActorRef<typeof Fragile>).ask('fine'));
  gate.open();
  await w.settle();
  assert.is(asked.value, 'fine');
});

test.run();
