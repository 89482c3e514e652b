/** Tests of tell, tryTell and ask between actors and from outside. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { MillraceError, isMillraceError } from '../src/errors.ts';
import type { ActorRef } from '../src/ref.ts';
import { Gate, World, rejectedWith, throws, worldTest } from './support/world.ts';

const Account = defineActor({
  name: 'account',
  init: (owner: string) => ({ owner, balance: 0 }),
  handlers: {
    deposit(state, amount: number) {
      state.balance += amount;
      return state.balance;
    },
    balance: (state) => state.balance,
    owner: async (state) => state.owner,
    breakDown(_state, error: Error) {
      throw error;
    },
    breakOddly() {
      // oxlint-disable-next-line typescript/only-throw-error -- what users do
      throw 'only words';
    },
    wait: async (_state, gate: Promise<void>) => {
      await gate;
      return 'waited';
    },
  },
});

worldTest('a tell is handled and an ask brings what the handler returned', async (w) => {
  const alice = await w.spawn(Account, { args: 'alice' });
  await alice.tell('deposit', 50);
  assert.is(await w.value(alice.ask('balance')), 50);
  assert.is(await w.value(alice.ask('owner')), 'alice');
});

worldTest('messages from one sender to one actor are handled in the order sent', async (w) => {
  const Notes = defineActor({
    name: 'notes',
    mailbox: { capacity: 2 },
    init: () => [] as number[],
    handlers: {
      note(state, n: number) {
        state.push(n);
      },
      all: (state) => [...state],
    },
  });
  const notes = await w.spawn(Notes);
  for (let n = 0; n < 20; n += 1) void notes.tell('note', n);
  assert.equal(
    await w.value(notes.ask('all')),
    Array.from({ length: 20 }, (_, n) => n),
  );
});

worldTest('messages sent before the actor started are kept for it', async (w) => {
  const gate = new Gate();
  const Slow = defineActor({
    name: 'slow',
    init: async () => {
      await gate.opened;
      return { count: 0 };
    },
    handlers: {
      add(state) {
        state.count += 1;
      },
      count: (state) => state.count,
    },
  });
  const Parent = defineActor({
    name: 'parent',
    init: (_: undefined, ctx) => ({ child: ctx.spawn(Slow) }),
    handlers: { child: (state) => state.child },
  });
  const parent = await w.spawn(Parent);
  const child = await w.value(parent.ask('child'));
  await child.tell('add');
  await w.settle();
  assert.is(w.cell(child).phase, 'starting');
  gate.open();
  assert.is(await w.value(child.ask('count')), 1);
});

worldTest('tryTell says sent, full or stopped and never waits', async (w) => {
  const Small = defineActor({
    name: 'small',
    mailbox: { capacity: 1 },
    init: () => ({}),
    handlers: { hold: async (_state, gate: Promise<void>) => gate, note: () => undefined },
  });
  const gate = new Gate();
  const small = await w.spawn(Small);
  assert.is(small.tryTell('hold', gate.opened), 'sent');
  assert.is(small.tryTell('note'), 'full');
  await w.settle();
  assert.is(small.tryTell('note'), 'full', 'a message being handled keeps its slot');
  gate.open();
  await w.settle();
  assert.is(small.tryTell('note'), 'sent');
  await w.value(w.system.stopActor(small));
  assert.is(small.tryTell('note'), 'stopped');
});

worldTest("a handler's error reaches the asker with its name, message, code and cause", async (w) => {
  class TeapotError extends Error {
    override readonly name = 'TeapotError';
    readonly code = 'E_TEAPOT';
  }
  const account = await w.spawn(Account, { args: 'a' });
  const cause = new Error('no water');
  const thrown = new TeapotError('short and stout', { cause });
  const asked = w.track(account.ask('breakDown', thrown));
  await w.settle();
  assert.is(asked.state, 'rejected');
  const seen = asked.error as TeapotError;
  assert.equal(
    [seen.name, seen.message, seen.code, seen.cause],
    ['TeapotError', 'short and stout', 'E_TEAPOT', cause],
  );
  const odd = await w.rejects(account.ask('breakOddly'), 'ERR_HANDLER_FAILED');
  assert.is(odd.cause, 'only words');
});

worldTest('a handler that does not exist is refused at once, with the nearest name', async (w) => {
  const account = (await w.spawn(Account, { args: 'a' })) as unknown as ActorRef;
  for (const send of ['tell', 'tryTell', 'ask'] as const) {
    const error = throws(() => account[send]('depositt', 1), 'ERR_HANDLER_UNKNOWN');
    assert.is(error.details['nearest'], 'deposit');
  }
  assert.is(w.system.ledger().offered, 0, 'a programming mistake is not traffic');
});

worldTest('a payload that is a function or a symbol is refused at once', async (w) => {
  const account = (await w.spawn(Account, { args: 'a' })) as unknown as ActorRef;
  for (const payload of [() => 1, Symbol('s')]) {
    for (const send of ['tell', 'tryTell', 'ask'] as const) {
      throws(() => account[send]('deposit', payload), 'ERR_PAYLOAD_NOT_DATA');
    }
  }
});

worldTest('options of a tell or ask that make no sense are refused at once', async (w) => {
  const account = (await w.spawn(Account, { args: 'a' })) as unknown as ActorRef;
  const tellWith = (options: object) => () => account.tell('deposit', 1, options);
  const askWith = (options: object) => () => account.ask('deposit', 1, options);
  for (const send of [tellWith, askWith]) {
    throws(send({ timeoutMs: -1 }), 'ERR_OPTION_INVALID');
    throws(send({ signal: 'stop' }), 'ERR_OPTION_INVALID');
    assert.is(throws(send({ timeoutMS: 5 }), 'ERR_OPTION_UNKNOWN').details['nearest'], 'timeoutMs');
  }
});

worldTest('an ask without an answer fails at its deadline, and its late reply is dropped', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  const gate = new Gate();
  const asked = w.track(account.ask('wait', gate.opened, { timeoutMs: 100 }));
  await w.advance(99);
  assert.is(asked.state, 'pending');
  await w.advance(1);
  const error = rejectedWith(asked, 'ERR_ASK_TIMEOUT');
  assert.is(error.details['timeoutMs'], 100);
  gate.open();
  await w.settle();
  assert.is(w.system.ledger().handled, 1, 'the message itself was handled');
  assert.is(w.system.kernel.outside.openAsks, 0, 'and the ask was closed once');
});

worldTest(
  'an ask has the deadline of the system when it says nothing',
  async (w) => {
    const account = await w.spawn(Account, { args: 'a' });
    const gate = new Gate();
    const asked = w.track(account.ask('wait', gate.opened));
    await w.advance(29);
    assert.is(asked.state, 'pending');
    await w.advance(1);
    rejectedWith(asked, 'ERR_ASK_TIMEOUT');
    gate.open();
  },
  { askTimeoutMs: 30 },
);

worldTest('the deadline of an ask runs from the ask, however long the system was idle before', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  await w.value(account.ask('balance'));
  // The timer that the first ask set is still there, and nothing looked at the clock since.
  w.time.stall(4_900);
  const gate = new Gate();
  const asked = w.track(account.ask('wait', gate.opened));
  await w.advance(4_999);
  assert.is(asked.state, 'pending');
  await w.advance(1);
  rejectedWith(asked, 'ERR_ASK_TIMEOUT');
  gate.open();
});

worldTest('an ask whose asker gave up before its turn is not handled', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  const gate = new Gate();
  const first = w.track(account.ask('wait', gate.opened));
  const second = w.track(account.ask('deposit', 5, { timeoutMs: 10 }));
  await w.advance(10);
  rejectedWith(second, 'ERR_ASK_TIMEOUT');
  gate.open();
  await w.settle();
  assert.is(first.value, 'waited');
  assert.is(await w.value(account.ask('balance')), 0);
  assert.equal(w.system.ledger().dropped, { 'ask-expired': 1 });
});

worldTest('an ask can be aborted, and was refused if it was aborted before', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  const gate = new Gate();
  const controller = new AbortController();
  const asked = w.track(account.ask('wait', gate.opened, { signal: controller.signal }));
  await w.settle();
  controller.abort(new Error('changed my mind'));
  await w.settle();
  assert.is((rejectedWith(asked, 'ERR_ASK_ABORTED').cause as Error).message, 'changed my mind');
  await w.rejects(account.ask('deposit', 1, { signal: controller.signal }), 'ERR_ASK_ABORTED');
  assert.is(w.system.ledger().refused, 1);
  gate.open();
});

worldTest("the handler's signal aborts when its asker gives up, and never for another message", async (w) => {
  const signals: AbortSignal[] = [];
  const Watcher = defineActor({
    name: 'watcher',
    init: () => ({}),
    handlers: {
      wait: async (_state, gate: Promise<void>, ctx) => {
        signals.push(ctx.signal);
        await gate;
      },
    },
  });
  const watcher = await w.spawn(Watcher);
  const gate = new Gate();
  const asked = w.track(watcher.ask('wait', gate.opened, { timeoutMs: 10 }));
  const told = watcher.tell('wait', gate.opened);
  await w.advance(10);
  rejectedWith(asked, 'ERR_ASK_TIMEOUT');
  assert.is(signals[0]?.aborted, true);
  assert.ok(isMillraceError(signals[0]?.reason, 'ERR_ASK_TIMEOUT'));
  gate.open();
  await w.value(told);
  assert.is(signals[1]?.aborted, false);
});

worldTest('an actor that answers many asks keeps nothing of them', async (w) => {
  const Busy = defineActor({
    name: 'busy',
    init: () => ({}),
    handlers: { look: (_state, _payload, ctx) => ctx.signal.aborted },
  });
  const busy = await w.spawn(Busy);
  for (let n = 0; n < 50; n += 1) assert.is(await w.value(busy.ask('look')), false);
  assert.is(w.cell(busy).extras?.aborts?.size ?? 0, 0);
  assert.is(w.system.kernel.outside.openAsks, 0);
});

worldTest('a stopped actor refuses tells and asks', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  await w.value(w.system.stopActor(account));
  await w.rejects(account.tell('deposit', 1), 'ERR_ACTOR_STOPPED');
  await w.rejects(account.ask('balance'), 'ERR_ACTOR_STOPPED');
  assert.is(w.system.ledger().refused, 2);
});

worldTest('refs of one actor are one object, and travel inside messages', async (w) => {
  const Friend = defineActor({
    name: 'friend',
    init: () => ({ known: undefined as ActorRef<typeof Account> | undefined }),
    handlers: {
      meet(state, someone: ActorRef<typeof Account>) {
        state.known = someone;
      },
      known: (state) => state.known,
      pay: async (state, amount: number) => state.known?.ask('deposit', amount),
    },
  });
  const account = await w.spawn(Account, { args: 'a', name: 'alice' });
  const friend = await w.spawn(Friend);
  await friend.tell('meet', account);
  assert.is(await w.value(friend.ask('known')), account);
  assert.is(await w.value(friend.ask('pay', 7)), 7);
  assert.is(w.system.find('alice'), account);
  assert.is(String(account), `/user/alice#${account.address.id}`);
  assert.is(JSON.stringify({ account }), `{"account":"${String(account)}"}`);
});

worldTest('an address is never used again, although its name is', async (w) => {
  const first = await w.spawn(Account, { args: 'a', name: 'alice' });
  await w.value(w.system.stopActor(first));
  const second = await w.spawn(Account, { args: 'a', name: 'alice' });
  assert.is(first.address.path, second.address.path);
  assert.is.not(first.address.id, second.address.id);
  await w.rejects(first.tell('deposit', 1), 'ERR_ACTOR_STOPPED');
  await second.tell('deposit', 1);
});

worldTest('an ask that would wait for itself is refused with the path', async (w) => {
  interface Next {
    readonly path: readonly ActorRef[];
  }
  const Hop = defineActor({
    name: 'hop',
    init: () => ({}),
    handlers: {
      pass: async (_state, { path }: Next): Promise<unknown> => path[0]?.ask('pass', { path: path.slice(1) }),
    },
  });
  const refs = [];
  for (const name of ['a', 'b', 'c']) refs.push((await w.spawn(Hop, { name })) as unknown as ActorRef);
  const [a, b, c] = refs as [ActorRef, ActorRef, ActorRef];
  const error = await w.rejects(a.ask('pass', { path: [b, c, b] }), 'ERR_ASK_CYCLE');
  assert.is(error.details['path'], [b, c, b].map(String).join(' -> '));
  const self = await w.rejects(a.ask('pass', { path: [a] }), 'ERR_ASK_CYCLE');
  assert.is(self.details['path'], `${String(a)} -> ${String(a)}`);
  assert.is(await w.value(a.ask('pass', { path: [b, c] })), undefined, 'a chain without a circle is fine');
});

worldTest('a reentrant actor handles the ask that comes back while it waits', async (w) => {
  interface Question {
    readonly via?: ActorRef;
    readonly me?: ActorRef;
  }
  const Relay = defineActor({
    name: 'relay',
    init: () => ({}),
    handlers: { relay: async (_state, { me }: Question) => (await me?.ask('name')) as string },
  });
  const order: string[] = [];
  const Reentrant = defineActor({
    name: 'reentrant',
    reentrant: true,
    init: () => ({}),
    handlers: {
      outer: async (_state, { via }: Question, ctx): Promise<unknown> => {
        order.push('outer begins');
        const reply = await via?.ask('relay', { me: ctx.self });
        order.push('outer ends');
        return reply;
      },
      name: () => {
        order.push('name');
        return 'me';
      },
      other: () => {
        order.push('other');
      },
    },
  });
  const relay = (await w.spawn(Relay)) as unknown as ActorRef;
  const reentrant = await w.spawn(Reentrant);
  const asked = w.track(reentrant.ask('outer', { via: relay }));
  await reentrant.tell('other');
  await w.settle();
  assert.is(asked.value, 'me');
  assert.equal(order, ['outer begins', 'name', 'outer ends', 'other']);
});

worldTest('a reentrant actor lets other asks wait their turn', async (w) => {
  const order: string[] = [];
  const gate = new Gate();
  const Reentrant = defineActor({
    name: 'reentrant',
    reentrant: true,
    init: () => ({}),
    handlers: {
      outer: async () => {
        order.push('outer begins');
        await gate.opened;
        order.push('outer ends');
      },
      other: () => void order.push('other'),
    },
  });
  const reentrant = await w.spawn(Reentrant);
  await reentrant.tell('outer');
  const asked = w.track(reentrant.ask('other'));
  await w.settle();
  gate.open();
  await w.settle();
  assert.is(asked.state, 'resolved');
  assert.equal(order, ['outer begins', 'outer ends', 'other']);
});

worldTest('asks that are open at once are bounded by sender', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  w.system.kernel.outside.openAsks = w.system.kernel.outside.asksMax;
  await w.rejects(account.ask('balance'), 'ERR_ASK_LIMIT');
  w.system.kernel.outside.openAsks -= 1;
  assert.is(await w.value(account.ask('balance')), 0);
  w.system.kernel.outside.openAsks = 0;
});

worldTest('a chain of asks is bounded', async (w) => {
  const Deep = defineActor({
    name: 'deep',
    init: () => ({}),
    handlers: {
      dig: async (_state, left: number, ctx): Promise<unknown> =>
        left === 0 ? 'bottom' : ctx.spawn(Deep as never as typeof Leaf).ask('dig', left - 1),
    },
  });
  const deep = await w.spawn(Deep);
  assert.is(await w.value(deep.ask('dig', 60)), 'bottom');
  await w.rejects(deep.ask('dig', 70), 'ERR_ASK_LIMIT');
});

const Leaf = defineActor({
  name: 'leaf',
  init: () => ({}),
  handlers: { dig: (_s, left: number) => left as unknown },
});

worldTest('messages are handled one at a time, also while a handler awaits', async (w) => {
  const order: string[] = [];
  const One = defineActor({
    name: 'one',
    init: () => ({}),
    handlers: {
      work: async (_state, { id, gate }: { id: string; gate: Promise<void> }) => {
        order.push(`${id} begins`);
        await gate;
        order.push(`${id} ends`);
      },
    },
  });
  const one = await w.spawn(One);
  const gateA = new Gate();
  const gateB = new Gate();
  await one.tell('work', { id: 'a', gate: gateA.opened });
  await one.tell('work', { id: 'b', gate: gateB.opened });
  gateB.open();
  await w.settle();
  assert.equal(order, ['a begins']);
  gateA.open();
  await w.settle();
  assert.equal(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

worldTest('an actor with concurrency n handles n messages at a time and no more', async (w) => {
  let now = 0;
  let most = 0;
  const Pool = defineActor({
    name: 'pool',
    concurrency: 3,
    init: () => ({}),
    handlers: {
      work: async (_state, gate: Promise<void>) => {
        now += 1;
        most = Math.max(most, now);
        await gate;
        now -= 1;
      },
    },
  });
  const pool = await w.spawn(Pool);
  const gate = new Gate();
  for (let n = 0; n < 10; n += 1) await pool.tell('work', gate.opened);
  await w.settle();
  assert.is(now, 3);
  assert.is(w.system.inspect().actors[0]?.held, 3);
  gate.open();
  await w.settle();
  assert.is(most, 3);
  assert.is(w.system.ledger().handled, 10);
});

worldTest('what a handler sends after an await is charged to its actor', async (w) => {
  const senders: (string | undefined)[] = [];
  const Sender = defineActor({
    name: 'sender',
    init: () => ({}),
    hooks: {
      started: async (_state, ctx) => {
        await Promise.resolve();
        void (ctx.child('gone') ?? ctx.self).tell('late');
      },
    },
    handlers: {
      late: () => undefined,
      send: async (_state, to: ActorRef<typeof Account>) => {
        await Promise.resolve();
        void to.tell('deposit', 1);
      },
    },
  });
  const account = await w.spawn(Account, { args: 'a' });
  await w.value(w.system.stopActor(account));
  const sender = await w.spawn(Sender);
  w.system.on('deadLetter', (letter) => senders.push(letter.sender?.path));
  await sender.tell('send', account);
  await w.settle();
  assert.equal(senders, [sender.address.path]);
});

worldTest('what a hook sends is charged to its actor, also after an asynchronous init', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  await w.value(w.system.stopActor(account));
  const letters = w.events('deadLetter');
  const Opener = defineActor({
    name: 'opener',
    init: async () => {
      await Promise.resolve();
      return {};
    },
    hooks: {
      started: () => {
        void account.tell('deposit', 1);
      },
    },
    handlers: {},
  });
  const opener = await w.spawn(Opener);
  await w.settle();
  assert.equal(
    letters.map(({ sender }) => sender),
    [opener.address],
  );
});

test('payloads and replies pass the gate of strict mode, which may refuse them', async () => {
  const gate = (payload: unknown): unknown => {
    if (payload === 'poison') throw new MillraceError('ERR_PAYLOAD_NOT_DATA', { value: 'poison' });
    return payload;
  };
  const w = new World({ ports: { payloadGate: gate } });
  const Echo = defineActor({
    name: 'echo',
    init: () => ({}),
    handlers: { echo: (_state, text: string) => text, poison: () => 'poison' },
  });
  const echo = await w.spawn(Echo);
  throws(() => echo.tell('echo', 'poison'), 'ERR_PAYLOAD_NOT_DATA');
  await w.rejects(echo.ask('poison'), 'ERR_PAYLOAD_NOT_DATA');
  assert.is(await w.value(echo.ask('echo', 'fine')), 'fine');
  w.checkLaws();
  await w.stop();
});

test.run();
