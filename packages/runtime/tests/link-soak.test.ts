// test-deadline-s: 180 because it sends hundreds of thousands of messages between threads that it kills
/** Soak of a link between real threads: nothing lost, twice or out of order, also when either end is killed. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createDoorbells, Doorbell, doorbellAt, ringDoorbell } from '../src/ring/doorbell.ts';
import { createLinkMemory, type LinkMemory } from '../src/ring/link-memory.ts';
import { type Batch, LinkReader } from '../src/transport/link-reader.ts';
import { LinkWriter } from '../src/transport/link-writer.ts';
import { DIGEST, HANDLED, LAST, LOST, MAIN, OUT_OF_ORDER, PEER, type PeerData } from './helpers/peer-data.ts';
import { digestOf, payloadOf } from './helpers/numbered.ts';
import { diceFrom } from './helpers/payloads.ts';
import { deferred, messageOf, startThread } from './helpers/threads.ts';

const MESSAGE_MAX_BYTES = 1_000_000;
const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() & 0x7fffffff);

interface Link {
  readonly memory: LinkMemory;
  readonly bells: Int32Array;
  readonly count: Int32Array;
}

function createLink(ringBytes: number): Link {
  const count = new Int32Array(new SharedArrayBuffer(64));
  count[LAST] = -1;
  return { memory: createLinkMemory(ringBytes), bells: createDoorbells(2), count };
}

function dataOf(link: Link, role: PeerData['role'], messages: number, incarnation = 0): PeerData {
  const { bells, count } = link;
  return { role, buffer: link.memory.buffer, bells, count, messages, incarnation };
}

/** Receives on this thread until `done`; `take` sees every batch. */
async function receive(link: Link, take: (batch: Batch) => void, done: () => boolean): Promise<LinkReader> {
  const noSource = (): never => {
    throw new Error('not here');
  };
  const reader = new LinkReader({
    memory: link.memory,
    wakeWriter: () => ringDoorbell(link.bells, doorbellAt(PEER)),
    messageMaxBytes: MESSAGE_MAX_BYTES,
    source: { ref: noSource, transferred: noSource },
  });
  const over = deferred<undefined>();
  const run = (): void => {
    let frames = 0;
    do {
      for (let batch = reader.take(); batch !== undefined; batch = reader.take()) {
        take(batch);
        frames += 1;
        if (frames === 200) {
          setImmediate(run);
          return;
        }
      }
      if (done()) {
        over.resolve(undefined);
        return;
      }
    } while (doorbell.rest());
  };
  const doorbell = new Doorbell({
    words: link.bells,
    index: doorbellAt(MAIN),
    hasWork: () => reader.pending || done(),
    onWake: run,
  });
  run();
  await over.promise;
  doorbell.dispose();
  return reader;
}

for (const ringBytes of [4_096, 262_144]) {
  test(`a link of ${ringBytes} bytes loses nothing and keeps order from thread to thread`, async () => {
    const messages = 100_000;
    const link = createLink(ringBytes);
    const thread = startThread('link-peer', dataOf(link, 'send', messages));
    let next = 0;
    let wrong = 0;
    const take = (batch: Batch): void => {
      for (let i = 0; i < batch.count; i += 1) {
        if (batch.target(i) !== next || digestOf(batch.payloads[i]) !== digestOf(payloadOf(next))) wrong += 1;
        next += 1;
      }
    };
    const reader = await receive(link, take, () => next === messages);
    assert.equal([wrong, reader.corruptions, reader.lostPayloads], [0, 0, 0]);
    assert.is(await thread.ended, 0);
  });
}

test(`a writer killed at any moment leaves a whole prefix of what it sent (seed ${SEED})`, async () => {
  const dice = diceFrom(SEED);
  const link = createLink(16_384);
  const nextOf = new Map<number, number>();
  const LIVES = 15;
  let life = -1;
  let thread = startThread('link-peer', dataOf(link, 'send', 1_000_000, 0));
  let killAfter = 0;
  let over = false;
  const nextLife = async (): Promise<void> => {
    for (life = 0; life < LIVES; life += 1) {
      if (life > 0) thread = startThread('link-peer', dataOf(link, 'send', 1_000_000, life));
      killAfter = dice(8_000);
      const reached = deferred<undefined>();
      whenReached = reached.resolve;
      await reached.promise;
      await thread.worker.terminate();
    }
    over = true;
    ringDoorbell(link.bells, doorbellAt(MAIN));
  };
  let whenReached: (value: undefined) => void = () => {};
  let wrong = 0;
  const take = (batch: Batch): void => {
    for (let i = 0; i < batch.count; i += 1) {
      const incarnation = batch.from(i);
      const expected = nextOf.get(incarnation) ?? 0;
      const good =
        batch.target(i) === expected && digestOf(batch.payloads[i]) === digestOf(payloadOf(expected));
      if (!good || incarnation > life) wrong += 1;
      nextOf.set(incarnation, expected + 1);
      if (incarnation === life && expected >= killAfter) whenReached(undefined);
    }
  };
  const lives = nextLife();
  const reader = await receive(link, take, () => over);
  await lives;
  for (let batch = reader.take(); batch !== undefined; batch = reader.take()) take(batch);
  assert.equal([wrong, reader.corruptions, reader.lostPayloads], [0, 0, 0]);
  assert.is(nextOf.size, LIVES);
});

test(`a reader killed at any moment never makes its successor handle a message twice (seed ${SEED})`, async () => {
  const dice = diceFrom(SEED);
  const messages = 80_000;
  const link = createLink(16_384);
  const writer = new LinkWriter({
    memory: link.memory,
    wake: () => ringDoorbell(link.bells, doorbellAt(PEER)),
    messageMaxBytes: MESSAGE_MAX_BYTES,
  });
  let thread = startThread('link-peer', dataOf(link, 'receive', messages));
  let lives = 1;
  let next = 0;
  while (next < messages || !writer.flush()) {
    for (; next < messages && writer.pending < 500; next += 1)
      writer.append(1, 2, next, 0, 0, payloadOf(next));
    writer.flush();
    if (lives < 15 && dice(60) === 0) {
      await thread.worker.terminate();
      thread = startThread('link-peer', dataOf(link, 'receive', messages));
      await messageOf(thread);
      lives += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.is(await thread.ended, 0);
  const { count } = link;
  assert.is(count[OUT_OF_ORDER], 0);
  assert.is(count[LAST], messages - 1);
  assert.ok(lives > 5, `${lives} lives`);
  const handled = count[HANDLED] as number;
  assert.ok(handled <= messages);
  assert.ok((count[LOST] as number) < lives, 'only a message in parts may arrive without its payload');
  // What died with a reader is at most the frames that it had taken: a batch, or a message in parts.
  assert.ok(
    handled >= messages - lives * 257,
    `${messages - handled} of ${messages} died with ${lives - 1} readers`,
  );
  if (handled === messages) {
    let digest = 0;
    for (let n = 0; n < messages; n += 1) digest = (digest + digestOf(payloadOf(n))) | 0;
    assert.is(count[DIGEST], digest);
  }
});

test.run();
