/** Tests of how actors are reached by key, on one thread and in virtual time: refs, addresses, what is shown and what refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorDefinition, defineActor } from '../src/actor/definition.ts';
import { INSPECTED_KEYED_MAX_ACTORS } from '../src/limits.ts';
import type { AnyHandlers } from '../src/ref.ts';
import { accounts, instances, vault } from './support/accounts.ts';
import { Gate, throws, worldTest } from './support/world.ts';

worldTest('a keyed actor is made by its first message and found by the next', async (world) => {
  const kept = vault();
  const Account = accounts(kept);
  const alice = world.system.keyed(Account).ref('alice');
  assert.is(kept.lives, 0, 'a ref alone makes nothing');
  await world.value(alice.tell('deposit', 50));
  assert.is(await world.value(alice.ask('balance')), 50);
  assert.is(world.system.keyed(Account).ref('alice'), alice, 'one ref for each key');
  assert.is(await world.value(world.system.keyed(Account).ref('bob').ask('balance')), 0);
  assert.is(kept.lives, 2);
});

worldTest('a keyed actor knows itself by its key', async (world) => {
  const alice = world.system.keyed(accounts(vault())).ref('alice');
  assert.is(await world.value(alice.ask('self')), alice);
});

worldTest(
  'a name that begins with $ belongs to the runtime, so actors by key find theirs free',
  async (world) => {
    const Account = accounts(vault());
    const refused = await world.rejects(
      world.system.spawn(Account, { name: '$keyed', args: 'taken' }),
      'ERR_OPTION_INVALID',
    );
    assert.equal(
      [refused.details['option'], refused.details['value']],
      ["spawn('account').name", '"$keyed"'],
    );
    assert.match(String(refused.details['allowed']), 'a text like ^[A-Za-z0-9_.@:-]');
    await world.spawn(Account, { name: 'price$', args: 'given' });
    assert.is(await world.value(world.system.keyed(Account).ref('alice').ask('balance')), 0);
    assert.is(world.system.find('$keyed')?.address.path, '/user/$keyed');
  },
);

worldTest('a keyed actor has one address, before and while it lives, wherever it is named', async (world) => {
  const path = '/user/$keyed/account/alice';
  const spawned = world.events('spawned');
  const failed = world.events('failed');
  const letters = world.events('deadLetter');
  const alice = world.system.keyed(accounts(vault())).ref('alice');
  assert.equal(alice.address, { path, id: 0 });
  assert.is(await world.value(alice.ask('balance')), 0);
  const { address } = world.system.inspect().actors.find(({ key }) => key === 'alice') ?? {};
  assert.is(address?.path, path);
  assert.equal(alice.address, address);
  assert.equal(
    spawned.filter(({ actor }) => actor === 'account').map((event) => event.address),
    [address],
  );
  const refused = world.track(alice.ask('fail'));
  await world.settle();
  assert.is(refused.state, 'rejected');
  assert.equal(
    failed.map((event) => event.address),
    [address],
  );
  await Promise.all([alice.tell('leave'), alice.tell('deposit', 1)]);
  await world.settle();
  assert.equal(
    letters.map(({ target }) => target),
    [address],
  );
  assert.equal(alice.address, { path, id: 0 }, 'its instance is gone');
});

worldTest('an inspection shows keyed actors where most waits first, and counts the others', async (world) => {
  const gate = new Gate();
  const Clerk = defineActor({ name: 'clerk', init: () => null, handlers: { wait: () => gate.opened } });
  const Busy = defineActor({
    name: 'busy',
    keyed: {},
    init: () => null,
    handlers: {
      hire: (_state, _: undefined, ctx) => ctx.spawn(Clerk, { name: 'clerk' }),
      note: () => undefined,
      wait: () => gate.opened,
    },
  });
  const keyed = world.system.keyed(Busy);
  const many = INSPECTED_KEYED_MAX_ACTORS + 40;
  // Every other one takes two messages, and one of them four.
  for (let i = 0; i < many; i += 1)
    for (let n = 0; n <= (i === 200 ? 3 : i % 2); n += 1) void keyed.ref(`k${i}`).tell('note');
  const clerk = await world.value(keyed.ref('k0').ask('hire'));
  const waiting = [keyed.ref('k7').ask('wait'), keyed.ref('k9').ask('wait'), keyed.ref('k9').ask('wait')];
  for (let n = 0; n < 3; n += 1) waiting.push(clerk.ask('wait'));
  await world.settle();
  const { actors, actorsLeftOut } = world.system.inspect();
  const shown = actors.map(({ address, key, queued, held }) => [address.path, key, queued + held]);
  assert.equal(shown.slice(0, 6), [
    ['/user/$keyed', null, 0],
    ['/user/$keyed/busy/k0/clerk', null, 3],
    ['/user/$keyed/busy/k9', 'k9', 2],
    ['/user/$keyed/busy/k7', 'k7', 1],
    ['/user/$keyed/busy/k200', 'k200', 0],
    ['/user/$keyed/busy/k0', 'k0', 0],
  ]);
  assert.ok(
    actors.slice(5, many / 2 + 4).every(({ ledger }) => ledger.accepted === 2),
    'then those that took more messages',
  );
  assert.is(actors.length, 1 + INSPECTED_KEYED_MAX_ACTORS);
  assert.is(actorsLeftOut, many + 1 - INSPECTED_KEYED_MAX_ACTORS, 'the clerk among them');
  gate.open();
  await world.value(Promise.all(waiting));
});

worldTest('an actor reaches keyed actors from its handlers and its init', async (world) => {
  const kept = vault();
  const Account = accounts(kept);
  const Teller = defineActor({
    name: 'teller',
    init: (_: undefined, ctx) => ({ bank: ctx.keyed(Account).ref('bank') }),
    handlers: {
      async pay(state, to: string, ctx) {
        await state.bank.tell('deposit', -1);
        await ctx.keyed(Account).ref(to).tell('deposit', 1);
      },
    },
  });
  const teller = await world.spawn(Teller);
  await world.value(teller.ask('pay', 'alice'));
  assert.is(await world.value(world.system.keyed(Account).ref('alice').ask('balance')), 1);
  assert.is(await world.value(world.system.keyed(Account).ref('bank').ask('balance')), -1);
});

worldTest('a key that is no text, a definition without the option and a watch are refused', async (world) => {
  const Account = accounts(vault());
  const Plain = defineActor({ name: 'plain', init: (key: string) => ({ key }), handlers: {} });
  const keyed = world.system.keyed(Account);
  for (const key of ['', 'x'.repeat(1_025), '\ud800', 7 as never]) {
    throws(() => keyed.ref(key), 'ERR_OPTION_INVALID');
  }
  throws(() => world.system.keyed(Plain), 'ERR_OPTION_INVALID');
  throws(() => world.system.keyed({} as ActorDefinition<unknown, string, AnyHandlers>), 'ERR_OPTION_INVALID');
  await world.rejects(world.system.terminated(keyed.ref('alice')), 'ERR_OPTION_INVALID');
  throws(() => keyed.ref('alice').tell('withdraw' as never), 'ERR_HANDLER_UNKNOWN');
  assert.is(instances(world), 0, 'a misspelt handler makes no actor');
});

test.run();
