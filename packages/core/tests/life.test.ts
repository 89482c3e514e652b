/** Tests of an actor's own life: hooks, contexts, timers, stash, watches. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorContext, defineActor } from '../src/index.ts';
import type { ActorRef, AnyRef } from '../src/ref.ts';
import { Gate, throws, worldTest } from './support/world.ts';

const Plain = defineActor({
  name: 'plain',
  init: () => ({}),
  handlers: {
    ping: () => 'pong',
    stop: (_state, _payload, ctx) => {
      for (let n = 0; n < 10; n += 1) ctx.stop();
    },
    fail: () => {
      throw new Error('plain');
    },
  },
});

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

worldTest('a context of an incarnation that is over refuses to act', async (w) => {
  let kept: ActorContext | undefined;
  const Keeper = defineActor({
    name: 'keeper',
    init: () => ({}),
    handlers: {
      keep: (_state, _payload, ctx) => {
        kept = ctx;
      },
      fail: () => {
        throw new Error('over');
      },
    },
  });
  const keeper = await w.spawn(Keeper);
  await keeper.tell('keep');
  await keeper.tell('fail');
  await w.settle();
  const ctx = kept as ActorContext;
  for (const act of [
    () => ctx.spawn(Plain),
    () => ctx.stop(),
    () => ctx.watch(keeper),
    () => ctx.unwatch(keeper),
    () => ctx.timers,
    () => ctx.stash(),
    () => ctx.unstash(),
  ]) {
    assert.is(throws(act, 'ERR_CONTEXT_OVER').details['incarnation'], 1);
  }
  assert.is(ctx.signal.aborted, true);
});

worldTest('the signal aborts on restart and on stop, before the code has ended', async (w) => {
  const signals: AbortSignal[] = [];
  const Long = defineActor({
    name: 'long',
    concurrency: 2,
    init: () => ({}),
    handlers: {
      work: async (_state, _payload, ctx) => {
        signals.push(ctx.signal);
        await new Promise<void>((resolve) => {
          ctx.signal.addEventListener('abort', () => resolve());
        });
      },
      fail: () => {
        throw new Error('restart me');
      },
    },
  });
  const long = await w.spawn(Long);
  await long.tell('work');
  await long.tell('fail');
  await w.settle();
  assert.is(signals[0]?.aborted, true);
  assert.is(w.cell(long).incarnation, 2);
  await long.tell('work');
  await w.settle();
  assert.is(signals[1]?.aborted, false);
  assert.is(await w.value(w.system.stopActor(long)), 'stopped');
  assert.is(signals[1]?.aborted, true);
});

worldTest('a context knows the time of the system and its log', async (w) => {
  const Talker = defineActor({
    name: 'talker',
    init: () => ({}),
    handlers: {
      talk: (_state, _payload, ctx) => {
        ctx.log('info', 'hello', { answer: 42 });
        return ctx.now();
      },
    },
  });
  const talker = await w.spawn(Talker);
  await w.advance(500);
  assert.is(await w.value(talker.ask('talk')), w.time.now());
  assert.equal(w.logs.at(-1), {
    level: 'info',
    message: 'hello',
    details: { actor: String(talker), answer: 42 },
  });
});

// Timers.

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

// Stash.

const Gatekeeper = defineActor({
  name: 'gatekeeper',
  mailbox: { capacity: 8 },
  stashCapacity: 3,
  init: () => ({ open: false, seen: [] as string[] }),
  handlers: {
    open(state, _payload: undefined, ctx) {
      state.open = true;
      ctx.unstash();
    },
    pass(state, text: string, ctx) {
      if (!state.open) return ctx.stash();
      state.seen.push(text);
      return text;
    },
    passLater: async (state, text: string, ctx) => {
      await Promise.resolve();
      if (!state.open) ctx.stash();
      else state.seen.push(text);
    },
    seen: (state) => [...state.seen],
    fail: () => {
      throw new Error('gatekeeper');
    },
  },
});

worldTest('stashed messages come back before the others in the order they came', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  await keeper.tell('pass', 'a');
  await keeper.tell('passLater', 'b');
  const asked = w.track(keeper.ask('pass', 'c'));
  await w.settle();
  assert.is(asked.state, 'pending', 'the reply of a stashed ask comes when it is handled');
  void keeper.tell('open');
  await keeper.tell('pass', 'd');
  await w.settle();
  assert.equal(await w.value(keeper.ask('seen')), ['a', 'b', 'c', 'd']);
  assert.is(asked.value, 'c');
  assert.is(w.system.ledger().handled, 6, 'each is counted once, when it is handled');
});

worldTest('a stashed message keeps its slot, and the stash is bounded', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  for (const text of ['a', 'b', 'c']) await keeper.tell('pass', text);
  await w.settle();
  assert.is(w.cell(keeper).mailbox.held, 3);
  assert.is(w.cell(keeper).mailbox.free, 5);
  await w.rejects(keeper.ask('pass', 'd'), 'ERR_STASH_FULL');
});

worldTest('a restart puts the stash back in order', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  for (const text of ['a', 'b']) await keeper.tell('pass', text);
  await keeper.tell('fail');
  await keeper.tell('pass', 'c');
  await w.settle();
  assert.is(w.cell(keeper).incarnation, 2);
  await keeper.tell('open');
  await w.settle();
  assert.equal(await w.value(keeper.ask('seen')), ['a', 'b', 'c']);
});

worldTest('stashed messages of an actor that stops become dead letters', async (w) => {
  const letters = w.events('deadLetter');
  const keeper = await w.spawn(Gatekeeper);
  await keeper.tell('pass', 'a');
  const asked = w.track(keeper.ask('pass', 'b'));
  await w.settle();
  await w.value(w.system.stopActor(keeper));
  assert.equal(
    letters.map(({ payload }) => payload),
    ['a', 'b'],
  );
  assert.is((asked.error as { code: string }).code, 'ERR_ACTOR_STOPPED');
});

worldTest('stash without a message at hand is refused', async (w) => {
  let kept: ActorContext | undefined;
  const Odd = defineActor({
    name: 'odd',
    init: () => ({}),
    hooks: { terminated: (_state, _event, ctx) => ctx.stash() },
    handlers: {
      watch: (_state, ref: AnyRef, ctx) => {
        kept = ctx;
        ctx.watch(ref);
      },
    },
  });
  const failed = w.events('failed');
  const plain = await w.spawn(Plain);
  const odd = await w.spawn(Odd);
  await odd.tell('watch', plain);
  await w.settle();
  throws(() => kept?.stash(), 'ERR_STASH_NOTHING');
  await w.value(w.system.stopActor(plain));
  assert.equal(
    failed.map(({ error }) => (error as { code: string }).code),
    ['ERR_STASH_NOTHING'],
  );
});

// Watching.

/** Watches what it is told to, and notes who stopped and why. */
const Watcher = defineActor({
  name: 'watcher',
  init: () => ({}),
  hooks: {
    terminated: (_state, { ref, reason }, ctx) => {
      (told.get(ctx.self) ?? []).push(`${ref.address.path} ${reason}`);
    },
  },
  handlers: {
    watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref),
    unwatch: (_state, ref: AnyRef, ctx) => ctx.unwatch(ref),
    flicker: (_state, ref: AnyRef, ctx) => {
      for (let n = 0; n < 100; n += 1) {
        ctx.watch(ref);
        ctx.unwatch(ref);
      }
      ctx.watch(ref);
    },
    twice: (_state, ref: AnyRef, ctx) => {
      ctx.watch(ref);
      ctx.watch(ref);
    },
    hold: async (_state, gate: Promise<void>) => gate,
    fail: () => {
      throw new Error('watcher');
    },
  },
});
const told = new Map<ActorRef, string[]>();

function notesOf(ref: AnyRef): string[] {
  const notes: string[] = [];
  told.set(ref as ActorRef, notes);
  return notes;
}

worldTest('a watch tells exactly once that the actor stopped', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await watcher.tell('watch', plain);
  await watcher.tell('watch', plain);
  await w.settle();
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, ['/user/plain stopped']);
});

worldTest('a watch tells also when the actor was gone before', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await w.value(w.system.stopActor(plain));
  await watcher.tell('twice', plain);
  await w.settle();
  assert.equal(notes, ['/user/plain stopped']);
  assert.is(await w.value(w.system.terminated(plain)), 'stopped');
  await watcher.tell('watch', plain);
  await w.settle();
  assert.is(notes.length, 2, 'a new watch tells anew');
});

worldTest('a watch never tells of a restart', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await watcher.tell('watch', plain);
  await w.settle();
  await plain.tell('fail');
  await w.settle();
  assert.is(w.cell(plain).incarnation, 2);
  assert.equal(notes, []);
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, ['/user/plain stopped'], 'the watch was kept through the restart');
});

worldTest('after unwatch nothing is told, not even of a stop that happened before', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const gate = new Gate();
  const [a, b] = [await w.spawn(Plain), await w.spawn(Plain)];
  await watcher.tell('watch', a);
  await watcher.tell('watch', b);
  await watcher.tell('unwatch', a);
  await watcher.tell('hold', gate.opened);
  await w.settle();
  await w.value(w.system.stopActor(a));
  const stopped = w.track(w.system.stopActor(b));
  await w.settle();
  assert.is(stopped.value, 'stopped');
  assert.equal(notes, [], 'it is busy');
  await watcher.tell('unwatch', b);
  gate.open();
  await w.settle();
  assert.equal(notes, [`${b.address.path} stopped`], 'the hook comes before the message that waited');
});

worldTest('watching and unwatching one that is gone adds nothing up', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await w.value(w.system.stopActor(plain));
  await watcher.tell('flicker', plain);
  await w.time.pass();
  assert.ok((w.cell(watcher).extras?.notices?.size ?? 0) <= 1);
  await w.settle();
  assert.equal(notes, ['/user/plain stopped']);
});

worldTest('no message is handled while the terminated hook has not ended', async (w) => {
  const gate = new Gate();
  const order: string[] = [];
  const Careful = defineActor({
    name: 'careful',
    init: () => ({}),
    hooks: {
      terminated: async () => {
        order.push('terminated begins');
        await gate.opened;
        order.push('terminated ends');
      },
    },
    handlers: {
      watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref),
      work: () => void order.push('work'),
    },
  });
  const careful = await w.spawn(Careful);
  const plain = await w.spawn(Plain);
  await careful.tell('watch', plain);
  await w.settle();
  await w.value(w.system.stopActor(plain));
  await careful.tell('work');
  await w.settle();
  gate.open();
  await w.settle();
  assert.equal(order, ['terminated begins', 'terminated ends', 'work']);
});

worldTest('a watch ends with the incarnation of the watcher', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain);
  await watcher.tell('watch', plain);
  await watcher.tell('fail');
  await w.settle();
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, []);
});

worldTest('an actor without a terminated hook cannot watch', async (w) => {
  const Blind = defineActor({
    name: 'blind',
    init: () => ({}),
    handlers: { watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref) },
  });
  const blind = await w.spawn(Blind);
  const error = await w.rejects(blind.ask('watch', blind), 'ERR_OPTION_INVALID');
  assert.match(error.message, 'hooks.terminated');
});

test.run();
