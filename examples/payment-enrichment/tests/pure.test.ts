/** Tests of the parts that need no process: the schedule, the credits, the log, the results, the figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../src/command-line.ts';
import { EventLogReader, EventLogWriter } from '../src/event-log.ts';
import { readResults, Results } from '../src/results.ts';
import { arrivedBy, callsPerSecond } from '../src/scenario.ts';
import { percentile } from '../src/summary.ts';
import { TokenBucket } from '../src/token-bucket.ts';

function withFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'payment-enrichment-test-'));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a minute brings 100,000 payments in bursts, whatever the scale', () => {
  for (const scale of [1, 6]) {
    const scenario = { events: 1_000_000, scale };
    assert.is(arrivedBy(scenario, 0), 0);
    assert.is(arrivedBy(scenario, 1_200 / scale), 5_000, 'half of the first burst');
    assert.is(arrivedBy(scenario, 2_400 / scale), 10_000, 'the whole of it');
    assert.is(arrivedBy(scenario, 5_999 / scale), 10_000, 'a pause');
    assert.is(arrivedBy(scenario, 60_000 / scale), 100_000);
  }
  assert.is(arrivedBy({ events: 7, scale: 1 }, 60_000), 7);
  assert.is(callsPerSecond({ scale: 3 }), 1_000);
});

test('credits come at the rate, pile up for a moment at most, and stop during a pause', () => {
  const bucket = new TokenBucket(100);
  const due = (nowMs: number, calls: number): number[] =>
    Array.from({ length: calls }, () => bucket.reserve(nowMs));
  assert.equal(due(1_000, 8), [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_010, 1_020]);
  bucket.pause(3_000);
  assert.equal(due(1_030, 2), [3_000, 3_010]);
});

test('the log gives back what was appended, from any offset, and keeps what was committed', () =>
  withFolder((folder) => {
    const path = join(folder, 'events.log');
    const writer = new EventLogWriter(path);
    const reader = new EventLogReader(path);
    assert.equal(reader.read(0, 10), []);
    writer.appendUntil(3, 1_700_000_000_000);
    writer.appendUntil(100_000, 1_700_000_000_001);
    assert.equal(
      reader.read(2, 2).map(({ offset, arrivedAtMs }) => [offset, arrivedAtMs]),
      [
        [2, 1_700_000_000_000],
        [3, 1_700_000_000_001],
      ],
    );
    assert.equal(
      reader.read(99_998, 10).map(({ offset }) => offset),
      [99_998, 99_999],
    );
    reader.commit(42);
    const successor = new EventLogReader(path);
    assert.is(successor.committed, 42);
    for (const end of [writer, reader, successor]) end.close();
  }));

test('a payment that is saved twice is one row, as it was saved first', () =>
  withFolder((folder) => {
    const path = join(folder, 'results.db');
    const results = new Results(path);
    const first = { offset: 1, arrivedAtMs: 10, acceptedAtMs: 20, score: 0.5, attempts: 1 };
    results.save([first, { ...first, offset: 0, score: null }], 30);
    results.save([{ ...first, attempts: 9 }], 40);
    results.close();
    const row = { arrivedAtMs: 10, acceptedAtMs: 20, storedAtMs: 30, attempts: 1 };
    assert.equal(readResults(path), [
      { offset: 0, ...row, deliveries: 1, needsReview: true },
      { offset: 1, ...row, deliveries: 2, needsReview: false },
    ]);
  }));

test('a writer takes over from one that was killed with the file open', () =>
  withFolder((folder) => {
    const path = join(folder, 'results.db');
    const killed = new Results(path);
    const result = { offset: 7, arrivedAtMs: 1, acceptedAtMs: 2, score: 1, attempts: 1 };
    killed.save([result], 3);
    const successor = new Results(path);
    successor.save([{ ...result, offset: 8 }], 4);
    successor.close();
    assert.equal(
      readResults(path).map(({ offset }) => offset),
      [7, 8],
    );
  }));

test('a percentile is a value that was measured', () => {
  assert.is(percentile([3, 1, 2], 0.5), 2);
  assert.is(percentile([3, 1, 2], 0.99), 3);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('a command line that makes no sense is refused with what may be said', () => {
  assert.equal(parseCommandLine(['--way', 'millrace', '--events', '10']).scenario, { events: 10, scale: 2 });
  assert.throws(() => parseCommandLine(['--events', '0']), /--events is a number from 1 to/);
  assert.throws(() => parseCommandLine(['--scale', 'x']), /--scale is a number/);
  assert.throws(() => parseCommandLine(['--way', 'best']), /--way is one of/);
  assert.throws(() => parseCommandLine(['--wya', 'naive']));
});

test.run();
