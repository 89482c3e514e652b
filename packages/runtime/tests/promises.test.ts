/** What is promised of one thread, held on one thread and between threads alike. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, type ErrorCode, isMillraceError, type Ledger } from '@millrace/core';
import { transfer } from '../src/codec/transfer.ts';
import type { RunningSystem } from '../src/running-system.ts';
import { startSystem } from '../src/start.ts';
import {
  Child,
  DropsNewest,
  DropsOldest,
  Fails,
  FamilyParent,
  Friend,
  Gate,
  gate,
  Holder,
  KeyedParks,
  Parent,
  Parks,
  Roomy,
  shutGate,
} from './fixtures/promise-actors.ts';

const ACTORS = new URL('./fixtures/promise-actors.js', import.meta.url);

/** Where actors live: on the main thread, which the test is on, or on a worker of their own. */
interface Places {
  readonly one: number | 'main';
  readonly two: number | 'main';
}

/** Runs a test on one thread and on three. */
function promise(title: string, body: (system: RunningSystem, at: Places) => Promise<void>): void {
  for (const workers of [0, 2]) {
    test(`${title} with ${workers} workers`, async () => {
      const system = await startSystem({ actors: ACTORS, workers });
      try {
        await body(system, workers === 0 ? { one: 'main', two: 'main' } : { one: 1, two: 2 });
      } finally {
        gate.open();
        const report = await system.stop();
        assert.equal(report.problems, [], 'the ledger balances');
        assert.equal([report.ledger.queued, report.ledger.parked], [0, 0]);
        assert.ok(report.phases.every((phase) => phase.completed));
      }
    });
  }
}

type Plain = ActorRef<typeof Parks>;

/** The actor is at work until the gate opens. */
async function hold(system: RunningSystem, actor: Plain): Promise<void> {
  shutGate();
  await actor.tell('hold', await system.spawn(Gate, { placement: 'main' }));
  while (gate.waiting === 0) {
    // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
    await soon();
  }
}

/** Sends numbers from 0 until the mailbox has taken so many; credit from another thread comes in steps. */
async function fill(actor: Plain, count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    if (actor.tryTell('add', n) === 'sent') n += 1;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    else await soon();
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function failsWith(code: ErrorCode, sent: Promise<unknown>): Promise<Error> {
  const error = await sent.then(
    () => assert.unreachable(`${code} was expected`),
    (failure: unknown) => failure,
  );
  assert.ok(isMillraceError(error, code), String(error));
  return error as Error;
}

async function until(system: RunningSystem, holds: (ledger: Ledger) => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
  while (!holds(await system.ledger())) await soon();
}

promise(
  'a full mailbox that parks makes its senders wait, and none overtakes another,',
  async (system, at) => {
    const actor = await system.spawn(Parks, { placement: at.one });
    await hold(system, actor);
    await fill(actor, 1);
    const settled: number[] = [];
    const told = [1, 2, 3, 4].map((n) => actor.tell('add', n).then(() => settled.push(n)));
    await until(system, (ledger) => ledger.parked === 4);
    assert.equal(settled, []);
    assert.is(actor.tryTell('add', 9), 'full');
    gate.open();
    await Promise.all(told);
    assert.equal(await actor.ask('seen'), [0, 1, 2, 3, 4]);
  },
);

promise('an inspection shows an actor by key where it lives, and what waits for it', async (system, at) => {
  const actor = system.keyed(KeyedParks).ref('alice');
  await hold(system, actor);
  await fill(actor, 1);
  const told = [1, 2, 3].map((n) => actor.tell('add', n));
  // Two are with the actor by then, and the one that it asks has the third.
  await until(system, (ledger) => ledger.parked === 3 && ledger.queued === 3);
  const hosts = await system.inspect();
  const seen = hosts.flatMap(({ host, actors }) =>
    actors
      .filter(({ key }) => key === 'alice')
      .map(({ actor: name, queued, held, parkedSends }) => ({ host, name, queued, held, parkedSends })),
  );
  const waits = hosts[0]?.waits.map(({ to, parkedSends }) => [to.path, parkedSends]);
  const host = seen[0]?.host ?? 0;
  if (at.one === 'main') {
    assert.equal(seen, [{ host: 0, name: 'keyed-parks', queued: 1, held: 1, parkedSends: 3 }]);
    assert.equal(waits, []);
  } else {
    assert.ok(host > 0, 'on a worker');
    assert.equal(seen, [{ host, name: 'keyed-parks', queued: 1, held: 1, parkedSends: 0 }]);
    assert.equal(waits, [['/user/$keyed/keyed-parks/alice', 3]]);
  }
  for (const { actorsLeftOut, waitsLeftOut } of hosts) assert.equal([actorsLeftOut, waitsLeftOut], [0, 0]);
  gate.open();
  await Promise.all(told);
});

promise('a parked send ends by its timeout or its abort signal, and never arrives,', async (system, at) => {
  const actor = await system.spawn(Parks, { placement: at.one });
  await hold(system, actor);
  await fill(actor, 1);
  await failsWith('ERR_SEND_TIMEOUT', actor.tell('add', 1, { timeoutMs: 1 }));
  const abort = new AbortController();
  const aborted = actor.tell('add', 2, { signal: abort.signal });
  const last = actor.tell('add', 3);
  abort.abort();
  await failsWith('ERR_SEND_ABORTED', aborted);
  gate.open();
  await last;
  assert.equal(await actor.ask('seen'), [0, 3]);
});

promise('a full mailbox that fails refuses the send,', async (system, at) => {
  const actor = await system.spawn(Fails, { placement: at.one });
  await hold(system, actor);
  await fill(actor, 1);
  await failsWith('ERR_MAILBOX_FULL', actor.tell('add', 1));
  gate.open();
  await until(system, (ledger) => ledger.queued === 0);
  assert.equal(await actor.ask('seen'), [0]);
});

promise('a full mailbox that drops the newest message counts it,', async (system, at) => {
  const actor = await system.spawn(DropsNewest, { placement: at.one });
  const letters: string[] = [];
  system.on('deadLetter', ({ reason }) => letters.push(reason));
  await hold(system, actor);
  let dropped = 0;
  while (dropped === 0) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await actor.tell('add', 0);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    dropped = (await system.ledger()).dropped['drop-newest'] ?? 0;
  }
  assert.equal(letters, ['drop-newest']);
  gate.open();
});

promise('a full mailbox that drops the oldest message keeps the newest ones,', async (system, at) => {
  const actor = await system.spawn(DropsOldest, { placement: at.one });
  await hold(system, actor);
  for (let n = 0; n < 20; n += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await actor.tell('add', n);
  }
  await until(system, ({ dropped }) => dropped['drop-oldest'] === 18);
  gate.open();
  await until(system, (ledger) => ledger.queued === 0);
  assert.equal(await actor.ask('seen'), [18, 19]);
});

promise('every slot of a mailbox can be had by sends that do not wait,', async (system, at) => {
  const actor = await system.spawn(Roomy, { placement: at.one });
  await hold(system, actor);
  await fill(actor, 63);
  assert.is(actor.tryTell('add', 63), 'full');
  gate.open();
  await until(system, (ledger) => ledger.queued === 0);
  assert.is((await actor.ask('seen')).length, 63);
});

promise('no thread keeps slots from sends that do not wait, by having sent before,', async (system, at) => {
  const actor = await system.spawn(Roomy, { placement: at.one });
  const others = await Promise.all([at.one, at.two].map((placement) => system.spawn(Friend, { placement })));
  await hold(system, actor);
  for (const other of others) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await other.ask('send', actor);
  }
  await fill(actor, 61);
  assert.is(actor.tryTell('add', 61), 'full');
  gate.open();
  await until(system, (ledger) => ledger.queued === 0);
  assert.is((await actor.ask('seen')).length, 63);
});

promise('an ask ends by its deadline or its abort signal,', async (system, at) => {
  const actor = await system.spawn(Parks, { placement: at.one });
  await hold(system, actor);
  await failsWith('ERR_ASK_TIMEOUT', actor.ask('seen', undefined, { timeoutMs: 1 }));
  const abort = new AbortController();
  const aborted = actor.ask('seen', undefined, { signal: abort.signal });
  abort.abort();
  await failsWith('ERR_ASK_ABORTED', aborted);
  gate.open();
});

promise('an ask that would wait for itself is refused with its path,', async (system, at) => {
  const one = await system.spawn(Friend, { name: 'one', placement: at.one });
  const two = await system.spawn(Friend, { name: 'two', placement: at.two });
  assert.is(await one.ask('ping', [two]), 'pong');
  const error = await failsWith('ERR_ASK_CYCLE', one.ask('ping', [two, one]));
  assert.match(error.message, /path=\/user\/one#\d+ -> \/user\/two#\d+ -> \/user\/one#\d+,/);
  const three = await system.spawn(Friend, { name: 'three', placement: at.one });
  const longer = await failsWith('ERR_ASK_CYCLE', one.ask('ping', [two, three, one]));
  assert.match(longer.message, /\/one#\d+ -> \/user\/two#\d+ -> \/user\/three#\d+ -> \/user\/one#\d+,/);
});

promise(
  'a child that fails is started again where it lives, and its siblings are left alone,',
  async (system, at) => {
    const parent = await system.spawn(Parent, { placement: at.one });
    const [a, b] = [await parent.ask('bear', at.two), await parent.ask('bear', at.one)];
    await Promise.all([a.ask('add', 5), b.ask('add', 5)]);
    await a.ask('fail').catch(() => undefined);
    assert.equal([await a.ask('add', 1), await b.ask('add', 1)], [1, 6]);
  },
);

promise('children that share one fate are all started again when one fails,', async (system, at) => {
  const parent = await system.spawn(FamilyParent, { placement: at.one });
  const [a, b] = [await parent.ask('bear', at.two), await parent.ask('bear', at.one)];
  await Promise.all([a.ask('add', 5), b.ask('add', 5)]);
  let restarts = 0;
  await a.ask('fail').catch(() => undefined);
  while (restarts < 2) {
    // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
    restarts = [await a.ask('add', 0), await b.ask('add', 0)].filter((count) => count === 0).length;
  }
  assert.is(restarts, 2);
});

promise('a watch tells once why an actor stopped, also of one that was gone before,', async (system, at) => {
  const watcher = await system.spawn(Parent, { placement: at.one });
  const [a, b] = await Promise.all([at.two, at.two].map((placement) => system.spawn(Child, { placement })));
  await watcher.tell('watch', a as ActorRef<typeof Child>);
  await watcher.tell('watch', a as ActorRef<typeof Child>);
  assert.equal(
    await watcher.ask('gone'),
    [],
    'both are handled, so the second is no watch of one that is gone',
  );
  await a?.tell('leave');
  await system.stopActor(b as ActorRef<typeof Child>);
  await watcher.tell('watch', b as ActorRef<typeof Child>);
  let gone: readonly string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
  while (gone.length < 2) gone = await watcher.ask('gone');
  assert.equal(gone, ['stopped', 'stopped']);
});

promise('a transferred buffer moves to its receiver, and back with a reply,', async (system, at) => {
  const holder = await system.spawn(Holder, { placement: at.one });
  const buffer = new ArrayBuffer(16);
  assert.equal(await holder.ask('take', { buffer: transfer(buffer) }), [true, 16]);
  assert.is(buffer.byteLength, 0, 'it has moved');
  const given = (await holder.ask('give')).buffer;
  assert.ok(given instanceof ArrayBuffer);
  assert.is(given.byteLength, 16);
  assert.is(await holder.ask('left'), 0, 'it has moved back');
});

promise('what happens to actors is told to listeners of the main thread,', async (system, at) => {
  const seen: string[] = [];
  const offs = (['spawned', 'failed', 'restarted', 'stopped', 'deadLetter'] as const).map((name) =>
    system.on(name, (event) => {
      const { path } = 'address' in event ? event.address : event.target;
      if (path === '/user/seen') seen.push(name);
      if (name === 'failed') assert.instance((event as { error: unknown }).error, Error);
    }),
  );
  // A worker that answers this has heard before who listens.
  await system.ledger();
  const child = await system.spawn(Child, { name: 'seen', placement: at.one });
  await child.ask('fail').catch(() => undefined);
  await child.ask('add', 1);
  await system.stopActor(child);
  // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
  while (!seen.includes('stopped')) await soon();
  assert.equal(seen, ['spawned', 'failed', 'restarted', 'stopped']);
  for (const off of offs) off();
  const unseen = await system.spawn(Child, { placement: at.one });
  await unseen.ask('add', 1);
  assert.is(seen.length, 4);
});

test.run();
