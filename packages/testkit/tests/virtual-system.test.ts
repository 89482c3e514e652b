/** A system of virtual workers: real hosts, rings, codec and credit on one thread and in virtual time. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor, type MillraceError } from '@millrace/core';
import { assertLedger, startVirtual, type VirtualOptions, type VirtualSystem } from '@millrace/testkit';
import { Account, Audit, Teller } from './support/bank.ts';

const start = (options: Partial<VirtualOptions> = {}): Promise<VirtualSystem> =>
  startVirtual({ actors: [Account, Teller, Audit], ...options });

test('actors on virtual workers answer, and their messages pass the real codec and credit', async () => {
  const system = await start({ workers: 3 });
  const audit = await system.probe(Audit);
  const [alice, bob] = await Promise.all([
    system.spawn(Account, { args: 100 }),
    system.spawn(Account, { args: 0 }),
  ]);
  const teller = await system.spawn(Teller, { args: audit.ref });
  await teller.ask('transfer', { from: alice, to: bob, amount: 30 });
  assert.is(await audit.next('transferred'), 30);
  assert.is(await alice.ask('balance'), 70);
  assert.is(await bob.ask('balance'), 30);
  await audit.nothing();
  system.checkMailboxes();
  assertLedger(await system.ledger());
  const report = await system.stop();
  assertLedger(report, { dropped: 0, failed: 0, deadLettered: 0 });
});

test('what is refused because its receiver is gone is counted, wherever the receiver lived', async () => {
  const system = await start({ workers: 2 });
  const accounts = await Promise.all(
    [1, 2, 'main' as const].map((placement) => system.spawn(Account, { args: 1, placement })),
  );
  for (const account of accounts) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each refusal is seen by itself
    await system.stopActor(account);
    const before = await system.ledger();
    assert.is(account.tryTell('balance', undefined), 'stopped');
    assert.is(
      await account.tell('balance', undefined).catch((error: MillraceError) => error.code),
      'ERR_ACTOR_STOPPED',
    );
    assert.is(await account.ask('balance').catch((error: MillraceError) => error.code), 'ERR_ACTOR_STOPPED');
    const after = await system.ledger();
    assert.equal([after.refused - before.refused, after.offered - before.offered], [3, 3]);
    assertLedger(after);
  }
  await system.stop();
});

test('a ref that comes back to the thread on which its actor is gone refuses like any other', async () => {
  const Keeper = defineActor({
    name: 'keeper',
    init: () => ({ kept: null as ActorRef<typeof Account> | null }),
    handlers: {
      keep(state, ref: ActorRef<typeof Account>) {
        state.kept = ref;
      },
      give: (state) => state.kept as ActorRef<typeof Account>,
      async take(_state, from: ActorRef<typeof Account>): Promise<string> {
        return from.tell('balance', undefined).then(
          () => 'sent',
          (error: MillraceError) => error.code,
        );
      },
    },
  });
  const system = await startVirtual({ actors: [Account, Keeper], workers: 2 });
  const [home, away] = await Promise.all([1, 2].map((placement) => system.spawn(Keeper, { placement })));
  const account = await system.spawn(Account, { args: 1, placement: 1 });
  await away?.ask('keep', account);
  await system.stopActor(account);
  await system.settle();
  const back = await away?.ask('give');
  assert.is(await home?.ask('take', back as ActorRef<typeof Account>), 'ERR_ACTOR_STOPPED');
  assertLedger(await system.ledger());
  await system.stop();
});

test('time stands still until a test lets it pass', async () => {
  const system = await start();
  const audit = await system.probe(Audit);
  const alice = await system.spawn(Account, { args: 100 });
  const teller = await system.spawn(Teller, { args: audit.ref });
  await teller.tell('later', { from: alice, to: alice, amount: 1, delayMs: 60_000 });
  await system.advance(59_999);
  await audit.nothing();
  assert.is(system.nowMs, 59_999);
  await system.advance(1);
  assert.is(await audit.next('transferred'), 1);
  assert.is(system.nowMs, 60_000);
  await system.stop();
});

test('the same seed gives the same order of everything, and different seeds differ', async () => {
  const run = async (seed: number): Promise<string> => {
    const system = await start({ seed, workers: 3 });
    const audit = await system.probe(Audit);
    const alice = await system.spawn(Account, { args: 1_000 });
    const tellers = await Promise.all([1, 2, 3].map(() => system.spawn(Teller, { args: audit.ref })));
    await Promise.all(
      tellers.map((teller, n) => teller.ask('transfer', { from: alice, to: alice, amount: n + 1 })),
    );
    await audit.until((received) => received.length === 3);
    const order = audit.received.map(({ payload }) => payload).join();
    await system.stop();
    return `${order} ${system.steps} ${system.hash}`;
  };
  assert.is(await run(7), await run(7));
  const orders = new Set<string>();
  for (let seed = 1; seed <= 10; seed += 1) orders.add((await run(seed)).split(' ')[0] ?? '');
  assert.ok(orders.size > 1, 'all seeds gave the same order');
});

test('whoever waits for what will not come is told at once, and why', async () => {
  const system = await start();
  const audit = await system.probe(Audit);
  const alice = await system.spawn(Account, { args: 100 });
  const teller = await system.spawn(Teller, { args: audit.ref });
  await teller.tell('later', { from: alice, to: alice, amount: 1, delayMs: 500 });
  try {
    await audit.next('transferred');
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), "NothingLeftToDo: a message 'transferred' to the probe does not come about");
    assert.match(String(error), 'the next timer is due in 500 ms');
  }
  await system.stop();
});

test('a probe that takes nothing fills up like any other mailbox, and senders wait', async () => {
  const system = await start();
  const audit = await system.probe(Audit);
  audit.pause();
  const sent: number[] = [];
  for (let n = 1; n <= 5; n += 1) {
    void audit.ref.tell('transferred', n).then(() => sent.push(n));
  }
  await system.settle();
  assert.equal(sent, [1, 2], 'two fit');
  assert.is(audit.ref.tryTell('transferred', 9), 'full');
  audit.resume();
  await audit.until((received) => received.length === 5);
  assert.equal(
    audit.received.map(({ payload }) => payload),
    [1, 2, 3, 4, 5],
  );
  await system.stop();
});

test('a probe answers asks, and says which message it did not expect', async () => {
  const system = await start();
  const account = await system.probe(Account);
  account.answer('balance', () => 42);
  assert.is(await account.ref.ask('balance'), 42);
  await account.ref.tell('deposit', 5);
  await account.next('balance');
  try {
    await account.next('withdraw');
    assert.unreachable();
  } catch (error) {
    assert.is(String(error), "Unexpected: expected 'withdraw', and 'deposit' came: 5");
  }
  await system.settle();
  try {
    await account.nothing();
    assert.unreachable();
  } catch (error) {
    assert.is(String(error), "Unexpected: expected nothing, and 1 messages came, first 'deposit': 5");
  }
  await system.stop();
});

test('actors of one thread that send to another take turns there too, and none of them sends on and on', async () => {
  const rounds = 40;
  const each = 8;
  const order: string[] = [];
  const Sink = defineActor({
    name: 'sink',
    mailbox: { capacity: 1_000 },
    init: () => null,
    handlers: { hear: (_state, from: string) => void order.push(from) },
  });
  const Pusher = defineActor({
    name: 'pusher',
    init: (args: { name: string; sink: ActorRef<typeof Sink> }) => args,
    handlers: {
      push({ name, sink }, left: number, ctx) {
        for (let n = 0; n < each; n += 1) void sink.tell('hear', name);
        if (left > 1) void ctx.self.tell('push' as never, (left - 1) as never);
      },
    },
  });
  const system = await startVirtual({ actors: [Sink, Pusher] });
  const sink = await system.spawn(Sink, { placement: 1 });
  const pushers = await Promise.all(
    ['a', 'b'].map((name) => system.spawn(Pusher, { placement: 2, args: { name, sink } })),
  );
  for (const pusher of pushers) await pusher.ask('push', 1);
  await system.settle();
  order.length = 0;
  for (const pusher of pushers) void pusher.tell('push', rounds);
  await system.settle();
  assert.is(order.length, 2 * rounds * each);
  const turns = order.join('').match(/a+|b+/g) ?? [];
  // The last to send has nobody to share with.
  const longest = Math.max(...turns.slice(0, -1).map((turn) => turn.length));
  assert.ok(longest <= 32, `${longest} messages in one turn`);
  await system.stop();
});

test('a payload that two threads could not share is refused on one as well', async () => {
  const system = await start({ workers: 0 });
  const alice = await system.spawn(Account, { args: 100 });
  let code: unknown;
  try {
    await alice.tell('deposit', { amount: () => 5 } as never);
  } catch (error) {
    code = (error as { code?: unknown }).code;
  }
  assert.is(code, 'ERR_PAYLOAD_NOT_DATA');
  await system.stop();
});

test('a worker that is killed takes its messages with it, and its actors come back', async () => {
  const system = await start({ workers: 1 });
  const alice = await system.spawn(Account, { args: 100 });
  await alice.ask('deposit', 5);
  system.killWorker(1);
  await system.settle();
  assert.is(alice.tryTell('deposit', 1), 'full', 'while its worker is dead, sends wait');
  const balance = alice.ask('balance');
  await system.advance(1_000);
  assert.is(await balance, 100, 'made again with the arguments of its start');
  const report = await system.stop();
  assertLedger(report, { dropped: 0, failed: 0 });
});

test('an actor whose worker dies while it starts there is started on another, and its spawner gets it', async () => {
  const system = await start({ workers: 2 });
  const spawned = system.spawn(Account, { args: 7, placement: 1 });
  system.killWorker(1);
  await system.advance(5_000);
  assert.is(await (await spawned).ask('balance'), 7);
  await system.stop();
});

/** Takes a message each time it is told to. */
const Gated = defineActor({
  name: 'gated',
  mailbox: { capacity: 1 },
  init: () => ({ count: 0 }),
  handlers: {
    add(state) {
      state.count += 1;
      return state.count;
    },
  },
});
const Flooder = defineActor({
  name: 'flooder',
  concurrency: 2,
  init: () => ({ gated: null as ActorRef<typeof Gated> | null }),
  handlers: {
    // It makes the receiver itself, so that no other thread knows of it when its sends begin to wait.
    async flood(state, times: number, ctx) {
      state.gated = ctx.spawn(Gated);
      const { gated } = state;
      await Promise.all(Array.from({ length: times }, () => gated.ask('add')));
    },
    receiver: (state) => state.gated,
  },
});

test('sends that wait here go on when another thread first addresses their receiver', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const system = await startVirtual({ actors: [Gated, Flooder], workers: 1, seed });
    const flooder = await system.spawn(Flooder, { placement: 1 });
    const flooded = flooder.ask('flood', 8, { timeoutMs: 60_000 });
    const gated = await flooder.ask('receiver');
    if (gated !== null) await gated.ask('add');
    await flooded;
    await system.stop();
  }
});

test('a handler fails when it is told to, and its supervisor restarts the actor', async () => {
  const system = await start();
  const alice = await system.spawn(Account, { args: 100 });
  await alice.ask('deposit', 5);
  system.failNext(Account, 'deposit');
  let failed: unknown;
  await alice.ask('deposit', 7).catch((error: unknown) => {
    failed = error;
  });
  assert.match(String(failed), 'InjectedFailure: account.deposit');
  assert.is(await alice.ask('balance'), 100, 'a new life begins with what init gives');
  assertLedger(await system.stop(), { failed: 1 });
});

test('a thread that stalls makes no step until its time is over, and the others go on', async () => {
  const system = await start({ workers: 2 });
  const alice = await system.spawn(Account, { args: 1, placement: 1 });
  const bob = await system.spawn(Account, { args: 2, placement: 2 });
  system.stall(1, 50);
  const slow = alice.ask('balance');
  assert.is(await bob.ask('balance'), 2);
  let came = false;
  void slow.then(() => {
    came = true;
  });
  await system.advance(49);
  assert.not.ok(came);
  await system.advance(1);
  assert.is(await slow, 1);
  await system.stop();
});

test('credit that is granted late makes senders wait, and none of it is lost', async () => {
  const system = await start({ workers: 1 });
  const alice = await system.spawn(Account, { args: 0, placement: 1 });
  system.delaySends(1, 50);
  const told = Array.from({ length: 20 }, () => alice.tell('deposit', 1));
  await system.settle();
  assert.is(alice.tryTell('deposit', 1), 'full');
  await system.advance(50);
  await Promise.all(told);
  assert.is(await alice.ask('balance'), 20);
  assertLedger(await system.stop(), { refused: 1, handled: 21 });
});

test('a clock that jumps makes everything due at once', async () => {
  const system = await start();
  const audit = await system.probe(Audit);
  const alice = await system.spawn(Account, { args: 100 });
  const teller = await system.spawn(Teller, { args: audit.ref });
  await teller.tell('later', { from: alice, to: alice, amount: 3, delayMs: 500 });
  await system.settle();
  system.jumpClock(3_600_000);
  assert.is(await audit.next('transferred'), 3);
  await system.stop();
});

test('an account that does not balance is told with all its counts', async () => {
  const system = await start();
  const alice = await system.spawn(Account, { args: 100 });
  await alice.tell('deposit', 1);
  const report = await system.stop();
  assert.throws(() => assertLedger(report, { handled: 2 }), 'handled is 1, expected 2');
  const cooked = { ...report, ledger: { ...report.ledger, parked: 1 } };
  assert.throws(() => assertLedger(cooked), '1 sends still wait after the stop');
  assert.throws(() => assertLedger(cooked.ledger), 'offered 1 is not refused + accepted + parked = 2');
});

test.run();
