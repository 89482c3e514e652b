/** Tests of a system as a whole: dead letters, events, options, the coordinated stop. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type SystemOptions, createSystem, defineActor, formatLedger } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { type BusyRef, busyActor, fullActor } from './support/actors.ts';
import { Gate, World, rejectedWith, throws, worldTest } from './support/world.ts';

// Dead letters.

worldTest('a dead letter tells reason, target, sender, handler and payload', async (w) => {
  const letters = w.events('deadLetter');
  const Teller = defineActor({
    name: 'teller',
    init: () => ({}),
    handlers: {
      tell: (_state, to: BusyRef) => {
        void to.tell('note', 'unheard');
      },
    },
  });
  const busy = await w.spawn(busyActor());
  const teller = await w.spawn(Teller);
  await w.value(w.system.stopActor(busy));
  await teller.tell('tell', busy);
  await w.settle();
  assert.equal(letters, [
    {
      reason: 'refused-unobserved',
      target: busy.address,
      sender: teller.address,
      handler: 'note',
      payload: 'unheard',
    },
  ]);
  letters.length = 0;
  const held = await w.spawn(busyActor());
  await held.tell('hold', new Promise<void>(() => undefined));
  await teller.tell('tell', held);
  await w.settle();
  await w.value(w.system.stopActor(held, { shutdownMs: 'brutal' }));
  assert.equal(
    letters.map(({ reason, sender }) => ({ reason, sender })),
    [{ reason: 'actor-stopped', sender: teller.address }],
  );
});

worldTest(
  'a refused send that nobody awaits is a dead letter and never an unhandled rejection',
  async (w) => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', hear);
    try {
      const { busy, gate } = await fullActor(w, { capacity: 1, timeoutMs: 10 });
      void busy.tell('note', 'parked in vain');
      const observed = w.track(busy.tell('note', 'awaited'));
      void busy.ask('note', 'asked in vain', { timeoutMs: 5 });
      await w.advance(10);
      assert.is(w.system.deadLetters, 1, 'one that is awaited is told to who awaits');
      rejectedWith(observed, 'ERR_SEND_TIMEOUT');
      gate.open();
      await w.value(w.system.stopActor(busy));
      void busy.tell('note', 'refused at once');
      await w.settle();
      assert.is(w.system.deadLetters, 2);
    } finally {
      process.off('unhandledRejection', hear);
    }
    assert.equal(unhandled, []);
    assert.is(w.logs.filter(({ message }) => message.includes('was not awaited')).length, 1, 'said once');
  },
);

worldTest('a flood of dead letters does not flood the log, and each is counted', async (w) => {
  const busy = await w.spawn(busyActor({ capacity: 1_000 }));
  for (let n = 0; n < 500; n += 1) void busy.tell('note', `${n}`);
  await w.value(w.system.stopActor(busy));
  const lines = (): number => w.logs.filter(({ message }) => message === 'dead letter').length;
  assert.is(w.system.deadLetters, 500);
  assert.is(lines(), 10);
  await w.advance(1_000);
  void busy.tell('note', 'late');
  await w.settle();
  assert.is(lines(), 11);
  assert.is(w.logs.at(-1)?.details['leftOut'], 490);
});

worldTest('what a policy drops on purpose is counted and not logged', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 1, overflow: 'drop-newest' });
  await busy.tell('note', 'x');
  assert.is(w.system.deadLetters, 1);
  assert.not.ok(w.logs.some(({ message }) => message === 'dead letter'));
  gate.open();
});

// Events.

worldTest('a listener that throws, at once or later, hurts nobody and is logged', async (w) => {
  const seen: string[] = [];
  w.system.on('spawned', () => {
    throw new Error('at once');
  });
  const later = async (): Promise<never> => {
    await Promise.resolve();
    throw new Error('later');
  };
  w.system.on('spawned', later as () => void);
  w.system.on('spawned', ({ actor }) => seen.push(actor));
  await w.spawn(busyActor());
  assert.equal(seen, ['busy']);
  const said = w.logs.filter(({ message }) => message.includes("'spawned' threw"));
  assert.equal(
    said.map(({ details }) => (details['error'] as Error).message),
    ['at once', 'later'],
  );
});

worldTest('a listener hears nothing after it was taken off', async (w) => {
  const seen: string[] = [];
  const off = w.system.on('spawned', ({ actor }) => seen.push(actor));
  await w.spawn(busyActor());
  off();
  await w.spawn(busyActor());
  assert.is(seen.length, 1);
});

test('without a listener no event is built', async () => {
  const w = new World();
  const { events } = w.system.kernel;
  let emitted = 0;
  events.emit = () => {
    emitted += 1;
  };
  const { busy, gate } = await fullActor(w, { capacity: 1 });
  const parked = w.track(busy.tell('note', 'x'));
  gate.open();
  await w.settle();
  assert.is(parked.state, 'resolved');
  await w.value(w.system.stopActor(busy));
  void busy.tell('note', 'dead');
  await w.settle();
  assert.is(emitted, 0);
  await w.stop();
});

worldTest('failures are logged at a limited rate', async (w) => {
  const Failing = defineActor({
    name: 'failing',
    init: () => ({}),
    handlers: {
      fail: () => {
        throw new Error('again');
      },
    },
  });
  const Parent = defineActor({
    name: 'parent',
    init: (_args: undefined, ctx) => ctx.spawn(Failing),
    supervision: { onFailure: () => 'resume' },
    handlers: { child: (child) => child },
  });
  const parent = await w.spawn(Parent);
  const child = (await w.value(parent.ask('child'))) as ActorRef<typeof Failing>;
  for (let n = 0; n < 100; n += 1) void child.tell('fail');
  await w.settle();
  assert.is(w.logs.filter(({ message }) => message === 'actor failed').length, 10);
  assert.is(w.system.ledger().failed, 100);
});

// Options.

test('options are refused with option, value and what is allowed, unknown ones with the nearest name', () => {
  const w = new World();
  const ports = w.system.kernel.ports;
  const start = (options: unknown) => () => createSystem(ports, options as SystemOptions);
  const define = (options: object) => () =>
    defineActor({ name: 'a', init: () => ({}), handlers: {}, ...options } as never);
  const wrong: [() => unknown, string][] = [
    [start({ askTimeoutMs: 0 }), 'system.askTimeoutMs'],
    [start({ parkedOutsideMaxSends: 1.5 }), 'system.parkedOutsideMaxSends'],
    [start({ dispatch: { turnMessages: 0 } }), 'system.dispatch.turnMessages'],
    [start(5), 'system'],
    [define({ name: 'with space' }), "defineActor('with space').name"],
    [define({ name: '$feed' }), "defineActor('$feed').name"],
    [define({ name: undefined }), "defineActor('undefined').name"],
    [define({ init: undefined }), "defineActor('a').init"],
    [define({ handlers: { x: 5 } }), "defineActor('a').handlers.x"],
    [define({ concurrency: 0 }), "defineActor('a').concurrency"],
    [define({ stashCapacity: 40_000 }), "defineActor('a').stashCapacity"],
    [define({ mailbox: { capacity: 0 } }), "defineActor('a').mailbox.capacity"],
    [define({ mailbox: { capacity: 32_768 } }), "defineActor('a').mailbox.capacity"],
    [define({ mailbox: { overflow: 'drop' } }), "defineActor('a').mailbox.overflow"],
    [define({ mailbox: { overflow: 'fail', timeoutMs: 5 } }), "defineActor('a').mailbox.timeoutMs"],
    [define({ mailbox: { onTimeout: 'drop' } }), "defineActor('a').mailbox.onTimeout"],
    [define({ mailbox: { key: () => 1 } }), "defineActor('a').mailbox.key"],
    [define({ supervision: { intensity: -1 } }), "defineActor('a').supervision.intensity"],
    [define({ supervision: { strategy: 'all' } }), "defineActor('a').supervision.strategy"],
    [
      define({ supervision: { backoff: { minMs: 10, maxMs: 5 } } }),
      "defineActor('a').supervision.backoff.maxMs",
    ],
    [define({ supervision: { backoff: { jitter: 2 } } }), "defineActor('a').supervision.backoff.jitter"],
    [
      define({ supervision: { children: [{ name: 'x', actor: {} }] } }),
      "defineActor('a').supervision.children[0].actor",
    ],
    [
      define({ supervision: { children: [{ name: 'x', actor: busyActor(), significant: true }] } }),
      "defineActor('a').supervision.children[0].significant",
    ],
    [
      define({ supervision: { children: ['x', 'x'].map((name) => ({ name, actor: busyActor() })) } }),
      "defineActor('a').supervision.children[1].name",
    ],
    [
      define({ supervision: { children: [{ name: '$keyed', actor: busyActor() }] } }),
      "defineActor('a').supervision.children[0].name",
    ],
    [define({ hooks: { started: 5 } }), "defineActor('a').hooks.started"],
  ];
  for (const [call, option] of wrong) {
    const error = throws(call, 'ERR_OPTION_INVALID');
    assert.is(error.details['option'], option);
    assert.ok(error.details['allowed'] !== undefined && error.details['value'] !== undefined, option);
  }
  const unknown: [() => unknown, string, string][] = [
    [start({ askTimeout: 5 }), 'system.askTimeout', 'askTimeoutMs'],
    [start({ dispatch: { turnMS: 5 } }), 'system.dispatch.turnMS', 'turnMs'],
    [define({ mailBox: {} }), "defineActor('a').mailBox", 'mailbox'],
    [define({ mailbox: { capacty: 5 } }), "defineActor('a').mailbox.capacty", 'capacity'],
    [define({ hooks: { stoping: () => undefined } }), "defineActor('a').hooks.stoping", 'stopping'],
    [define({ supervision: { strategi: 'x' } }), "defineActor('a').supervision.strategi", 'strategy'],
  ];
  for (const [call, option, nearest] of unknown) {
    const error = throws(call, 'ERR_OPTION_UNKNOWN');
    assert.equal([error.details['option'], error.details['nearest']], [option, nearest]);
  }
});

worldTest('an option that is undefined counts as absent', async (w) => {
  const options = { askTimeoutMs: undefined, dispatch: { turnMessages: undefined } };
  const system = createSystem(w.system.kernel.ports, options as unknown as SystemOptions);
  assert.is(system.kernel.dispatcher.turnMessages, 128);
  await w.settle();
});

test('what an options object inherits is not taken for an option', () => {
  const mailbox = Object.assign(Object.create({ nonsense: 1 }) as object, { capacity: 3 });
  assert.is(busyActor(mailbox).mailbox.capacityMessages, 3);
});

worldTest('options of spawn and stop are checked like all others', async (w) => {
  const Busy = busyActor();
  await w.rejects(w.system.spawn(Busy, { name: 'a/b' }), 'ERR_OPTION_INVALID');
  await w.rejects(w.system.spawn(Busy, { restart: 'always' as never }), 'ERR_OPTION_INVALID');
  await w.rejects(w.system.spawn(Busy, { restart: 'permanent', significant: true }), 'ERR_OPTION_INVALID');
  const unknown = await w.rejects(w.system.spawn(Busy, { nmae: 'a' } as never), 'ERR_OPTION_UNKNOWN');
  assert.is(unknown.details['nearest'], 'name');
  for (const nonsense of [null, [], 'a', 1]) {
    await w.rejects(w.system.spawn(Busy, nonsense as never), 'ERR_OPTION_INVALID');
  }
  await w.rejects(w.system.spawn({} as never), 'ERR_OPTION_INVALID');
  const busy = await w.spawn(Busy);
  throws(() => w.system.stopActor(busy, { shutdownMs: 'now' as never }), 'ERR_OPTION_INVALID');
  throws(() => w.system.stopActor({ address: busy.address }), 'ERR_OPTION_INVALID');
  throws(() => w.system.stop({ drainMs: -1 }), 'ERR_OPTION_INVALID');
  throws(() => w.system.stop({ drainMS: 1 } as never), 'ERR_OPTION_UNKNOWN');
});

// The ledger and the stop.

worldTest('the ledger is exact at any instant, for one actor and for all', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 3 });
  const parked = w.track(busy.tell('note', 'parked'));
  void busy.tryTell('note', 'refused');
  const ledger = w.system.ledger();
  const [view] = w.system.inspect().actors;
  assert.equal({ ...ledger, ...view?.ledger }, { ...ledger }, 'there is one actor');
  assert.is(
    formatLedger(ledger),
    'offered 5 = refused 1 + accepted 3 + parked 1\n' +
      'accepted 3 = handled 0 + failed 0 + dead-lettered 0 + queued 3',
  );
  gate.open();
  await w.settle();
  assert.is(parked.state, 'resolved');
  await w.value(w.system.stopActor(busy));
  assert.equal(w.system.ledger().handled, 4, 'the account of an actor outlives it');
});

worldTest('a view tells what an actor is doing', async (w) => {
  const { busy, gate } = await fullActor(w, { capacity: 3 });
  const [view] = w.system.inspect().actors;
  assert.equal(
    { ...view, ledger: null },
    {
      address: busy.address,
      actor: 'busy',
      key: null,
      phase: 'running',
      incarnation: 1,
      capacityMessages: 3,
      queued: 2,
      held: 1,
      free: 0,
      oldestAgeMs: 0,
      parkedSends: 0,
      waitingSenders: [],
      ledger: null,
    },
  );
  gate.open();
});

test('a send of application code that waits for a slot is waited for by the drain', async () => {
  const w = new World();
  const Keeper = defineActor({
    name: 'keeper',
    mailbox: { capacity: 1 },
    init: () => ({}),
    handlers: { keep: (_state, _payload: undefined, ctx) => ctx.stash() },
  });
  const keeper = await w.spawn(Keeper);
  await keeper.tell('keep');
  await w.settle();
  const parked = w.track(keeper.tell('keep'));
  const stopping = w.track(w.system.stop({ drainMs: 50 }));
  await w.advance(49);
  assert.is(parked.state, 'pending');
  await w.advance(1);
  rejectedWith(parked, 'ERR_ACTOR_STOPPED');
  assert.is(stopping.value?.phases.find(({ phase }) => phase === 'drain')?.completed, false);
  assert.equal(stopping.value?.problems, []);
});

test('a stop closes the intake, drains, stops the actors and reports', async () => {
  const w = new World();
  const order: string[] = [];
  const Worker = defineActor({
    name: 'worker',
    init: () => ({}),
    hooks: { stopping: () => void order.push('actor stopping') },
    handlers: {
      work: async (_state, left: number, ctx): Promise<void> => {
        order.push(`work ${left}`);
        if (left > 0) await ctx.self.tell('work' as never, (left - 1) as never);
      },
    },
  });
  const worker = await w.spawn(Worker);
  for (const phase of ['report', 'actors', 'drain', 'intake'] as const) {
    w.system.onStop(phase, () => void order.push(phase));
  }
  await worker.tell('work', 2);
  const stopping = w.system.stop();
  await w.rejects(worker.tell('work', 0), 'ERR_SYSTEM_STOPPING');
  const report = await stopping;
  assert.equal(order, [
    'intake',
    'drain',
    'work 2',
    'work 1',
    'work 0',
    'actors',
    'actor stopping',
    'report',
  ]);
  assert.equal(
    report.phases.map(({ phase, completed }) => [phase, completed]),
    [
      ['intake', true],
      ['drain', true],
      ['actors', true],
      ['report', true],
    ],
  );
  assert.equal(report.problems, []);
  assert.is(report.ledger.handled, 3);
  assert.is(worker.tryTell('work', 1), 'stopped');
  await w.rejects(worker.ask('work', 1), 'ERR_SYSTEM_STOPPING');
  await w.rejects(w.system.spawn(Worker), 'ERR_SYSTEM_STOPPING');
  await w.stop();
});

test('a second stop is the first', async () => {
  const w = new World();
  let reports = 0;
  w.system.onStop('report', () => {
    reports += 1;
  });
  await w.spawn(busyActor());
  const first = w.system.stop();
  const second = w.system.stop();
  await w.settle();
  assert.equal(await first, await second);
  assert.equal(await first, await w.system.stop());
  assert.is(reports, 1);
});

test('a task that fails is logged, and the stop goes on', async () => {
  const w = new World();
  w.system.onStop('drain', () => Promise.reject(new Error('no task')));
  const report = await w.stop();
  assert.ok(report.phases.every(({ completed }) => completed));
  assert.ok(w.logs.some(({ message }) => message.includes("phase 'drain' failed")));
});

test('a phase that misses its deadline is reported, and the stop goes on and kills what is left', async () => {
  const w = new World();
  const never = new Gate();
  const Stuck = defineActor({
    name: 'stuck',
    init: () => ({}),
    handlers: { hold: async () => never.opened },
  });
  const stuck = await w.spawn(Stuck, { shutdownMs: 'infinity' });
  await stuck.tell('hold');
  w.system.onStop('intake', () => never.opened);
  await w.settle();
  const stopping = w.track(w.system.stop({ intakeMs: 10, drainMs: 20, actorsMs: 30 }));
  await w.advance(59);
  assert.is(stopping.state, 'pending');
  await w.advance(1);
  assert.is(stopping.state, 'resolved');
  assert.equal(
    stopping.value?.phases.map(({ completed, tookMs }) => [completed, tookMs]),
    [
      [false, 10],
      [false, 20],
      [false, 30],
      [true, 0],
    ],
  );
  assert.equal(stopping.value?.problems, []);
  assert.is(stopping.value?.ledger.failed, 1);
  await w.stop();
});

test('stopping while everything is full and parked completes', async () => {
  const w = new World({ parkedOutsideMaxSends: 100 });
  const never = new Gate();
  const Node = defineActor({
    name: 'node',
    mailbox: { capacity: 2 },
    init: () => ({ next: undefined as ActorRef | undefined }),
    handlers: {
      link: (state, next: ActorRef) => {
        state.next = next;
      },
      note: (state) => {
        for (let n = 0; n < 3; n += 1) void state.next?.tell('note');
      },
      hold: async () => never.opened,
    },
  });
  const refs: ActorRef[] = [];
  for (let n = 0; n < 5; n += 1) refs.push((await w.spawn(Node)) as unknown as ActorRef);
  for (const [n, ref] of refs.entries()) await ref.tell('link', refs[(n + 1) % refs.length]);
  await w.settle();
  await refs[0]?.tell('hold');
  const outcomes = refs.flatMap((ref) => [1, 2, 3, 4].map(() => w.track(ref.tell('note'))));
  await w.settle();
  assert.ok(w.system.ledger().parked > 0);
  const report = await w.stop();
  assert.ok(
    outcomes.every(({ state }) => state !== 'pending'),
    'every send settled',
  );
  assert.is(report.phases.find(({ phase }) => phase === 'drain')?.completed, false);
});

test('a system that was stopped at once had nothing to do', async () => {
  const w = new World();
  const report = await w.stop();
  assert.is(report.ledger.offered, 0);
  assert.is(report.deadLetters, 0);
});

test.run();
