/** Actors by key under deaths of workers: real hosts on virtual threads, in orders drawn from seeds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor, ledgerProblems } from '@millrace/core';
import { Random, startVirtual, type VirtualSystem } from '@millrace/testkit';

/** What all threads of a test see, because they are one. */
interface Shared {
  /** By key: the number of the instance that was made last. */
  readonly newest: Map<string, number>;
  /** By key and writer: the note that was handled last. */
  readonly last: Map<string, number>;
  lives: number;
  handled: number;
  /** What went wrong, in words. */
  readonly wrong: string[];
}

function shared(): Shared {
  return { newest: new Map(), last: new Map(), lives: 0, handled: 0, wrong: [] };
}

/** Journals that find out when there are two of one key, or a note comes twice or late. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type of a definition says it all
function journals(seen: Shared, idleMs: number) {
  return defineActor({
    name: 'journal',
    mailbox: { capacity: 4 },
    keyed: { idleMs, save: () => undefined },
    init: (key: string) => {
      seen.lives += 1;
      seen.newest.set(key, seen.lives);
      return { key, life: seen.lives };
    },
    handlers: {
      note({ key, life }, [writer, n]: readonly [writer: string, n: number]) {
        seen.handled += 1;
        if (seen.newest.get(key) !== life) seen.wrong.push(`two instances of ${key}`);
        const id = `${key} ${writer}`;
        if ((seen.last.get(id) ?? -1) >= n) seen.wrong.push(`${id}: ${n} after ${seen.last.get(id)}`);
        seen.last.set(id, n);
      },
      life: ({ life }) => life,
    },
  });
}

test('a keyed actor of a worker that died is made again on a live one by the next message', async () => {
  const seen = shared();
  const Journal = journals(seen, 1e9);
  const system = await startVirtual({ actors: [Journal], workers: 2 });
  const refs = Array.from({ length: 40 }, (_, i) => system.keyed(Journal).ref(`k${i}`));
  await Promise.all(refs.map((ref) => ref.tell('note', ['main', 0])));
  await system.settle();
  assert.is(seen.lives, 40);
  system.killWorker(1);
  await system.settle();
  // Worker 1 is dead still: all of them live on worker 2 now, and those that lived there are the same.
  const lives = await Promise.all(refs.map((ref) => ref.ask('life')));
  assert.is(new Set(lives).size, 40);
  assert.ok(seen.lives > 40 && seen.lives < 80, `${seen.lives} lives`);
  await Promise.all(refs.map((ref) => ref.tell('note', ['main', 1])));
  await system.advance(10_000);
  // It is back, and homes of its keys again; nobody loses an actor by that.
  assert.equal(await Promise.all(refs.map((ref) => ref.ask('life'))), lives);
  assert.equal(seen.wrong, []);
  await system.stop();
});

test('while no worker lives messages to keys wait, and reach their actors when one is back', async () => {
  const seen = shared();
  const Journal = journals(seen, 1e9);
  const system = await startVirtual({ actors: [Journal], workers: 1 });
  const alice = system.keyed(Journal).ref('alice');
  await alice.tell('note', ['main', 0]);
  await system.settle();
  system.killWorker(1);
  await system.settle();
  const told = [1, 2, 3].map((n) => alice.tell('note', ['main', n]));
  const bob = system.keyed(Journal).ref('bob').tell('note', ['main', 0]);
  await system.settle();
  assert.is(seen.handled, 1);
  await system.advance(10_000);
  await Promise.all([...told, bob]);
  await system.settle();
  assert.is(seen.handled, 5);
  assert.equal(seen.wrong, []);
  await system.stop();
});

/** Seeds that every run plays; `SEEDS=1000` plays more of them. */
const SEEDS = Number(process.env['SEEDS'] ?? 16);

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`keys keep one instance, order and an exact account through deaths of workers (seed ${seed})`, async () => {
    const seen = shared();
    const random = new Random(seed);
    const workers = 1 + (seed % 4);
    const Journal = journals(seen, random.chance(500) ? 20 : 1e9);
    const Scribe = defineActor({
      name: 'scribe',
      init: (name: string) => ({ name, next: new Map<string, number>() }),
      handlers: {
        async write(state, keys: readonly string[], ctx) {
          for (const key of keys) {
            const n = state.next.get(key) ?? 0;
            state.next.set(key, n + 1);
            // oxlint-disable-next-line no-await-in-loop -- one after the other
            await ctx.keyed(Journal).ref(key).tell('note', [state.name, n]);
          }
        },
      },
    });
    const system = await startVirtual({ actors: [Journal, Scribe], workers, seed });
    await play(system, random, (step) => {
      const keys = Array.from({ length: 1 + random.next(12) }, () => `k${random.next(10)}`);
      // A name is used for one life of a scribe: a new one would begin at nought again.
      return system
        .spawn(Scribe, { args: `s${step}`, placement: random.next(workers + 1) })
        .then((scribe) => scribe.ask('write', keys, { timeoutMs: 1e6 }))
        .catch(() => undefined);
    });
    assert.equal(seen.wrong, [], `seed ${seed}`);
    const ledger = await system.ledger();
    assert.equal(ledgerProblems(ledger), [], `seed ${seed}`);
    assert.is(ledger.queued, 0, `seed ${seed}`);
    assert.is(ledger.parked, 0, `seed ${seed}`);
    for (let i = 0; i < 10; i += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each of them answers
      await system.keyed(Journal).ref(`k${i}`).ask('life');
    }
    system.checkMailboxes();
    await system.stop();
  });
}

/** Writers come, workers die, time passes; then everything comes to rest. */
async function play(
  system: VirtualSystem,
  random: Random,
  write: (step: number) => Promise<unknown>,
): Promise<void> {
  const writing: Promise<unknown>[] = [];
  for (let step = 0; step < 40; step += 1) {
    writing.push(write(step));
    const kills = random.chance(150) ? 1 + random.next(2) : 0;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    if (random.chance(700)) await system.advance(random.next(40));
    for (let kill = 0; kill < kills; kill += 1) system.killWorker(1 + random.next(system.workers));
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    if (kills > 0 && random.chance(300)) await system.advance(random.next(3_000));
  }
  for (let wait = 0; wait < 8; wait += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await system.advance(2_000);
  }
  await Promise.all(writing);
}

/** The worker of a keyed actor dies while two others send to it. */
async function loseReceiver(seed: number): Promise<void> {
  const sent = 12;
  const handled: number[][] = [[], [], []];
  const Taker = defineActor({
    name: 'taker',
    mailbox: { capacity: 2 },
    keyed: { idleMs: 1e9, save: () => undefined },
    init: () => null,
    handlers: { take: (_state, [from, n]: readonly [number, number]) => void handled[from]?.push(n) },
  });
  const Sender = defineActor({
    name: 'sender',
    init: (from: number) => from,
    handlers: {
      send(from, first: number, ctx) {
        const taker = ctx.keyed(Taker).ref('k');
        for (let n = first; n < first + sent; n += 1) void taker.tell('take', [from, n]);
      },
    },
  });
  const system = await startVirtual({ actors: [Taker, Sender], workers: 3, seed });
  const senders = await Promise.all(
    [0, 1, 2].map((from) => system.spawn(Sender, { args: from, placement: from + 1 })),
  );
  await Promise.all(senders.map((sender) => sender.ask('send', 0)));
  await system.settle();
  const dying = (seed % 3) + 1;
  const others = senders.filter((_, from) => from + 1 !== dying);
  system.stall(dying, 1_000);
  await Promise.all(others.map((sender) => sender.ask('send', sent)));
  system.killWorker(dying);
  await system.advance(10_000);
  const all = Array.from({ length: 2 * sent }, (_, n) => n);
  const seen = handled.filter((_, from) => from + 1 !== dying);
  assert.equal(seen, [all, all], `seed ${seed}`);
  await system.stop();
}

test('what waits for a keyed actor gets in where it is made again, beside what comes from other workers', async () => {
  // In few orders another worker finds the new instance before the one on which it lives does.
  // oxlint-disable-next-line no-await-in-loop -- one system after the other
  for (let seed = 1; seed <= 200; seed += 1) await loseReceiver(seed);
});

test('a ref that is passed on while its actor is made again leads to the actor', async () => {
  const Counter = defineActor({
    name: 'counter',
    init: () => ({ count: 0 }),
    handlers: { add: (state, by: number) => (state.count += by) },
  });
  const Relay = defineActor({
    name: 'relay',
    init: (to: ActorRef<typeof Counter>) => ({ to }),
    handlers: { add: ({ to }, by: number) => to.ask('add', by) },
  });
  for (let seed = 1; seed <= 40; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one system after the other
    const system = await startVirtual({ actors: [Counter, Relay], workers: 3, seed });
    // oxlint-disable-next-line no-await-in-loop -- one system after the other
    const counter = await system.spawn(Counter, { placement: 1 });
    system.killWorker(1);
    const relays = [2, 3].map((placement) => system.spawn(Relay, { args: counter, placement }));
    // oxlint-disable-next-line no-await-in-loop -- one system after the other
    const counts = await Promise.all(relays.map(async (relay) => (await relay).ask('add', 1)));
    assert.equal(
      counts.toSorted((a, b) => a - b),
      [1, 2],
      `seed ${seed}`,
    );
    // oxlint-disable-next-line no-await-in-loop -- one system after the other
    await system.stop();
  }
});

test.run();
