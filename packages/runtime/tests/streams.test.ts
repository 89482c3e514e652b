/** Tests of streams into actors and out of them, with as many threads as there may be. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import type { RunningSystem } from '../src/running-system.ts';
import { startSystem } from '../src/start.ts';
import { openFeed } from '../src/streams/feed.ts';
import { webWritableTo, writableTo } from '../src/streams/writable.ts';
import { Counter } from './fixtures/actors.ts';
import { Sink, Source } from './fixtures/stream-actors.ts';

const ACTORS = ['./fixtures/actors.js', './fixtures/stream-actors.js'].map(
  (path) => new URL(path, import.meta.url),
);

async function withSystem(workers: number, body: (system: RunningSystem) => Promise<void>): Promise<void> {
  const system = await startSystem({ actors: ACTORS, workers });
  try {
    await body(system);
  } catch (error) {
    await system.stop({ drainMs: 0 });
    throw error;
  }
  const report = await system.stop();
  assert.equal(report.problems, [], 'the ledger balances');
  assert.is(report.ledger.queued, 0);
  assert.is(report.ledger.parked, 0);
  assert.ok(report.phases.every((phase) => phase.completed));
}

function* numbers(count: number): Generator<number> {
  for (let n = 0; n < count; n += 1) yield n;
}

/** Lets everything that is on its way arrive: a few turns of the event loop, and a way to the worker and back. */
async function turns(system: RunningSystem): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- turns follow each other
    await system.ledger();
    // oxlint-disable-next-line no-await-in-loop -- turns follow each other
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

for (const workers of [0, 2]) {
  test(`a pipeline into an actor delivers every chunk in order with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const sink = await system.spawn(Sink);
      await pipeline(Readable.from(numbers(2_000)), writableTo(sink, 'add'));
      assert.equal(await sink.ask('report'), { sum: 1_999_000, wrong: 0 });
    }));

  test(`a web stream into an actor delivers every chunk in order with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const sink = await system.spawn(Sink);
      const source = new ReadableStream<number>({
        start(controller) {
          for (const n of numbers(500)) controller.enqueue(n);
          controller.close();
        },
      });
      await source.pipeTo(webWritableTo(sink, 'add'));
      assert.equal(await sink.ask('report'), { sum: 124_750, wrong: 0 });
    }));

  test(`a slow actor holds its source back through a stream with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const sink = await system.spawn(Sink, { args: true });
      let taken = 0;
      function* counted(): Generator<number> {
        for (const n of numbers(1_000)) {
          taken += 1;
          yield n;
        }
      }
      const source = Readable.from(counted(), { highWaterMark: 2 });
      const running = refusal(pipeline(source, writableTo(sink, 'add', { highWaterMark: 2 })));
      await turns(system);
      // The mailbox, and what the two streams buffer, each with one in hand.
      assert.ok(taken >= 4 && taken <= 4 + 3 + 3, `the source gave ${taken}`);
      await system.stopActor(sink, { shutdownMs: 'brutal' });
      assert.ok(isMillraceError(await running, 'ERR_ACTOR_STOPPED'), 'the source is told');
    }));

  test(`a feed hands items over in order and ends with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const feed = await openFeed<number>(system);
      const source = await system.spawn(Source, { args: feed.ref });
      const done = source.ask('feed', 1_000);
      const seen: number[] = [];
      for await (const n of feed) seen.push(n);
      assert.equal(seen, [...numbers(1_000)]);
      await done;
      assert.is((await feed.next()).done, true, 'it stays at its end');
    }));

  test(`a reader who is slow holds the actors that feed it back with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const feed = await openFeed<number>(system, { capacity: 4 });
      const source = await system.spawn(Source, { args: feed.ref });
      const done = source.ask('feed', 200, { timeoutMs: 60_000 });
      let ledger = await system.ledger();
      while (ledger.parked === 0) {
        // oxlint-disable-next-line no-await-in-loop -- until the source has to wait
        await turns(system);
        // oxlint-disable-next-line no-await-in-loop -- until the source has to wait
        ledger = await system.ledger();
      }
      assert.ok(ledger.queued <= 4 + 1, 'the capacity of the feed, and what its source was told');
      assert.is((await feed.next()).value, 0);
      const rest: number[] = [];
      await pipeline(Readable.from(feed), async (items: AsyncIterable<number>) => {
        for await (const n of items) rest.push(n);
      });
      assert.equal(rest, [...numbers(200)].slice(1));
      await done;
    }));

  test(`a reader who leaves ends the feed, and who tells it more is refused, with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const feed = await openFeed<number>(system, { capacity: 2 });
      const source = await system.spawn(Source, { args: feed.ref });
      const done = refusal(source.ask('feed', 100));
      for await (const n of feed) if (n === 5) break;
      assert.ok(isMillraceError(await done, 'ERR_ACTOR_STOPPED'));
      assert.is((await feed.next()).done, true);
    }));
}

test('a stream into an actor that has stopped fails with the error of the tell', () =>
  withSystem(0, async (system) => {
    const counter = await system.spawn(Counter);
    await system.stopActor(counter);
    const error = await refusal(pipeline(Readable.from(numbers(3)), writableTo(counter, 'add')));
    assert.ok(isMillraceError(error, 'ERR_ACTOR_STOPPED'));
    const web = webWritableTo(counter, 'add').getWriter();
    assert.ok(isMillraceError(await refusal(web.write(1)), 'ERR_ACTOR_STOPPED'));
    await refusal(web.closed);
  }));

test('a feed that stops before its end fails its reader', () =>
  withSystem(0, async (system) => {
    const feed = await openFeed<number>(system);
    const reading = refusal(feed.next());
    assert.ok(isMillraceError(await refusal(feed.next()), 'ERR_OPTION_INVALID'), 'one read at a time');
    await system.stopActor(feed.ref);
    assert.ok(isMillraceError(await reading, 'ERR_ACTOR_STOPPED'));
    assert.ok(isMillraceError(await refusal(feed.next()), 'ERR_ACTOR_STOPPED'));
  }));

test('a wrong option of a stream is refused', () =>
  withSystem(0, async (system) => {
    const counter = await system.spawn(Counter);
    assert.throws(() => writableTo(counter, 'add', { highWaterMark: 0 }), /ERR_OPTION_INVALID|highWaterMark/);
    assert.ok(isMillraceError(await refusal(openFeed(system, { capacity: 0 })), 'ERR_OPTION_INVALID'));
  }));

test.run();
