/** Tests of supervision: who is restarted, in which order, how often, and what a restart keeps. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type SupervisionOptions, defineActor, isMillraceError } from '../src/index.ts';
import type { DeclaredChild } from '../src/actor/definition.ts';
import type { ActorRef, AnyRef } from '../src/ref.ts';
import type { ChildOptions } from '../src/supervision/child-spec.ts';
import { type BusyRef, busyActor } from './support/actors.ts';
import { Gate, type World, rejectedWith, worldTest } from './support/world.ts';

/** A child that writes down its life and fails when told. */
function childOf(life: string[], name: string) {
  return defineActor({
    name,
    init: () => {
      life.push(`${name} init`);
      return { count: 0 };
    },
    hooks: {
      started: () => void life.push(`${name} started`),
      restarted: (_state, _ctx, error) =>
        void life.push(`${name} restarted ${error === undefined ? '-' : (error as Error).message}`),
      stopping: (_state, _ctx, reason) => void life.push(`${name} stopping ${reason}`),
    },
    handlers: {
      add: (state) => {
        state.count += 1;
      },
      count: (state) => state.count,
      fail: (_state, message: string | undefined) => {
        throw new Error(message ?? 'boom');
      },
      stop: (_state, _payload, ctx) => ctx.stop(),
    },
  });
}
type ChildRef = ActorRef<ReturnType<typeof childOf>>;

interface Family {
  readonly life: string[];
  readonly parent: ActorRef;
  readonly a: () => ChildRef;
  readonly b: () => ChildRef;
  readonly c: () => ChildRef;
}

/** A supervisor with declared children, which writes down its own life. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type of a definition says it all
function supervisorOf(supervision: SupervisionOptions<DeclaredChild>, life: string[] = []) {
  return defineActor({
    name: 'top',
    init: () => {
      life.push('top init');
      return {};
    },
    supervision,
    hooks: { stopping: (_state, _ctx, reason) => void life.push(`top stopping ${reason}`) },
    handlers: { child: (_state, name: string, ctx) => ctx.child(name) },
  });
}

/** The child that has this name now. */
function childNamed<Child extends AnyRef>(w: World, parent: AnyRef, name: string): Child {
  for (const cell of w.system.cells())
    if (cell.path === `${parent.address.path}/${name}`) return cell.ref as unknown as Child;
  throw new Error(`there is no ${name}`);
}

/** A supervisor `top` with the declared children a, b and c. */
async function family(
  w: World,
  supervision: Omit<SupervisionOptions<DeclaredChild>, 'children'>,
  each: Partial<Record<'a' | 'b' | 'c', ChildOptions>> = {},
): Promise<Family> {
  const life: string[] = [];
  const names = ['a', 'b', 'c'] as const;
  const children = names.map((name) => ({ name, actor: childOf(life, name) as never, ...each[name] }));
  const parent = await w.spawn(supervisorOf({ ...supervision, children }, life), { name: 'top' });
  const child = (name: string) => (): ChildRef => childNamed(w, parent, name);
  return { life, parent: parent as unknown as ActorRef, a: child('a'), b: child('b'), c: child('c') };
}

const START = ['a init', 'a started', 'b init', 'b started', 'c init', 'c started'];

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

worldTest('one-for-one restarts the child that failed and no other', async (w) => {
  const { life, b } = await family(w, { strategy: 'one-for-one' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, ['b stopping restart', 'b init', 'b restarted oops']);
});

worldTest('one-for-all restarts all: down in reverse order, up in order', async (w) => {
  const { life, b } = await family(w, { strategy: 'one-for-all' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, [
    'c stopping restart',
    'b stopping restart',
    'a stopping restart',
    'a init',
    'a restarted -',
    'b init',
    'b restarted oops',
    'c init',
    'c restarted -',
  ]);
});

worldTest('rest-for-one restarts the child that failed and those started after it', async (w) => {
  const { life, b } = await family(w, { strategy: 'rest-for-one' });
  life.length = 0;
  await b().tell('fail', 'oops');
  await w.settle();
  assert.equal(life, [
    'c stopping restart',
    'b stopping restart',
    'b init',
    'b restarted oops',
    'c init',
    'c restarted -',
  ]);
});

worldTest('a failure within a bigger restart is part of it', async (w) => {
  const gate = new Gate();
  const life: string[] = [];
  const held = defineActor({
    name: 'd',
    init: () => void life.push('d init'),
    hooks: { stopping: async () => gate.opened },
    handlers: {},
  });
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'rest-for-one',
      intensity: 5,
      children: [
        ...['a', 'b'].map((name) => ({ name, actor: childOf(life, name) as never })),
        { name: 'd', actor: held as never },
      ],
    }),
  );
  const a = childNamed<ChildRef>(w, parent, 'a');
  const b = childNamed<ChildRef>(w, parent, 'b');
  life.length = 0;
  await a.tell('fail', 'first');
  await w.settle();
  await b.tell('fail', 'second');
  await w.settle();
  assert.equal(life, [], 'd is still on its way down');
  gate.open();
  await w.settle();
  assert.equal(life, [
    'b stopping restart',
    'a stopping restart',
    'a init',
    'a restarted first',
    'b init',
    'b restarted second',
    'd init',
  ]);
});

for (const [restart, ended, again] of [
  ['permanent', 'fail', true],
  ['permanent', 'stop', true],
  ['transient', 'fail', true],
  ['transient', 'stop', false],
  ['temporary', 'fail', false],
  ['temporary', 'stop', false],
] as const) {
  worldTest(
    `a ${restart} child that ends by ${ended} is ${again ? 'started again' : 'forgotten'}`,
    async (w) => {
      const { life, parent, b } = await family(w, {}, { b: { restart } });
      const before = b();
      life.length = 0;
      await before.tell(ended);
      await w.settle();
      assert.is(life.includes('b init'), again);
      const now = await w.value(parent.ask('child', 'b'));
      assert.is(now !== undefined, again);
      if (again) assert.is(now === before, ended === 'fail', 'a restart keeps the actor, a stop ends it');
    },
  );
}

worldTest('a temporary sibling is stopped for good by a restart of its group', async (w) => {
  const { life, parent, c } = await family(w, { strategy: 'one-for-all' }, { b: { restart: 'temporary' } });
  life.length = 0;
  await c().tell('fail', 'oops');
  await w.settle();
  assert.ok(life.includes('b stopping shutdown'));
  assert.not.ok(life.includes('b init'));
  assert.is(await w.value(parent.ask('child', 'b')), undefined);
});

worldTest('more restarts than the intensity within the period make the supervisor fail', async (w) => {
  const escalated = w.events('escalated');
  const failed = w.events('failed');
  const { life, b } = await family(w, { intensity: 2, periodMs: 1_000 });
  for (let n = 0; n < 2; n += 1) {
    await b().tell('fail');
    await w.settle();
  }
  assert.equal(escalated, []);
  life.length = 0;
  await b().tell('fail', 'third');
  await w.settle();
  assert.is(escalated.length, 1);
  const error = failed.at(-1)?.error;
  assert.ok(isMillraceError(error, 'ERR_RESTART_INTENSITY'));
  assert.is((error.cause as Error).message, 'third');
  assert.equal(life, [
    'c stopping shutdown',
    'b stopping shutdown',
    'a stopping shutdown',
    'top stopping restart',
    'top init',
    ...START,
  ]);
});

worldTest('the period of the intensity slides', async (w) => {
  const escalated = w.events('escalated');
  const { b } = await family(w, { intensity: 2, periodMs: 1_000 });
  for (const waitMs of [600, 401, 600, 401]) {
    await b().tell('fail');
    await w.advance(waitMs);
  }
  assert.equal(escalated, [], 'never three within a second');
  await b().tell('fail');
  await w.settle();
  await b().tell('fail');
  await w.settle();
  assert.is(escalated.length, 1);
});

worldTest('a supervisor that was restarted itself has a window of its own', async (w) => {
  const escalated = w.events('escalated');
  const { b } = await family(w, { intensity: 1, periodMs: 60_000 });
  await b().tell('fail');
  await w.settle();
  await b().tell('fail');
  await w.settle();
  assert.is(escalated.length, 1);
  await b().tell('fail');
  await w.settle();
  assert.is(escalated.length, 1, 'the first failure of the new incarnation');
});

worldTest('a restart that fails counts, and is tried again until the intensity is used up', async (w) => {
  let inits = 0;
  const Broken = defineActor({
    name: 'broken',
    init: () => {
      inits += 1;
      if (inits > 1) throw new Error(`init ${inits}`);
      return {};
    },
    handlers: {
      fail: () => {
        throw new Error('handler');
      },
    },
  });
  const broken = await w.spawn(Broken);
  const gone = w.track(w.system.terminated(broken));
  await broken.tell('fail');
  await w.settle();
  assert.is(inits, 1 + 5, 'top-level actors get five restarts in ten seconds');
  assert.is(gone.value, 'failed');
});

worldTest(
  'with an intensity for each child, one that fails too often is stopped and the others live on',
  async (w) => {
    const { life, parent, a, b } = await family(w, { intensity: 1, intensityPer: 'child' });
    await a().tell('fail');
    await b().tell('fail');
    await w.settle();
    await b().tell('fail');
    await w.settle();
    assert.is(await w.value(parent.ask('child', 'b')), undefined);
    assert.not.ok(life.includes('top stopping restart'));
    assert.is(await w.value(a().ask('count')), 0);
  },
);

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

for (const [directive, handled, state] of [
  ['resume', 3, 2],
  ['restart', 3, 1],
] as const) {
  worldTest(
    `the directive ${directive} ${directive === 'resume' ? 'keeps' : 'renews'} the state`,
    async (w) => {
      const { b } = await family(w, { onFailure: () => directive });
      await b().tell('add');
      await b().tell('fail');
      await b().tell('add');
      assert.is(await w.value(b().ask('count')), state);
      assert.is(w.system.ledger().handled, handled);
    },
  );
}

worldTest('the directive stop ends the child, and its asker hears the error', async (w) => {
  const { parent, b } = await family(w, { onFailure: () => 'stop' });
  const child = b();
  const gone = w.track(w.system.terminated(child));
  const asked = w.track(child.ask('fail', 'asked'));
  await w.settle();
  assert.is((asked.error as Error).message, 'asked');
  assert.is(gone.value, 'failed');
  assert.is(await w.value(parent.ask('child', 'b')), undefined);
});

worldTest('the directive escalate makes the supervisor fail with the error of the child', async (w) => {
  const failed = w.events('failed');
  const { life, b } = await family(w, { onFailure: () => 'escalate' });
  life.length = 0;
  await b().tell('fail', 'up');
  await w.settle();
  assert.equal(
    failed.map(({ address, error, during }) => [address.path, (error as Error).message, during]),
    [
      ['/user/top/b', 'up', 'handler'],
      ['/user/top', 'up', 'child'],
    ],
  );
  assert.ok(life.includes('top stopping restart'));
});

worldTest('the directive is chosen for each error, and told how often the child was restarted', async (w) => {
  const seen: [string, string, number][] = [];
  const { b } = await family(w, {
    intensity: 5,
    onFailure: (error, child) => {
      seen.push([(error as Error).message, child.name, child.restarts]);
      return (error as Error).message === 'minor' ? 'resume' : 'restart';
    },
  });
  for (const message of ['minor', 'major', 'minor']) await b().tell('fail', message);
  await w.settle();
  assert.equal(seen, [
    ['minor', 'b', 0],
    ['major', 'b', 0],
    ['minor', 'b', 1],
  ]);
});

worldTest('an onFailure that throws or answers nonsense escalates', async (w) => {
  for (const onFailure of [
    () => {
      throw new Error('in onFailure');
    },
    () => 'retry' as never,
  ]) {
    const escalated = w.events('escalated');
    const { parent, b } = await family(w, { onFailure });
    await b().tell('fail');
    await w.settle();
    assert.is(escalated.length, 1);
    await w.value(w.system.stopActor(parent));
  }
});

worldTest('a sibling that is restarted later does not hear of a failure that was resumed', async (w) => {
  const { life, a, b } = await family(w, {
    strategy: 'one-for-all',
    onFailure: (error) => ((error as Error).message === 'minor' ? 'resume' : 'restart'),
  });
  await a().tell('fail', 'minor');
  await b().tell('fail', 'major');
  await w.settle();
  assert.ok(life.includes('a restarted -'));
});

worldTest('a sibling that is restarted later does not hear of a failure it recovered from', async (w) => {
  const { life, a, b } = await family(w, { strategy: 'one-for-all', intensity: 2 });
  await a().tell('fail', 'first');
  await w.settle();
  assert.ok(life.includes('a restarted first'));
  life.length = 0;
  await b().tell('fail', 'second');
  await w.settle();
  assert.ok(life.includes('a restarted -'));
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

worldTest('a top-level actor that fails too often is stopped, and the others live on', async (w) => {
  const bad = await w.spawn(childOf([], 'bad'));
  const good = await w.spawn(childOf([], 'good'));
  for (let failures = 1; failures <= 5; failures += 1) {
    await bad.tell('fail');
    await w.settle();
  }
  assert.is(w.cell(bad).incarnation, 6);
  await bad.tell('fail');
  await w.settle();
  assert.is(await w.value(w.system.terminated(bad)), 'failed');
  assert.is(await w.value(good.ask('count')), 0);
});

worldTest('a supervisor that is resumed while a child is beyond help fails for the child', async (w) => {
  const Child = defineActor({
    name: 'child',
    init: () => ({}),
    handlers: {
      fail: async (_state, gate: Promise<void>) => {
        await gate;
        throw new Error('child');
      },
    },
  });
  const childGate = new Gate();
  const verdictGate: string[] = [];
  const Middle = defineActor({
    name: 'middle',
    init: (_args: undefined, ctx) => ({ child: ctx.spawn(Child, { name: 'child' }) }),
    concurrency: 2,
    supervision: { intensity: 0 },
    handlers: {
      begin: (state) => {
        void state.child.tell('fail', childGate.opened);
      },
      fail: () => {
        throw new Error('middle');
      },
    },
  });
  const Top = defineActor({
    name: 'top',
    init: (_args: undefined, ctx) => ({ middle: ctx.spawn(Middle, { name: 'middle' }) }),
    supervision: {
      intensity: 5,
      onFailure: (error) => {
        verdictGate.push((error as Error).message);
        return 'resume';
      },
    },
    handlers: { middle: (state) => state.middle },
  });
  const top = await w.spawn(Top);
  const middle = await w.value(top.ask('middle'));
  await middle.tell('begin');
  await w.settle();
  // The child fails in the same turn of the event loop in which its supervisor waits for a verdict.
  const cell = w.cell(middle);
  cell.enter('suspended');
  childGate.open();
  await w.settle();
  cell.signal({ kind: 'resume' });
  await w.settle();
  assert.is(cell.phase, 'running');
  assert.is(cell.incarnation, 2, 'it was restarted, and its child with it');
  assert.equal(verdictGate, []);
});

worldTest(
  'backoff waits before each restart, longer each time, with jitter, and forgets after a good life',
  async (w) => {
    const life: string[] = [];
    let failNext = true;
    const Flaky = defineActor({
      name: 'flaky',
      init: () => {
        life.push(`init at ${Math.round(w.time.now())}`);
        return {};
      },
      handlers: {
        fail: () => {
          if (failNext) throw new Error('flaky');
        },
      },
    });
    const Parent = defineActor({
      name: 'parent',
      init: (_args: undefined, ctx) => ({ child: ctx.spawn(Flaky) }),
      supervision: {
        intensity: 100,
        backoff: { minMs: 100, maxMs: 400, factor: 2, jitter: 0, resetAfterMs: 1_000 },
      },
      handlers: { child: (state) => state.child },
    });
    const parent = await w.spawn(Parent);
    const child = await w.value(parent.ask('child'));
    const waits: number[] = [];
    const failAndWait = async (): Promise<void> => {
      const before = life.length;
      const sinceMs = w.time.now();
      await child.tell('fail');
      for (let ms = 0; life.length === before && ms < 1_000; ms += 10) await w.advance(10);
      waits.push(w.time.now() - sinceMs);
    };
    for (let n = 0; n < 4; n += 1) await failAndWait();
    await w.advance(1_000);
    await failAndWait();
    assert.equal(waits, [100, 200, 400, 400, 100]);
    failNext = false;
  },
);

worldTest('a group waits once for its restart, not once for each member', async (w) => {
  const { life, b } = await family(w, { strategy: 'one-for-all', backoff: { minMs: 100, jitter: 0 } });
  life.length = 0;
  await b().tell('fail');
  await w.advance(99);
  assert.not.ok(life.includes('a init'));
  await w.advance(1);
  assert.ok(life.includes('c init'), 'all are up again');
});

worldTest('a supervisor stops at once although a child waits for its restart', async (w) => {
  for (const end of ['fail', 'stop'] as const) {
    const { parent, b } = await family(w, { backoff: { minMs: 5_000 } });
    await b().tell(end);
    await w.settle();
    assert.is(await w.value(w.system.stopActor(parent)), 'stopped');
  }
});

worldTest('a child that waits for its restart can be stopped', async (w) => {
  for (const end of ['fail', 'stop'] as const) {
    const { parent, b } = await family(w, { backoff: { minMs: 5_000 } });
    const child = b();
    await child.tell(end);
    await w.settle();
    await w.value(w.system.stopActor(child));
    await w.advance(60_000);
    if (end === 'fail') assert.is(await w.value(parent.ask('child', 'b')), undefined);
    await w.value(w.system.stopActor(parent));
  }
});

worldTest('an order to stop for good wins over a restart', async (w) => {
  const { parent, b } = await family(w, {});
  const child = b();
  await child.tell('stop');
  const stopped = w.track(w.system.stopActor(child));
  await w.settle();
  assert.is(stopped.state, 'resolved');
  assert.is(await w.value(parent.ask('child', 'b')), undefined, 'although it is permanent');
});

worldTest('a child that is stopped for good in the middle of a restart does not hold it up', async (w) => {
  const life: string[] = [];
  const parent = await w.spawn(
    supervisorOf({
      strategy: 'one-for-all',
      children: [
        { name: 'a', actor: childOf(life, 'a') as never },
        { name: 'busy', actor: busyActor() as never },
      ],
    }),
  );
  const busy = childNamed<BusyRef>(w, parent, 'busy');
  const a = childNamed<ChildRef>(w, parent, 'a');
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await a.tell('fail');
  await w.settle();
  const stopped = w.track(w.system.stopActor(busy));
  gate.open();
  await w.settle();
  assert.is(stopped.state, 'resolved');
  assert.equal(life.slice(2), ['a stopping restart', 'a init', 'a restarted boom']);
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

worldTest('a child that waits for its restart is part of a bigger one that comes meanwhile', async (w) => {
  const { life, a, b } = await family(w, {
    strategy: 'rest-for-one',
    intensity: 3,
    backoff: { minMs: 100, jitter: 0 },
  });
  await b().tell('fail');
  await w.advance(50);
  life.length = 0;
  await a().tell('fail');
  await w.advance(99);
  assert.equal(life, ['a stopping restart']);
  await w.advance(1);
  assert.equal(
    life.filter((what) => what.includes('restarted')),
    ['a restarted boom', 'b restarted boom', 'c restarted -'],
  );
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

worldTest(
  'a failure that nobody puts right stops the tree, is logged, and nothing can be spawned any more',
  async (w) => {
    const { parent, b } = await family(w, { onFailure: () => 'escalate' });
    const gone = w.track(w.system.terminated(parent));
    await b().tell('fail', 'fatal');
    await w.settle();
    assert.is(gone.value, 'shutdown');
    assert.ok(w.logs.some(({ level, message }) => level === 'error' && message.includes('top-level')));
    await w.rejects(w.system.spawn(childOf([], 'late')), 'ERR_SYSTEM_STOPPING');
  },
  { supervision: { intensity: 0 } },
);

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
