/** Tests of sends: what is handled and in which order, what is refused at once, and to whom a send is charged. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { MillraceError } from '../src/errors.ts';
import type { ActorRef } from '../src/ref.ts';
import { Account } from './support/actors.ts';
import { Gate, World, throws, worldTest } from './support/world.ts';

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

worldTest('a stopped actor refuses tells and asks', async (w) => {
  const account = await w.spawn(Account, { args: 'a' });
  await w.value(w.system.stopActor(account));
  await w.rejects(account.tell('deposit', 1), 'ERR_ACTOR_STOPPED');
  await w.rejects(account.ask('balance'), 'ERR_ACTOR_STOPPED');
  assert.is(w.system.ledger().refused, 2);
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

test.run();
