/**
 * A small result file for tests of what is made of results: three systems, one of them void at one point,
 * one a tie with ours.
 */
import type { MetricName } from '../harness/metrics.ts';
import { METRICS } from '../harness/metrics.ts';
import type { Params } from '../harness/cell.ts';
import type { ResultRecord, Results } from '../harness/results.ts';

/** One believed record; the spread is a tenth to each side unless it is given. */
export function record(
  cell: string,
  system: string,
  params: Params,
  metric: MetricName,
  median: number,
  spread = 0.1,
): ResultRecord {
  const { unit } = METRICS[metric];
  const [min, max] = [median * (1 - spread), median * (1 + spread)];
  return { cell, system, params, metric, unit, median, min, max, rounds: 3, checksum: 'ab12' };
}

export function fixture(): Results {
  const records: ResultRecord[] = [];
  for (const workUs of [0, 1, 10]) {
    for (const [theta, p1] of [
      [0, 0.0001],
      [0.99, 0.0978],
    ] as const) {
      const params = { theta, workUs, workers: 2, keys: 10_000, capacity: 1_024, p1 };
      records.push(
        record('S6', 'millrace', params, 'throughput', 6e6 / (1 + workUs)),
        record('S6', 'erlang', params, 'throughput', 5.5e6 / (1 + workUs)),
        record('S6', 'piscina', params, 'throughput', 2e4),
        record('S6', 'floor:one-thread', params, 'throughput', 1e7 / (1 + workUs)),
      );
    }
  }
  for (const [theta, workUs] of [
    [0.99, 1],
    [0, 10],
  ] as const) {
    const params = {
      theta,
      workUs,
      workers: 1,
      keys: 10_000,
      capacity: 1_024,
      p1: theta === 0 ? 0.0001 : 0.0978,
    };
    // Half of what two workers do, and two thirds of it.
    records.push(
      record('S6', 'millrace', params, 'throughput', 3e6 / (1 + workUs)),
      record('S6', 'erlang', params, 'throughput', (5.5e6 * 2) / 3 / (1 + workUs)),
    );
  }
  for (const load of [50, 95]) {
    const params = { load, theta: 0.99, workUs: 10, workers: 2 };
    records.push(
      record('S7', 'millrace', params, 'latency_p50', 20),
      record('S7', 'millrace', params, 'latency_p99', 4 * load),
      record('S7', 'millrace', params, 'latency_p999', 8 * load),
      record('S7', 'millrace', params, 'queue_p99', load),
    );
  }
  records.push({
    ...record('S1', 'nact', { capacity: 1_024, idle: 0 }, 'throughput', 1),
    median: null,
    min: null,
    max: null,
    rounds: 0,
    checksum: 'VOID: messages: expected=10, found=9',
  });
  for (const idle of [0, 1_000]) {
    const params = { capacity: 1_024, idle };
    for (const [system, rate] of [
      ['millrace', 2e7],
      ['xstate', 3e6],
    ] as const) {
      records.push(record('S1', system, params, 'throughput', rate));
      records.push(record('S1', system, params, 'time_per_message', 1e9 / rate));
    }
  }
  for (const system of ['millrace', 'postmessage']) {
    const params = { shape: 'ping-pong', placement: 'other', waiting: 'sleep', actors: 2, workers: 2 };
    records.push(
      record('S3', system, params, 'latency_p50', 20),
      record('S3', system, params, 'latency_p99', 60),
    );
    for (const senders of [1, 1_000]) {
      const flood = { placement: 'other', senders, workers: 2, capacity: 1_024 };
      records.push(record('S2', system, flood, 'throughput', 1e6 * senders));
    }
  }
  const overload = { factor: 10, serviceUs: 50, capacity: 1_024, peakMs: 200, overloadMs: 2_000 };
  return {
    environment: {
      date: '2026-01-01T00:00:00.000Z',
      commit: 'abc',
      cpu: 'Some CPU',
      cores: 2,
      memoryGb: 8,
      platform: 'linux x64',
      node: 'v20.20.0',
      mode: 'full',
      workers: 2,
      rounds: 3,
      passMs: 400,
      stepsPerUs: 900,
      systems: { millrace: '0.1.0' },
      durationS: 100,
      notes: [],
    },
    records,
    absences: [{ cell: 'S6', system: 'nact', params: null, why: 'one thread', failed: false }],
    series: ['millrace', 'postmessage'].map((system) => ({
      cell: 'S8',
      system,
      params: overload,
      name: 'rss',
      unit: 'MB',
      points: [
        [0, 60],
        [1_000, system === 'millrace' ? 61 : 160],
        [2_000, system === 'millrace' ? 61 : 260],
      ],
    })),
  };
}
