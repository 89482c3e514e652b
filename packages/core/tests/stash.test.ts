/** Tests of the stash: messages that are put aside keep their slots, come back in order, and are not lost with their actor. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorContext, defineActor } from '../src/index.ts';
import type { AnyRef } from '../src/ref.ts';
import { Plain } from './support/actors.ts';
import { throws, worldTest } from './support/world.ts';

const Gatekeeper = defineActor({
  name: 'gatekeeper',
  mailbox: { capacity: 8 },
  stashCapacity: 3,
  init: () => ({ open: false, seen: [] as string[] }),
  handlers: {
    open(state, _payload: undefined, ctx) {
      state.open = true;
      ctx.unstash();
    },
    pass(state, text: string, ctx) {
      if (!state.open) return ctx.stash();
      state.seen.push(text);
      return text;
    },
    passLater: async (state, text: string, ctx) => {
      await Promise.resolve();
      if (!state.open) ctx.stash();
      else state.seen.push(text);
    },
    seen: (state) => [...state.seen],
    fail: () => {
      throw new Error('gatekeeper');
    },
  },
});

worldTest('stashed messages come back before the others in the order they came', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  await keeper.tell('pass', 'a');
  await keeper.tell('passLater', 'b');
  const asked = w.track(keeper.ask('pass', 'c'));
  await w.settle();
  assert.is(asked.state, 'pending', 'the reply of a stashed ask comes when it is handled');
  void keeper.tell('open');
  await keeper.tell('pass', 'd');
  await w.settle();
  assert.equal(await w.value(keeper.ask('seen')), ['a', 'b', 'c', 'd']);
  assert.is(asked.value, 'c');
  assert.is(w.system.ledger().handled, 6, 'each is counted once, when it is handled');
});

worldTest('a stashed message keeps its slot, and the stash is bounded', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  for (const text of ['a', 'b', 'c']) await keeper.tell('pass', text);
  await w.settle();
  assert.is(w.cell(keeper).mailbox.held, 3);
  assert.is(w.cell(keeper).mailbox.free, 5);
  await w.rejects(keeper.ask('pass', 'd'), 'ERR_STASH_FULL');
});

worldTest('a restart puts the stash back in order', async (w) => {
  const keeper = await w.spawn(Gatekeeper);
  for (const text of ['a', 'b']) await keeper.tell('pass', text);
  await keeper.tell('fail');
  await keeper.tell('pass', 'c');
  await w.settle();
  assert.is(w.cell(keeper).incarnation, 2);
  await keeper.tell('open');
  await w.settle();
  assert.equal(await w.value(keeper.ask('seen')), ['a', 'b', 'c']);
});

worldTest('stashed messages of an actor that stops become dead letters', async (w) => {
  const letters = w.events('deadLetter');
  const keeper = await w.spawn(Gatekeeper);
  await keeper.tell('pass', 'a');
  const asked = w.track(keeper.ask('pass', 'b'));
  await w.settle();
  await w.value(w.system.stopActor(keeper));
  assert.equal(
    letters.map(({ payload }) => payload),
    ['a', 'b'],
  );
  assert.is((asked.error as { code: string }).code, 'ERR_ACTOR_STOPPED');
});

worldTest('stash without a message at hand is refused', async (w) => {
  let kept: ActorContext | undefined;
  const Odd = defineActor({
    name: 'odd',
    init: () => ({}),
    hooks: { terminated: (_state, _event, ctx) => ctx.stash() },
    handlers: {
      watch: (_state, ref: AnyRef, ctx) => {
        kept = ctx;
        ctx.watch(ref);
      },
    },
  });
  const failed = w.events('failed');
  const plain = await w.spawn(Plain);
  const odd = await w.spawn(Odd);
  await odd.tell('watch', plain);
  await w.settle();
  throws(() => kept?.stash(), 'ERR_STASH_NOTHING');
  await w.value(w.system.stopActor(plain));
  assert.equal(
    failed.map(({ error }) => (error as { code: string }).code),
    ['ERR_STASH_NOTHING'],
  );
});

test.run();
