/** Tests of actors that are reached by key, on one thread and in virtual time. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ref } from '../src/actor/actor-ref.ts';
import { type ActorDefinition, defineActor } from '../src/actor/definition.ts';
import { Directory, homeOf } from '../src/keyed/directory.ts';
import { type ChooserOptions, IDLE } from '../src/keyed/placer.ts';
import { INSPECTED_KEYED_MAX_ACTORS } from '../src/limits.ts';
import type { AnyHandlers } from '../src/ref.ts';
import { chosenSeed, seededRandom } from './support/seeded.ts';
import { Gate, rejectedWith, throws, type World, worldTest } from './support/world.ts';

const IDLE_MS = 100;

/** What a test's actors leave behind when they are let go. */
interface Vault {
  readonly saved: Map<string, number>;
  lives: number;
  alive: number;
  /** More than one instance of a key at a time. */
  doubles: number;
}

function vault(): Vault {
  return { saved: new Map<string, number>(), lives: 0, alive: 0, doubles: 0 };
}

interface Account {
  readonly owner: string;
  balance: number;
}

/** Accounts whose balances live in `kept`. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type of a definition says it all
function accounts(kept: Vault, save?: (state: Account, key: string) => void | Promise<void>) {
  return defineActor({
    name: 'account',
    mailbox: { capacity: 4 },
    keyed: {
      idleMs: IDLE_MS,
      save:
        save ??
        ((state: Account, key: string): void => {
          kept.saved.set(key, state.balance);
        }),
    },
    init: (owner: string): Account => {
      kept.lives += 1;
      return { owner, balance: kept.saved.get(owner) ?? 0 };
    },
    handlers: {
      deposit(state, amount: number) {
        state.balance += amount;
      },
      balance: (state) => state.balance,
      self: (_state, _: undefined, ctx) => ctx.self,
      fail() {
        throw new Error('boom');
      },
      leave: (_state, _: undefined, ctx) => ctx.stop(),
    },
  });
}

function instances(world: World): number {
  return world.system.keyedHost.holder.instances.size;
}

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

worldTest('an idle keyed actor is saved and let go, and the next message makes it again', async (world) => {
  const kept = vault();
  const alice = world.system.keyed(accounts(kept)).ref('alice');
  await world.value(alice.tell('deposit', 7));
  await world.advance(IDLE_MS * 2);
  assert.is(instances(world), 0);
  assert.is(world.system.keyedHost.home.placed, 0, 'the directory forgets it');
  assert.is(kept.saved.get('alice'), 7);
  assert.is(world.time.timers, 0, 'no timer is kept for nobody');
  assert.is(await world.value(alice.ask('balance')), 7);
  assert.is(kept.lives, 2);
});

worldTest('a keyed actor with something to do is not let go', async (world) => {
  const gate = new Gate();
  const Busy = defineActor({
    name: 'busy',
    keyed: { idleMs: IDLE_MS },
    init: () => ({}),
    handlers: { wait: () => gate.opened },
  });
  const busy = world.system.keyed(Busy).ref('one');
  const waiting = world.track(busy.ask('wait', undefined, { timeoutMs: 1_000_000 }));
  await world.advance(IDLE_MS * 10);
  assert.is(world.system.keyedHost.holder.instances.get('busy/one')?.cell.phase, 'running');
  gate.open();
  await world.settle();
  assert.is(waiting.state, 'resolved');
  await world.advance(IDLE_MS * 2);
  assert.is(instances(world), 0);
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

worldTest('what comes while a keyed actor is saved is handled by the same instance', async (world) => {
  const gate = new Gate();
  const kept = vault();
  let saves = 0;
  const Account = accounts(kept, (state, key) => {
    saves += 1;
    kept.saved.set(key, state.balance);
    return saves === 1 ? gate.opened : undefined;
  });
  const alice = world.system.keyed(Account).ref('alice');
  await world.value(alice.tell('deposit', 1));
  await world.advance(IDLE_MS * 2);
  assert.is(saves, 1, 'it is being saved');
  const told = world.track(alice.tell('deposit', 2));
  await world.settle();
  assert.is(told.state, 'resolved', 'it has a mailbox still');
  gate.open();
  assert.is(await world.value(alice.ask('balance')), 3);
  assert.is(kept.lives, 1);
  await world.advance(IDLE_MS * 3);
  assert.is(kept.saved.get('alice'), 3, 'and saved again');
});

worldTest('what comes while a keyed actor goes down waits for the next instance, in order', async (world) => {
  const gate = new Gate();
  const seen: number[] = [];
  let lives = 0;
  const Slow = defineActor({
    name: 'slow',
    mailbox: { capacity: 2 },
    keyed: { idleMs: IDLE_MS },
    init: () => {
      lives += 1;
      return {};
    },
    handlers: { note: (_state, n: number) => void seen.push(n) },
    hooks: { stopping: () => gate.opened },
  });
  const slow = world.system.keyed(Slow).ref('one');
  await world.value(slow.tell('note', 0));
  await world.advance(IDLE_MS * 2);
  const told = [1, 2, 3, 4, 5].map((n) => world.track(slow.tell('note', n)));
  assert.is(slow.tryTell('note', 9), 'full');
  await world.settle();
  assert.equal(seen, [0]);
  assert.ok(told.every((send) => send.state === 'pending'));
  gate.open();
  await world.settle();
  assert.equal(seen, [0, 1, 2, 3, 4, 5]);
  assert.ok(told.every((send) => send.state === 'resolved'));
  assert.is(lives, 2);
});

worldTest('a keyed actor whose state cannot be saved stays', async (world) => {
  const kept = vault();
  let broken = true;
  const Account = accounts(kept, (state, key) => {
    if (broken) throw new Error('no disk');
    kept.saved.set(key, state.balance);
  });
  const alice = world.system.keyed(Account).ref('alice');
  await world.value(alice.tell('deposit', 5));
  await world.advance(IDLE_MS * 3);
  assert.is(instances(world), 1);
  assert.ok(world.logs.some((line) => String(line.details['error']).includes('no disk')));
  broken = false;
  await world.advance(IDLE_MS * 3);
  assert.is(instances(world), 0);
  assert.is(await world.value(alice.ask('balance')), 5);
});

worldTest('a keyed actor that fails begins again from what was saved', async (world) => {
  const kept = vault();
  const alice = world.system.keyed(accounts(kept)).ref('alice');
  await world.value(alice.tell('deposit', 5));
  await world.advance(IDLE_MS * 2);
  await world.value(alice.tell('deposit', 100));
  const failed = world.track(alice.ask('fail'));
  await world.settle();
  assert.is(failed.state, 'rejected');
  assert.is(await world.value(alice.ask('balance')), 5);
});

worldTest('a keyed actor that stops itself is saved, and made again by the next message', async (world) => {
  const kept = vault();
  const alice = world.system.keyed(accounts(kept)).ref('alice');
  await world.value(alice.tell('deposit', 5));
  await world.value(alice.tell('leave'));
  assert.is(instances(world), 0);
  assert.is(kept.saved.get('alice'), 5);
  assert.is(await world.value(alice.ask('balance')), 5);
});

worldTest(
  'a keyed actor that cannot start fails who waits for it, and is tried again for the next',
  async (world) => {
    let broken = true;
    const Fragile = defineActor({
      name: 'fragile',
      keyed: {},
      init: () => {
        if (broken) throw new Error('not yet');
        return {};
      },
      handlers: { ping: () => 'pong' },
    });
    const one = world.system.keyed(Fragile).ref('one');
    const refused = world.track(one.ask('ping'));
    await world.settle();
    rejectedWith(refused, 'ERR_ACTOR_STOPPED');
    broken = false;
    assert.is(await world.value(one.ask('ping')), 'pong');
  },
);

worldTest('the stop of the system saves keyed actors', async (world) => {
  const kept = vault();
  const Account = accounts(kept);
  await world.value(world.system.keyed(Account).ref('alice').tell('deposit', 1));
  await world.value(world.system.keyed(Account).ref('bob').tell('deposit', 2));
  await world.stop();
  assert.equal(
    [...kept.saved],
    [
      ['alice', 1],
      ['bob', 2],
    ],
  );
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

worldTest('a keyed actor that nobody uses leaves nothing behind', async (world) => {
  const kept = vault();
  const Account = accounts(kept);
  for (let i = 0; i < 5_000; i += 1) void world.system.keyed(Account).ref(`k${i}`).tell('deposit', 1);
  await world.settle();
  assert.is(instances(world), 5_000);
  await world.advance(IDLE_MS * 2);
  assert.is(instances(world), 0);
  assert.is(world.system.keyedHost.home.placed, 0);
  assert.is(world.system.keyedHost.lookUps.kept, 0);
  assert.is(world.system.actors, 1, 'their supervisor');
  const ref = world.system.keyed(Account).ref('k1');
  assert.is((Ref.recipientOf(ref) as unknown as { line: unknown }).line, null);
});

const seed = chosenSeed();
worldTest(`no message is lost or overtaken through passivation (seed ${seed})`, async (world) => {
  const random = seededRandom(seed);
  const saved = new Map<string, readonly [string, number][]>();
  const alive = new Set<string>();
  let lives = 0;
  const Journal = defineActor({
    name: 'journal',
    mailbox: { capacity: 3 },
    keyed: {
      idleMs: 10,
      async save(state, key) {
        const snapshot = [...state.notes];
        await pause(world, random() * 8);
        saved.set(key, snapshot);
      },
    },
    async init(key: string) {
      assert.not.ok(alive.has(key), `seed ${seed}: one instance of ${key} at a time`);
      alive.add(key);
      lives += 1;
      const notes = [...(saved.get(key) ?? [])];
      if (random() < 0.5) await pause(world, random() * 5);
      return { key, notes };
    },
    handlers: {
      async note(state, entry: [string, number]) {
        if (random() < 0.2) await pause(world, random() * 3);
        state.notes.push(entry);
      },
      read: (state) => state.notes,
    },
    hooks: {
      async stopping(state) {
        if (random() < 0.5) await pause(world, random() * 20);
        alive.delete(state.key);
      },
    },
  });
  const keys = ['a', 'b', 'c', 'd'];
  const sent = new Map<string, number[]>();
  const Writer = defineActor({
    name: 'writer',
    init: (name: string) => ({ name }),
    handlers: {
      async write({ name }, times: number, ctx) {
        for (let i = 0; i < times; i += 1) {
          const key = keys[Math.floor(random() * keys.length)] as string;
          const id = `${name}/${key}`;
          const log = sent.get(id) ?? [];
          sent.set(id, log);
          const told = ctx.keyed(Journal).ref(key).tell('note', [name, log.length]);
          log.push(log.length);
          // oxlint-disable-next-line no-await-in-loop -- some sends wait, some do not
          if (random() < 0.7) await told;
          // oxlint-disable-next-line no-await-in-loop -- long enough now and then for an actor to be let go
          if (random() < 0.3) await pause(world, random() * 60);
        }
      },
    },
  });
  const writers = await Promise.all(
    [0, 1, 2, 3, 4].map((i) => world.spawn(Writer, { args: `w${i}`, name: `w${i}` })),
  );
  const done = writers.map((writer) => world.track(writer.ask('write', 60, { timeoutMs: 10_000_000 })));
  for (let i = 0; i < 20_000 && done.some(({ state }) => state === 'pending'); i += 1) await world.advance(7);
  assert.ok(
    done.every(({ state }) => state === 'resolved'),
    `seed ${seed}: every writer came to its end`,
  );
  for (const key of keys) {
    const reading = world.track(
      world.system.keyed(Journal).ref(key).ask('read', undefined, { timeoutMs: 1e6 }),
    );
    for (let i = 0; i < 100 && reading.state === 'pending'; i += 1) await world.advance(7);
    const notes = reading.value ?? [];
    for (let w = 0; w < 5; w += 1) {
      const mine = notes.filter(([name]) => name === `w${w}`).map(([, n]) => n);
      assert.equal(mine, sent.get(`w${w}/${key}`) ?? [], `seed ${seed}: ${key} from w${w}`);
    }
  }
  assert.ok(lives > keys.length * 2, `seed ${seed}: actors were let go and made again, ${lives} lives`);
});

function pause(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.time.setTimer(resolve, ms);
  });
}

/** Numbers from one. */
function numbers(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

function choosing(random: () => number): ChooserOptions {
  return { random, now: () => 0, loadOf: () => IDLE };
}

test('of two hosts drawn the one with fewer instances gets the next', () => {
  const drawn = [0.1, 0.9, 0.1, 0.9, 0.1, 0.1];
  const directory = new Directory(
    3,
    numbers(),
    choosing(() => drawn.shift() ?? 0),
  );
  assert.is(directory.place('a', [1, 2]).host, 1);
  assert.is(directory.place('b', [1, 2]).host, 2, 'the other has none');
  const { instance } = directory.place('c', [1, 2]);
  directory.release('c', instance + 1);
  assert.is(directory.size, 3, 'the release of another instance is nobody’s');
  directory.release('c', instance);
  assert.is(directory.find('c'), undefined);
});

test('two choices keep hosts within a few instances of each other', () => {
  const random = seededRandom(7);
  const workers = [1, 2, 3, 4, 5, 6, 7, 8];
  const directory = new Directory(9, numbers(), choosing(random));
  const count = Array.from({ length: 9 }, () => 0);
  for (let i = 0; i < 10_000; i += 1) {
    const { host } = directory.place(`k${i}`, workers);
    count[host] = (count[host] ?? 0) + 1;
  }
  assert.is(count[0], 0, 'the main thread gets none');
  assert.ok(Math.max(...count.slice(1)) - Math.min(...count.slice(1)) <= 20, String(count));
});

test('homes of keys are workers, and all of them', () => {
  const homes = new Set<number>();
  for (let i = 0; i < 1_000; i += 1) homes.add(homeOf(`account/${i}`, 5, [1, 2, 3, 4]));
  assert.equal(homes, new Set([1, 2, 3, 4].filter((host) => homes.has(host))));
  assert.is(homes.size, 4);
  assert.is(homeOf('account/alice', 1, []), 0);
  for (let i = 0; i < 1_000; i += 1) {
    const all = homeOf(`account/${i}`, 5, [1, 2, 3, 4]);
    const home = homeOf(`account/${i}`, 5, [1, 3, 4]);
    assert.ok(home === all ? all !== 2 : all === 2 && home !== 2, 'only keys of the dead change their home');
  }
});

test.run();
