/** Tests of what a worker's death costs: its state, and nothing that had not reached it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError, ledgerProblems } from '@millrace/core';
import type { RunningSystem } from '../src/running-system.ts';
import { type StartOptions, startSystem, type StartTuning } from '../src/start.ts';
import { Counter, Feeder, Recorder, Tally, Writer } from './fixtures/actors.ts';
import { Fragile } from './fixtures/fragile-actors.ts';

const ACTORS = new URL('./fixtures/actors.js', import.meta.url);

async function withSystem(
  body: (system: RunningSystem) => Promise<void>,
  more: Partial<StartOptions & StartTuning> = {},
): Promise<void> {
  const system = await startSystem({ actors: ACTORS, workers: 2, ...more });
  try {
    await body(system);
  } finally {
    const report = await system.stop();
    assert.equal(report.problems, [], 'the ledger balances');
    assert.is(report.ledger.queued, 0);
    assert.is(report.ledger.parked, 0);
  }
}

/** Resolves once the worker's thread has ended and every host was told. */
async function kill(system: RunningSystem, worker: number): Promise<void> {
  const settled = next(system, 'hostLost');
  system.killWorker(worker);
  await settled;
}

/** Resolves once the end of that worker is settled. */
function lostOf(system: RunningSystem, worker: number): Promise<void> {
  return new Promise((resolve) => {
    const off = system.on('hostLost', ({ host }) => {
      if (host !== worker) return;
      off();
      resolve();
    });
  });
}

/** What is logged until the end is called, which may be again. */
function logLines(): { end(): readonly string[] } {
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  const lines: string[] = [];
  stderr.write = (line: Uint8Array | string): boolean => {
    lines.push(String(line));
    return true;
  };
  return {
    end() {
      stderr.write = write;
      return lines;
    },
  };
}

function next(system: RunningSystem, event: 'hostLost' | 'hostBack'): Promise<void> {
  return new Promise((resolve) => {
    const off = system.on(event, () => {
      off();
      resolve();
    });
  });
}

test('an actor of a worker that died comes back under its address, without its state', () =>
  withSystem(async (system) => {
    const counter = await system.spawn(Counter, { args: 5, placement: 1 });
    await counter.tell('add', 1);
    assert.is(await counter.ask('get'), 6);
    const before = counter.address;
    await kill(system, 1);
    assert.is(await counter.ask('get'), 5);
    assert.equal(counter.address, before);
  }));

test('an ask that a worker took down with it fails with a code', () =>
  withSystem(async (system) => {
    const counter = await system.spawn(Counter, { placement: 1 });
    const sibling = await system.spawn(Counter, { placement: 1 });
    const hung = counter.ask('hang');
    // Same link, sent later: when this is answered, the other was taken.
    await sibling.ask('get');
    await kill(system, 1);
    const error = await hung.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    assert.ok(isMillraceError(error, 'ERR_HOST_LOST'));
  }));

test('a sender on another worker goes on when its receiver comes back, and every send is accounted for', () =>
  withSystem(async (system) => {
    const counter = await system.spawn(Counter, { placement: 1 });
    const feeder = await system.spawn(Feeder, { args: counter, placement: 2 });
    const fed = feeder.ask('feed', 20_000, { timeoutMs: 60_000 });
    await counter.ask('get');
    await kill(system, 1);
    assert.is(await fed, 20_000);
    const kept = await counter.ask('get');
    assert.ok(kept <= 20_000);
    const ledger = await system.ledger();
    assert.is((ledger.lostWithHost ?? 0) >= 0, true);
  }));

test('what a worker had sent before it died is offered and accepted, also once its receiver died too', () =>
  withSystem(async (system) => {
    const counter = await system.spawn(Counter, { placement: 1 });
    const feeder = await system.spawn(Feeder, { args: counter, placement: 2 });
    assert.is(await feeder.ask('feed', 1_000), 1_000);
    // Asked by the same sender, behind its tells: from elsewhere an ask may overtake them.
    assert.is(await feeder.ask('ask'), 1_000);
    for (const worker of [2, 1]) {
      await kill(system, worker);
      assert.equal(ledgerProblems(await system.ledger()), [], `worker ${worker} is gone`);
    }
    const { offered, handled } = await system.ledger();
    assert.ok(offered >= 1_000 && handled >= 1_000, 'what was sent and handled stays in the account');
  }));

test('keyed actors of a worker that died are made again by their next message, one for each key', () =>
  withSystem(async (system) => {
    const refs = Array.from({ length: 200 }, (_, i) => system.keyed(Tally).ref(`k${i}`));
    const lives = await Promise.all(refs.map((ref) => ref.ask('count', 1)));
    assert.equal(new Set(lives.map(({ thread }) => thread)).size, 2, 'they live on both workers');
    await kill(system, 1);
    const after = await Promise.all(refs.map((ref) => ref.ask('count', 1)));
    const dead = (after.find(({ count }) => count === 2) as { thread: number }).thread;
    for (const [i, { thread, count }] of after.entries()) {
      assert.is(thread, dead, 'all live on the worker that lives');
      assert.is(count, lives[i]?.thread === thread ? 2 : 1, 'those that lived there kept their state');
    }
    await next(system, 'hostBack');
    assert.equal(
      (await Promise.all(refs.map((ref) => ref.ask('count', 0)))).map(({ count }) => count),
      after.map(({ count }) => count),
      'and when the other is back nobody is made anew',
    );
  }));

test('workers that die at the same moment leave an account that balances', () =>
  withSystem(async (system) => {
    const counters = await Promise.all([1, 2].map((placement) => system.spawn(Counter, { placement })));
    const feeders = await Promise.all(
      counters.map((args, i) => system.spawn(Feeder, { args, placement: 2 - i })),
    );
    const fed = feeders.map((feeder) => feeder.ask('feed', 50_000).catch((error: unknown) => error));
    // Each feeds the other's worker by now.
    await Promise.all(counters.map((counter) => counter.ask('get')));
    const settled = [1, 2].map((worker) => lostOf(system, worker));
    system.killWorker(1);
    system.killWorker(2);
    await Promise.all(settled);
    assert.equal(ledgerProblems(await system.ledger()), []);
    for (const outcome of await Promise.all(fed)) assert.ok(isMillraceError(outcome, 'ERR_HOST_LOST'));
    assert.is(await counters[0]?.ask('get', undefined, { timeoutMs: 60_000 }), 0, 'they come back');
  }));

test('the order of a sender holds across the death of its receiver', () =>
  withSystem(async (system) => {
    const recorder = await system.spawn(Recorder, { placement: 1 });
    const writer = await system.spawn(Writer, { args: { name: 'w', to: recorder }, placement: 2 });
    const written = writer.ask('write', 5_000, { timeoutMs: 60_000 });
    await recorder.ask('report');
    await kill(system, 1);
    await written;
    const { wrong } = await recorder.ask('report');
    // The new incarnation sees the sequence begin late once, and never go back or skip after that.
    assert.ok(wrong <= 1, `order broken ${wrong} times`);
  }));

test('a worker that died takes actors again once it is back', () =>
  withSystem(async (system) => {
    const back = next(system, 'hostBack');
    await kill(system, 1);
    await back;
    const counter = await system.spawn(Counter, { args: 3, placement: 1 });
    assert.is(await counter.ask('get'), 3);
    const feeder = await system.spawn(Feeder, { args: counter, placement: 2 });
    assert.is(await feeder.ask('feed', 1_000), 1_000);
    assert.is(await feeder.ask('ask'), 1_003);
  }));

/** The code of the error that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'nothing',
    (error: unknown) => error,
  );
  return isMillraceError(outcome) ? outcome.code : String(outcome);
}

const NO_RESTARTS = { restarts: { max: 0 } };

test('actors of a worker that is given up go to one that lives', () =>
  withSystem(async (system) => {
    const counter = await system.spawn(Counter, { args: 5, placement: 1 });
    await kill(system, 1);
    assert.is(await counter.ask('get'), 5);
    assert.is(await (await system.spawn(Counter, { args: 6, placement: 1 })).ask('get'), 6);
  }, NO_RESTARTS));

test('when every worker is given up, whatever waits for its actors is refused with a code, and so is what comes later', () =>
  withSystem(async (system) => {
    const given: unknown[] = [];
    system.on('hostLost', ({ restartInMs }) => given.push(restartInMs));
    const counter = await system.spawn(Counter, { placement: 1 });
    const sibling = await system.spawn(Counter, { placement: 2 });
    const home = await system.spawn(Counter, { args: 7, placement: 'main' });
    const gone = system.terminated(counter);
    await kill(system, 1);
    assert.is(await counter.ask('get'), 0, 'it lives on the other worker');
    const hung = codeOf(counter.ask('hang'));
    // More than the mailbox takes: some of these wait on the main thread.
    const told = Array.from({ length: 200 }, () => codeOf(counter.tell('add', 1)));
    // Same link, sent later: when this is answered, the first of the others were taken.
    assert.is(await sibling.ask('get'), 0);
    await kill(system, 2);
    assert.equal(given, [null, null]);
    assert.is(await hung, 'ERR_HOST_LOST');
    const codes = new Set(await Promise.all(told));
    assert.equal(
      [...codes].sort(),
      ['ERR_ACTOR_STOPPED', 'nothing'],
      'some had been admitted, the others waited',
    );
    assert.is(await gone, 'host-lost');
    assert.is(await codeOf(counter.tell('add', 1)), 'ERR_ACTOR_STOPPED');
    assert.is(await codeOf(sibling.ask('get')), 'ERR_ACTOR_STOPPED');
    assert.is(counter.tryTell('add', 1), 'stopped');
    const tally = system.keyed(Tally).ref('late');
    assert.is(await codeOf(tally.tell('count', 1)), 'ERR_HOST_LOST');
    assert.is(await codeOf(tally.ask('count', 1)), 'ERR_HOST_LOST');
    assert.is(tally.tryTell('count', 1), 'stopped');
    assert.is(await codeOf(system.spawn(Counter)), 'ERR_HOST_LOST');
    assert.is(await codeOf(system.spawn(Counter, { placement: 2 })), 'ERR_HOST_LOST');
    assert.is(await home.ask('get'), 7, 'the main thread goes on');
    assert.equal(ledgerProblems(await system.ledger()), []);
  }, NO_RESTARTS));

test('what was kept for a worker that does not come up again is refused once it is given up', async () => {
  const system = await startSystem({
    actors: new URL('./fixtures/fragile-actors.js', import.meta.url),
    workers: 1,
    restarts: { max: 2, backoffMinMs: 1, backoffMaxMs: 1 },
    // Its supervisor waits far longer than this test before it has the actor made again.
    supervision: { backoff: { minMs: 3_600_000, maxMs: 3_600_000 } },
  });
  const fragile = await system.spawn(Fragile, { placement: 1 });
  const keyed = system.keyed(Fragile).ref('k');
  await Promise.all([fragile.tell('note'), keyed.tell('note')]);
  process.env['MILLRACE_TEST_FRAGILE'] = 'broken';
  const logged = logLines();
  try {
    const settled: Promise<string>[] = [];
    const givenUp = new Promise<void>((resolve) => {
      system.on('hostLost', ({ restartInMs }) => {
        if (restartInMs === null) resolve();
        // The worker is to come back: these wait.
        else
          settled.push(
            codeOf(fragile.tell('note')),
            codeOf(keyed.tell('note')),
            codeOf(system.spawn(Fragile)),
          );
      });
    });
    system.killWorker(1);
    await givenUp;
    assert.equal(await Promise.all(settled), ['ERR_ACTOR_STOPPED', 'ERR_HOST_LOST', 'ERR_START_FAILED']);
    const { problems, ledger } = await system.stop();
    assert.equal(problems, []);
    assert.equal([ledger.queued, ledger.parked], [0, 0]);
    const lines = logged.end();
    const told = [
      'every worker was given up: what needs one is refused, and no actor of theirs comes back',
      `a restart cannot put a child right, so its supervisor fails child=${fragile.address.path} error=`,
      'a top-level actor could not be put right, so the system stops',
    ].map((text) => lines.findIndex((line) => line.startsWith(`millrace error: ${text}`)));
    assert.ok(!told.includes(-1), lines.join(''));
    assert.equal(
      [...told].sort((a, b) => a - b),
      told,
      'in this order',
    );
    assert.match(lines[told[1] as number] as string, 'reason=every worker was given up');
  } finally {
    logged.end();
    delete process.env['MILLRACE_TEST_FRAGILE'];
  }
});

for (const [handler, end] of [
  ['hoard', 'out of memory'],
  ['exit', 'exited'],
  ['crash', 'threw'],
] as const) {
  test(`a worker that ends by itself (${end}) is reported, and its actors come back`, () =>
    withSystem(
      async (system) => {
        const ends: string[] = [];
        system.on('hostLost', (event) => ends.push(event.end));
        const counter = await system.spawn(Counter, { args: 4, placement: 1 });
        const lost = next(system, 'hostLost');
        assert.is(await codeOf(counter.ask(handler, undefined, { timeoutMs: 60_000 })), 'ERR_HOST_LOST');
        await lost;
        assert.equal(ends, [end]);
        assert.is(await counter.ask('get'), 4);
      },
      { resourceLimits: { maxOldGenerationSizeMb: 40 } },
    ));
}

test('a worker that is stuck in one turn is only reported when nobody wants it ended', () =>
  withSystem(
    async (system) => {
      const ended: number[] = [];
      system.on('hostLost', ({ host }) => ended.push(host));
      const stuck = new Promise<number>((resolve) => {
        system.on('hostStuck', ({ host }) => resolve(host));
      });
      const counter = await system.spawn(Counter, { args: 4, placement: 1 });
      await counter.tell('add', 1);
      const folder = await mkdtemp(join(tmpdir(), 'millrace-'));
      const file = join(folder, 'go on');
      const spun = counter.ask('spinUntil', file, { timeoutMs: 60_000 });
      assert.is(await stuck, 1);
      await writeFile(file, '');
      assert.is(await spun, 5, 'it goes on as soon as it can');
      assert.is(await counter.ask('get'), 5);
      assert.equal(ended, []);
      await rm(folder, { recursive: true });
    },
    { stuckAfterMs: 200 },
  ));

test('a worker that is stuck in one turn is reported and, if so configured, ended', async () => {
  const system = await startSystem({ actors: ACTORS, workers: 2, stuckAfterMs: 200, killStuck: true });
  const reported: number[] = [];
  system.on('hostStuck', ({ host }) => reported.push(host));
  const counter = await system.spawn(Counter, { args: 4, placement: 1 });
  const lost = next(system, 'hostLost');
  const spun = counter.ask('spin').then(
    () => undefined,
    (error: unknown) => error,
  );
  await lost;
  assert.equal(reported, [1]);
  assert.ok(isMillraceError(await spun, 'ERR_HOST_LOST'));
  assert.is(await counter.ask('get'), 4);
  const report = await system.stop();
  assert.equal(report.problems, []);
});

test.run();
