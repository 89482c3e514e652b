/** Tests of asks: what the asker is told and by when, what is left of one that gave up, and how many may be open. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import { isMillraceError } from '../src/errors.ts';
import type { ActorRef } from '../src/ref.ts';
import { Account } from './support/actors.ts';
import { Gate, rejectedWith, worldTest } from './support/world.ts';

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

test.run();
