/** Tests of actors that are reached by key, on the main thread alone and on worker threads. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import type { RunningSystem } from '../src/running-system.ts';
import { startSystem } from '../src/start.ts';
import { Counter } from './fixtures/actors.ts';
import { Journal, Scribe } from './fixtures/keyed-actors.ts';

const ACTORS = ['./fixtures/actors.js', './fixtures/keyed-actors.js'].map(
  (path) => new URL(path, import.meta.url),
);

async function withSystem(
  workers: number,
  body: (system: RunningSystem, folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-keyed-'));
  process.env['MILLRACE_TEST_FOLDER'] = folder;
  try {
    const system = await startSystem({ actors: ACTORS, workers });
    try {
      await body(system, folder);
    } finally {
      const report = await system.stop();
      assert.equal(report.problems, [], 'the ledger balances');
      assert.is(report.ledger.queued, 0);
      assert.is(report.ledger.parked, 0);
      assert.is(report.ledger.deadLettered, 0, 'nothing was buried with an actor');
      assert.is(report.ledger.refused, 0);
      assert.ok(report.phases.every((phase) => phase.completed));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isAlive(folder: string, key: string): boolean {
  return existsSync(join(folder, `${encodeURIComponent(key)}.alive`));
}

/** Resolves once the actor of a key has been let go. */
async function letGo(folder: string, key: string): Promise<void> {
  while (isAlive(folder, key)) {
    // oxlint-disable-next-line no-await-in-loop -- a condition is waited for, however long it takes
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function chosenSeed(): number {
  const given = Number(process.env['SEED']);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 1_000_000) + 1;
}

for (const workers of [0, 2]) {
  test(`a ref by key works at once and its actor lives on with ${workers} workers`, () =>
    withSystem(workers, async (system, folder) => {
      const alice = system.keyed(Journal).ref('alice');
      for (let n = 0; n < 20; n += 1) void alice.tell('note', ['main', n]);
      assert.equal(
        { ...(await alice.ask('report')), lives: 0 },
        { total: 20, wrong: 0, lives: 0, doubles: 0 },
      );
      for (let life = 2; life < 6; life += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one life after the other
        await letGo(folder, 'alice');
        void alice.tell('note', ['main', 18 + life]);
        // oxlint-disable-next-line no-await-in-loop -- one life after the other
        const { total, wrong, lives, doubles } = await alice.ask('report');
        assert.equal([total, wrong, doubles], [19 + life, 0, 0]);
        assert.ok(lives >= life, `life ${life}: ${lives}`);
      }
    }));

  test(`a ref by key travels in messages and is one on each thread with ${workers} workers`, () =>
    withSystem(workers, async (system) => {
      const alice = system.keyed(Journal).ref('alice');
      assert.is(await alice.ask('self'), alice);
      const counter = await system.spawn(Counter);
      assert.is(await counter.ask('echo', alice), alice);
    }));

  const seed = chosenSeed();
  test(`no message is lost or overtaken through many lives with ${workers} workers (seed ${seed})`, () =>
    withSystem(workers, async (system, folder) => {
      const keys = 6;
      const scribes = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          // Every thread has some, the main thread too.
          system.spawn(Scribe, { args: `s${i}`, placement: i % (workers + 1) }),
        ),
      );
      const wrote = await Promise.all(
        scribes.map((scribe, i) =>
          scribe.ask('write', { seed: seed + i, keys, times: 1_500 }, { timeoutMs: 60_000 }),
        ),
      );
      let lives = 0;
      for (let i = 0; i < keys; i += 1) {
        const key = `key ${i}`;
        const sent = wrote.reduce((sum, byKey) => sum + (byKey[key] ?? 0), 0);
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const report = await system.keyed(Journal).ref(key).ask('report');
        assert.equal(
          { ...report, lives: 0 },
          { total: sent, wrong: 0, doubles: 0, lives: 0 },
          `seed ${seed}: ${key}`,
        );
        lives += report.lives;
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await letGo(folder, key);
      }
      assert.ok(lives > keys, `seed ${seed}: journals were let go and made again, ${lives} lives`);
    }));
}

test('keyed actors spread over the workers, and none lives on the main thread', () =>
  withSystem(2, async (system) => {
    const threads = new Map<number, number>();
    const asked = Array.from({ length: 40 }, (_, i) => system.keyed(Journal).ref(`k${i}`).ask('thread'));
    for (const thread of await Promise.all(asked)) threads.set(thread, (threads.get(thread) ?? 0) + 1);
    assert.is(threads.size, 2, JSON.stringify([...threads]));
    assert.not.ok(threads.has(0));
  }));

test('a keyed definition that no module exports is refused at once', () =>
  withSystem(1, async (system) => {
    const { defineActor } = await import('@millrace/core');
    const Local = defineActor({ name: 'local', keyed: {}, init: (key: string) => ({ key }), handlers: {} });
    assert.throws(
      () => system.keyed(Local),
      (error: unknown) => isMillraceError(error, 'ERR_DEFINITIONS'),
    );
  }));

test.run();
