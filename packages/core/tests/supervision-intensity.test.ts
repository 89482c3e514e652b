/** Tests of how often and how soon: the window of restarts, who it is counted for, and the wait before each. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor, isMillraceError } from '../src/index.ts';
import { START, childOf, family } from './support/families.ts';
import { worldTest } from './support/world.ts';

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

test.run();
