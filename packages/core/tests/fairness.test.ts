/** Tests of the dispatcher with actors: nobody keeps the thread to itself. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createSystem, defineActor } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { type World, worldTest } from './support/world.ts';

/** An actor that goes round for ever, each message taking `costMs` of virtual time. */
function spinner(w: () => World, costMs: number) {
  return defineActor({
    name: 'spinner',
    init: () => ({ turns: 0 }),
    handlers: {
      spin: (state, left: number, ctx) => {
        w().time.stall(costMs);
        state.turns += 1;
        if (left > 0) void ctx.self.tell('spin' as never, (left - 1) as never);
      },
      turns: (state) => state.turns,
    },
  });
}

worldTest('actors take turns: none handles more than a turn while others wait', async (w) => {
  const order: string[] = [];
  const Counter = defineActor({
    name: 'counter',
    mailbox: { capacity: 1_000 },
    init: (name: string) => name,
    handlers: { count: (name) => void order.push(name) },
  });
  const a = await w.spawn(Counter, { args: 'a' });
  const b = await w.spawn(Counter, { args: 'b' });
  for (let n = 0; n < 300; n += 1) void a.tell('count');
  for (let n = 0; n < 300; n += 1) void b.tell('count');
  await w.settle();
  let longest = 0;
  let run = 0;
  for (const [n, name] of order.entries()) {
    run = name === order[n - 1] ? run + 1 : 1;
    if (order.lastIndexOf(name === 'a' ? 'b' : 'a') > n) longest = Math.max(longest, run);
  }
  assert.is(longest, 128);
});

worldTest(
  'the length of a turn is an option',
  async (w) => {
    const order: string[] = [];
    const Counter = defineActor({
      name: 'counter',
      init: (name: string) => name,
      handlers: { count: (name) => void order.push(name) },
    });
    const a = await w.spawn(Counter, { args: 'a' });
    const b = await w.spawn(Counter, { args: 'b' });
    for (const ref of [a, b]) for (let n = 0; n < 4; n += 1) void ref.tell('count');
    await w.settle();
    assert.equal(order, ['a', 'a', 'b', 'b', 'a', 'a', 'b', 'b']);
  },
  { dispatch: { turnMessages: 2 } },
);

worldTest(
  'a turn that made others ready lets them run before it goes on',
  async (w) => {
    const order: string[] = [];
    const Counter = defineActor({
      name: 'counter',
      init: (name: string) => name,
      handlers: { count: (name) => void order.push(name) },
    });
    const refs = await Promise.all(['a', 'b', 'c', 'd'].map((args) => w.spawn(Counter, { args })));
    const Feeder = defineActor({
      name: 'feeder',
      init: () => null,
      handlers: {
        feed: (_state, n: number) => {
          order.push('feeder');
          void refs[n]?.tell('count');
        },
      },
    });
    const feeder = await w.spawn(Feeder);
    for (let n = 0; n < 4; n += 1) void feeder.tell('feed', n);
    await w.settle();
    assert.equal(order, ['feeder', 'feeder', 'a', 'b', 'feeder', 'feeder', 'c', 'd']);
  },
  { dispatch: { turnReadied: 2 } },
);

worldTest('slow messages end a turn and a pass in time, so the event loop goes on', async (w) => {
  const Spinner = spinner(() => w, 2);
  const spinners = [await w.spawn(Spinner), await w.spawn(Spinner)];
  for (const ref of spinners) await ref.tell('spin', 100);
  for (let pass = 0; pass < 3; pass += 1) await w.time.pass();
  for (let pass = 0; pass < 10; pass += 1) {
    const startedMs = w.time.now();
    await w.time.pass();
    assert.ok(w.time.now() - startedMs <= 4 + 2, `the pass took ${w.time.now() - startedMs} ms`);
  }
  const turns = spinners.map((ref) => (w.cell(ref).state as { turns: number }).turns);
  assert.ok(Math.abs((turns[0] ?? 0) - (turns[1] ?? 0)) <= 5, `${turns.join(' and ')} turns`);
  await w.settle();
});

worldTest('messages that turn slow after many fast ones hold the thread for a bounded number', async (w) => {
  const Uneven = defineActor({
    name: 'uneven',
    mailbox: { capacity: 10_000 },
    init: () => ({}),
    handlers: { work: (_state, costMs: number) => w.time.stall(costMs) },
  });
  const uneven = await w.spawn(Uneven);
  for (let n = 0; n < 5_000; n += 1) void uneven.tell('work', 0);
  for (let n = 0; n < 200; n += 1) void uneven.tell('work', 10);
  const passesMs: number[] = [];
  for (let startedMs = w.time.now(); await w.time.pass(); startedMs = w.time.now()) {
    passesMs.push(w.time.now() - startedMs);
  }
  assert.ok(Math.max(...passesMs) <= 32 * 10, `${Math.max(...passesMs)} ms`);
  assert.ok(
    passesMs.filter((ms) => ms > 20).length <= 1,
    'once it shows, a pass takes one such message or two',
  );
});

worldTest('a signal comes before the messages that wait, and ends a flood', async (w) => {
  const Flooded = defineActor({
    name: 'flooded',
    mailbox: { capacity: 10_000 },
    init: () => ({ count: 0 }),
    handlers: {
      count: (state) => {
        state.count += 1;
      },
    },
  });
  const letters = w.events('deadLetter');
  const flooded = await w.spawn(Flooded);
  for (let n = 0; n < 5_000; n += 1) void flooded.tell('count');
  await w.value(w.system.stopActor(flooded));
  assert.is(letters.length, 5_000, 'the stop was not behind a single message');
});

test('timers and I/O run while a million messages are queued', async () => {
  let handled = 0;
  const system = createSystem({
    clock: {
      now: () => performance.now(),
      setTimer: (run, delayMs) => {
        const timer = setTimeout(run, delayMs);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    scheduler: { defer: (run) => void setImmediate(run) },
    random: () => 0.5,
    log: () => undefined,
  });
  const Counter = defineActor({
    name: 'counter',
    mailbox: { capacity: 32_767 },
    init: () => ({}),
    handlers: {
      count: () => {
        handled += 1;
      },
    },
  });
  const counters: ActorRef<typeof Counter>[] = [];
  for (let n = 0; n < 31; n += 1) counters.push(await system.spawn(Counter));
  for (const counter of counters) for (let n = 0; n < 32_767; n += 1) counter.tryTell('count');
  const queued = system.ledger().queued;
  assert.ok(queued > 1_000_000);
  let immediates = 0;
  let timerAt = -1;
  setTimeout(() => {
    timerAt = handled;
  }, 1);
  const look = (): void => {
    immediates += 1;
    if (handled < queued) setImmediate(look);
  };
  look();
  const report = await system.stop({ drainMs: 60_000 });
  assert.is(handled, queued);
  assert.ok(timerAt >= 0 && timerAt < queued, `the timer ran after ${timerAt} messages`);
  assert.ok(immediates > 3, `the event loop went round ${immediates} times`);
  assert.equal(report.problems, []);
});

worldTest(
  'a hundred thousand idle actors hold no queue, no timer and no place in the ready queue',
  async (w) => {
    const Idle = defineActor({ name: 'idle', init: () => null, handlers: { ping: () => 'pong' } });
    const refs: ActorRef<typeof Idle>[] = [];
    const Parent = defineActor({
      name: 'parent',
      init: (_args: undefined, ctx) => {
        for (let n = 0; n < 100_000; n += 1) refs.push(ctx.spawn(Idle));
        return null;
      },
      handlers: {},
    });
    await w.spawn(Parent);
    assert.is(w.system.actors, 100_001);
    assert.is(w.system.kernel.dispatcher.ready, 0);
    assert.is(w.system.kernel.activeCells, 0);
    assert.is(w.time.timers, 0);
    assert.is(w.time.deferred, 0);
    assert.is(w.cell(refs[50_000] as ActorRef<typeof Idle>).extras, null);
    assert.is(await w.value((refs[77_777] as ActorRef<typeof Idle>).ask('ping')), 'pong');
  },
);

test.run();
