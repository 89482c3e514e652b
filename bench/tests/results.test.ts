/** A result file that breaks the schema is refused, and the first break is named. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { schemaProblem, type ResultRecord, type Results } from '../harness/results.ts';

const record: ResultRecord = {
  cell: 'S1',
  system: 'millrace',
  params: { capacity: 8 },
  metric: 'throughput',
  unit: 'msg/s',
  median: 2,
  min: 1,
  max: 3,
  rounds: 3,
  checksum: 'ab12',
};

function results(changes: Partial<Record<keyof ResultRecord, unknown>> = {}): unknown {
  const file: Results = {
    environment: {
      date: '2026-01-01T00:00:00.000Z',
      commit: 'abc',
      cpu: 'x',
      cores: 2,
      memoryGb: 8,
      platform: 'linux x64',
      node: 'v20.20.0',
      mode: 'quick',
      workers: 2,
      rounds: 3,
      passMs: 150,
      stepsPerUs: 900,
      systems: { millrace: '0.1.0' },
      durationS: 100,
      notes: [],
    },
    records: [record],
    absences: [{ cell: 'S2', system: 'nact', params: null, why: 'one thread', failed: false }],
    series: [],
  };
  return { ...file, records: [{ ...record, ...changes }] };
}

test('a whole file passes', () => {
  assert.is(schemaProblem(results()), undefined);
});

test('a void record has no figures', () => {
  const empty = {
    median: null,
    min: null,
    max: null,
    rounds: 0,
    checksum: 'VOID: messages: expected=2, found=1',
  };
  assert.is(schemaProblem(results(empty)), undefined);
  assert.match(schemaProblem(results({ ...empty, median: 5 })) ?? '', /void record has a figure/);
});

test('each break is named', () => {
  const breaks: [Partial<Record<keyof ResultRecord, unknown>>, RegExp][] = [
    [{ metric: 'speed' }, /records\[0\]: metric is not known: speed/],
    [{ unit: 'MB' }, /unit does not fit/],
    [{ median: Number.NaN }, /not a finite number/],
    [{ median: null }, /not a finite number/],
    [{ min: 5 }, /out of order/],
    [{ rounds: 1.5 }, /rounds is not a whole number/],
    [{ checksum: undefined }, /checksum is not a string/],
    [{ params: [] }, /params is not an object/],
  ];
  for (const [change, message] of breaks) assert.match(schemaProblem(results(change)) ?? '', message);
  assert.match(schemaProblem({ ...(results() as object), environment: {} }) ?? '', /environment.date/);
  assert.match(schemaProblem([]) ?? '', /expected an object/);
});

test.run();
