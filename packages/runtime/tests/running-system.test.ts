/** Tests of a system on worker threads: what one thread promises holds across threads. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, isMillraceError } from '@millrace/core';
import type { RunningSystem } from '../src/running-system.ts';
import { type StartOptions, startSystem } from '../src/start.ts';
import { Counter, Feeder, Hopper, Recorder, Scatterer, Tally, Writer } from './fixtures/actors.ts';

/** Open asks of one actor, at most: a bound of the core. */
const ASKS_PER_ACTOR_MAX = 10_000;

const ACTORS = new URL('./fixtures/actors.js', import.meta.url);

async function withSystem(workers: number, body: (system: RunningSystem) => Promise<void>): Promise<void> {
  const system = await startSystem({ actors: ACTORS, workers });
  try {
    await body(system);
  } finally {
    const report = await system.stop();
    assert.equal(report.problems, [], 'the ledger balances');
    assert.is(report.ledger.queued, 0);
    assert.is(report.ledger.parked, 0);
    assert.ok(report.phases.every((phase) => phase.completed));
  }
}

for (const workers of [0, 2]) {
  test(`an actor is told and asked the same way with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter, { args: 5 });
      await counter.tell('add', 2);
      assert.is(await counter.ask('get'), 7);
    }));

  test(`payloads and replies arrive as they were with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter);
      const payload = {
        text: 'ä',
        list: [1, 2.5, -0, null],
        map: new Map([['k', new Set([1n])]]),
        when: new Date(7),
      };
      assert.equal(await counter.ask('echo', payload), payload);
    }));

  test(`a failure reaches its asker and the actor starts again with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter);
      await counter.tell('add', 9);
      const error = await counter.ask('fail', 'boom').then(
        () => undefined,
        (failure: unknown) => failure,
      );
      assert.instance(error, Error);
      assert.is((error as Error).name, 'TypeError');
      assert.is((error as Error).message, 'boom');
      assert.is(await counter.ask('get'), 0);
    }));

  test(`refs travel in messages and come back as the same ref with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter);
      assert.is(await counter.ask('self'), counter);
      const feeder = await system.spawn(Feeder, { args: counter });
      assert.is(await feeder.ask('feed', 1_000), 1_000);
      assert.is(await feeder.ask('ask'), 1_000);
    }));

  test(`many senders of a small mailbox are all served, each in its order, with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const recorder = await system.spawn(Recorder);
      const writers = await Promise.all(
        Array.from({ length: 12 }, (_, i) => system.spawn(Writer, { args: { name: `w${i}`, to: recorder } })),
      );
      await Promise.all(writers.map((writer) => writer.ask('write', 200)));
      assert.equal(await recorder.ask('report'), { wrong: 0, total: 2_400 });
    }));

  test(`a stopped actor refuses and its watchers hear of it with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter);
      const gone = system.terminated(counter);
      assert.is(await system.stopActor(counter), 'stopped');
      assert.is(await gone, 'stopped');
      const refusal = await counter.tell('add', 1).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(isMillraceError(refusal, 'ERR_ACTOR_STOPPED'));
    }));

  test(`a payload that is not data is refused and harms no other with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const counter = await system.spawn(Counter);
      const first = counter.tell('add', 1);
      assert.throws(
        () => counter.tell('add', (() => 1) as never),
        (error: unknown) => isMillraceError(error, 'ERR_PAYLOAD_NOT_DATA'),
      );
      await Promise.all([first, counter.tell('add', 1)]);
      assert.is(await counter.ask('get'), 2);
    }));
}

for (const workers of [0, 2]) {
  test(`a ring of full mailboxes comes unstuck and every token is accounted for with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const ring = await Promise.all(Array.from({ length: 3 }, () => system.spawn(Hopper)));
      await Promise.all(ring.map((hopper, i) => hopper.ask('join', ring[(i + 1) % ring.length] as ActorRef)));
      const tokens = Array.from({ length: 4 }, (_, i) =>
        (ring[i % ring.length] as (typeof ring)[0]).tell('hop', 10),
      );
      await Promise.allSettled(tokens);
    }));
}

test('an ask with a payload that cannot travel is over at once and keeps no place among the open ones', () =>
  withSystem(2, async (system) => {
    const counter = await system.spawn(Counter, { args: 3, placement: 1 });
    const feeder = await system.spawn(Feeder, { args: counter, placement: 2 });
    const outcome = await feeder.ask('askBadly', ASKS_PER_ACTOR_MAX, { timeoutMs: 60_000 });
    assert.equal(outcome, { refused: ASKS_PER_ACTOR_MAX, got: 3 });
  }));

for (const placement of ['outside', 'main', 1] as const) {
  test(`what was sent before a stop arrives, also when it waited for its way (from ${placement})`, async () => {
    const system = await startSystem({ actors: ACTORS, workers: 2 });
    const keys = Array.from({ length: 16 }, (_, i) => `k${i}`);
    if (placement === 'outside') for (const key of keys) void system.keyed(Tally).ref(key).tell('count', 1);
    else await (await system.spawn(Scatterer, { placement })).ask('scatter', keys);
    const { ledger, phases, problems } = await system.stop();
    assert.equal(problems, []);
    assert.ok(phases.every((phase) => phase.completed));
    assert.equal([ledger.refused, ledger.deadLettered], [0, 0]);
    assert.is(ledger.handled, keys.length + (placement === 'outside' ? 0 : 1));
  });
}

const CHILD = `
  const { startSystem } = await import(process.argv[1]);
  const { Counter, Tally } = await import(process.argv[2]);
  const system = await startSystem({ actors: process.argv[2], workers: 2 });
  const counter = await system.spawn(Counter, { placement: 1 });
  await counter.ask('get');
  await system.keyed(Tally).ref('k').ask('count', 1);
  const { problems } = await system.stop();
  console.log('stopped', problems.length, process.getActiveResourcesInfo().filter((one) => /Port|Worker|Timeout/.test(one)).length);
`;

test('after a stop nothing is left open and the process ends by itself', async () => {
  const start = new URL('../src/start.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', CHILD, start, ACTORS.href];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  assert.is(stdout, 'stopped 0 0\n');
});

test('every host shows its actors and how busy it was', () =>
  withSystem(2, async (system) => {
    await system.spawn(Counter, { name: 'one', placement: 1 });
    await system.spawn(Counter, { name: 'two', placement: 2 });
    const views = await system.inspect();
    assert.equal(
      views.map(({ host, actors }) => [host, actors.map(({ address }) => address.path)]),
      [
        [0, []],
        [1, ['/user/one']],
        [2, ['/user/two']],
      ],
    );
    for (const { busyShare, waits, corruptFrames, lostPayloads, strayRows } of views) {
      assert.ok(busyShare >= 0 && busyShare <= 1);
      assert.equal(waits, []);
      assert.equal([corruptFrames, lostPayloads, strayRows], [0, 0, 0]);
    }
  }));

/** What a start was refused with. */
async function refusalOf(options: StartOptions): Promise<unknown> {
  try {
    const system = await startSystem(options);
    await system.stop();
    return undefined;
  } catch (error) {
    return error;
  }
}

test('a module that defines no actor is refused at the start', async () => {
  const refusal = await refusalOf({ actors: new URL('../src/limits.js', import.meta.url), workers: 1 });
  assert.ok(isMillraceError(refusal, 'ERR_DEFINITIONS'));
});

test('definitions that are not the same on every thread are refused at the start', async () => {
  const actors = new URL('./fixtures/two-faced-actors.js', import.meta.url);
  const refusal = await refusalOf({ actors, workers: 1 });
  assert.ok(isMillraceError(refusal, 'ERR_HOST_START'));
  assert.ok(isMillraceError(refusal.cause, 'ERR_DEFINITIONS'));
  assert.match(refusal.cause.message, "a worker's definitions differ from those of the main thread");
  assert.match(refusal.cause.message, 'two-faced(one)');
});

test('a misspelt option is refused with the nearest name', async () => {
  const refusal = await refusalOf({ actors: ACTORS, worker: 1 } as never);
  assert.ok(isMillraceError(refusal, 'ERR_OPTION_UNKNOWN'));
  assert.match(String(refusal), /nearest=workers/);
});

test.run();
