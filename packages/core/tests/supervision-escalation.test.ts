/** Tests of what is decided about a failure: the directives, and a failure that goes up until somebody can put it right. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { childOf, family } from './support/families.ts';
import { Gate, worldTest } from './support/world.ts';

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

test.run();
