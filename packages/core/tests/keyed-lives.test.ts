/** Tests of the lives of keyed actors: let go when idle and made again by a message, with what was saved and nothing lost. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ref } from '../src/actor/actor-ref.ts';
import { defineActor } from '../src/actor/definition.ts';
import { accounts, IDLE_MS, instances, vault } from './support/accounts.ts';
import { chosenSeed, seededRandom } from './support/seeded.ts';
import { Gate, rejectedWith, type World, worldTest } from './support/world.ts';

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

test.run();
