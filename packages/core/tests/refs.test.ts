/** Tests of refs and addresses: one ref for an actor, and one actor for an address. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef } from '../src/ref.ts';
import { Account } from './support/actors.ts';
import { worldTest } from './support/world.ts';

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

test.run();
