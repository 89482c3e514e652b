/** Tests of timers: a tick comes at its time, as a message to its actor, and not after it was cancelled. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { Gate, worldTest } from './support/world.ts';

const Clockwork = defineActor({
  name: 'clockwork',
  mailbox: { capacity: 8 },
  init: () => [] as string[],
  handlers: {
    tick(state, text: string) {
      state.push(text);
    },
    once: (_state, at: { name: string; ms: number }, ctx) =>
      ctx.timers.once(at.name, at.ms, 'tick' as never, at.name as never),
    every: (_state, at: { name: string; ms: number }, ctx) =>
      ctx.timers.interval(at.name, at.ms, 'tick' as never, at.name as never),
    idle: (_state, ms: number, ctx) => ctx.timers.receiveTimeout(ms, 'tick' as never, 'idle' as never),
    notIdle: (_state, _payload, ctx) => ctx.timers.cancelReceiveTimeout(),
    cancel: (_state, name: string, ctx) => ctx.timers.cancel(name),
    hold: async (_state, gate: Promise<void>) => gate,
    ticks: (state) => [...state],
    fail: () => {
      throw new Error('clockwork');
    },
  },
});

worldTest('a timer ticks once, at its time, as a message to its actor', async (w) => {
  const clock = await w.spawn(Clockwork);
  await clock.tell('once', { name: 'a', ms: 100 });
  await w.advance(99);
  assert.equal(await w.value(clock.ask('ticks')), []);
  await w.advance(1);
  assert.equal(await w.value(clock.ask('ticks')), ['a']);
  await w.advance(1_000);
  assert.equal(await w.value(clock.ask('ticks')), ['a']);
});

worldTest('an interval ticks again and again without drifting', async (w) => {
  const clock = await w.spawn(Clockwork);
  await clock.tell('every', { name: 'i', ms: 10 });
  await w.advance(55);
  assert.is(((await w.value(clock.ask('ticks'))) as string[]).length, 5);
  w.time.stall(7);
  await w.advance(38);
  assert.is(
    ((await w.value(clock.ask('ticks'))) as string[]).length,
    10,
    'a late tick does not shift the others',
  );
});

worldTest('a tick that was not handled yet absorbs the next ones', async (w) => {
  const clock = await w.spawn(Clockwork);
  const gate = new Gate();
  await clock.tell('every', { name: 'i', ms: 10 });
  await clock.tell('hold', gate.opened);
  await w.advance(1_000);
  assert.is(w.cell(clock).mailbox.queued, 1);
  gate.open();
  await w.settle();
  assert.is(((await w.value(clock.ask('ticks'))) as string[]).length, 1);
});

worldTest('a tick waits in line when the mailbox is full, and is not lost', async (w) => {
  const clock = await w.spawn(Clockwork);
  const gate = new Gate();
  await clock.tell('once', { name: 'a', ms: 10 });
  await clock.tell('hold', gate.opened);
  await w.settle();
  for (let n = 0; n < 7; n += 1) await clock.tell('tick', `t${n}`);
  await w.advance(10);
  assert.is(w.system.ledger().parked, 1);
  gate.open();
  await w.settle();
  assert.equal(((await w.value(clock.ask('ticks'))) as string[]).at(-1), 'a');
});

worldTest('a cancelled timer does not tick, also when its tick was on its way', async (w) => {
  const clock = await w.spawn(Clockwork);
  const gate = new Gate();
  await clock.tell('once', { name: 'queued', ms: 10 });
  await clock.tell('every', { name: 'again', ms: 10 });
  await clock.tell('once', { name: 'later', ms: 100 });
  await clock.tell('hold', gate.opened);
  await clock.tell('cancel', 'queued');
  await clock.tell('cancel', 'again');
  await clock.tell('cancel', 'later');
  await w.advance(10);
  assert.is(w.cell(clock).mailbox.queued, 5, 'two ticks wait behind the orders to cancel them');
  gate.open();
  await w.advance(1_000);
  assert.equal(await w.value(clock.ask('ticks')), []);
  assert.equal(w.system.ledger().dropped, { 'timer-cancelled': 2 });
  assert.is(w.system.deadLetters, 0, 'nobody sent them');
  assert.is(await w.value(clock.ask('cancel', 'queued')), false);
});

worldTest('a cancelled tick leaves the waiting line', async (w) => {
  const Full = defineActor({
    name: 'full',
    mailbox: { capacity: 1 },
    init: () => ({}),
    handlers: {
      hold: async (_state, gates: readonly Promise<void>[], ctx) => {
        ctx.timers.once('t', 10, 'tick' as never);
        await gates[0];
        for (let n = 0; n < 5; n += 1) {
          ctx.timers.once('t', 10, 'tick' as never);
        }
        await gates[1];
      },
      tick: () => undefined,
    },
  });
  const gates = [new Gate(), new Gate()] as const;
  const full = await w.spawn(Full);
  await full.tell(
    'hold',
    gates.map(({ opened }) => opened),
  );
  await w.advance(10);
  assert.is(w.system.ledger().parked, 1);
  gates[0].open();
  await w.settle();
  assert.is(w.system.ledger().parked, 0);
  await w.advance(10);
  assert.is(w.system.ledger().parked, 1);
  gates[1].open();
  await w.settle();
  assert.is(w.system.ledger().handled, 2);
});

worldTest('a timer with the same name is replaced', async (w) => {
  const clock = await w.spawn(Clockwork);
  await clock.tell('once', { name: 'a', ms: 10 });
  await clock.tell('once', { name: 'a', ms: 50 });
  await w.advance(49);
  assert.equal(await w.value(clock.ask('ticks')), []);
  await w.advance(1);
  assert.equal(await w.value(clock.ask('ticks')), ['a']);
});

worldTest('timers die with the incarnation, and so do their ticks', async (w) => {
  const clock = await w.spawn(Clockwork);
  const gate = new Gate();
  await clock.tell('every', { name: 'i', ms: 10 });
  await clock.tell('once', { name: 'o', ms: 10 });
  await clock.tell('hold', gate.opened);
  await clock.tell('fail');
  await w.advance(10);
  gate.open();
  await w.advance(1_000);
  assert.is(w.cell(clock).incarnation, 2);
  assert.equal(await w.value(clock.ask('ticks')), []);
});

worldTest('a receive-timeout ticks after silence, and a message puts it off', async (w) => {
  const clock = await w.spawn(Clockwork);
  await clock.tell('idle', 100);
  await w.advance(60);
  await clock.tell('tick', 'message');
  await w.advance(99);
  assert.equal(w.cell(clock).state, ['message']);
  await w.advance(1);
  assert.equal(w.cell(clock).state, ['message', 'idle']);
  await w.advance(100);
  assert.equal(
    w.cell(clock).state,
    ['message', 'idle', 'idle'],
    'its own ticks are no messages, and it goes on',
  );
  assert.is(await w.value(clock.ask('notIdle')), true);
  await w.advance(1_000);
  assert.is((w.cell(clock).state as string[]).length, 3);
});

worldTest('timers are bounded in number and their times are checked', async (w) => {
  const errors: string[] = [];
  const Greedy = defineActor({
    name: 'greedy',
    init: () => ({}),
    handlers: {
      greedy: (_state, _payload, ctx) => {
        for (let n = 0; n < 1_025; n += 1) ctx.timers.once(`t${n}`, 60_000, 'greedy' as never);
      },
      wrong: (_state, _payload, ctx) => {
        for (const set of [
          () => ctx.timers.once('a', -1, 'greedy' as never),
          () => ctx.timers.interval('a', 0, 'greedy' as never),
          () => ctx.timers.receiveTimeout(Number.NaN, 'greedy' as never),
          () => ctx.timers.once('a', 1, 'greed' as never),
        ]) {
          try {
            set();
          } catch (error) {
            errors.push((error as Error).message);
          }
        }
      },
    },
  });
  const greedy = await w.spawn(Greedy);
  await greedy.tell('wrong');
  await w.rejects(greedy.ask('greedy'), 'ERR_TIMER_LIMIT');
  assert.is(errors.length, 4);
  for (const [n, option] of ['delayMs', 'periodMs', 'idleMs'].entries())
    assert.match(errors[n] ?? '', `.${option}`);
  assert.match(errors[3] ?? '', 'nearest=greedy');
  assert.is(w.time.timers, 1, 'the timers of the incarnation that failed are gone; one ask is left');
});

test.run();
