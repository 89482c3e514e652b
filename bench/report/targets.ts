/**
 * What was meant to be reached, beside what a result file says: one line for each target, and the point at which it is
 * furthest from being met. Owns the list of targets; holds that a figure in it is one of the file, so that nobody
 * writes down a target as met that is not.
 */
import { formatNumber } from '../harness/format.ts';
import type { MetricName } from '../harness/metrics.ts';
import type { Results } from '../harness/results.ts';
import { provenance, type Row, rowsOf } from './rows.ts';

type Where = Readonly<Record<string, string | number>>;

/** A figure at one point. */
interface Seen {
  readonly value: number;
  readonly row: Row;
}

/** What is meant to hold at every point that it speaks of. */
interface Target {
  readonly cell: string;
  readonly text: string;
  readonly need: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: string;
  readonly seen: (results: Results) => Seen[];
}

/** Our own figure. */
function own(cell: string, metric: MetricName, where: Where): Pick<Target, 'cell' | 'seen'> {
  return {
    cell,
    seen: (results) => ours(results, cell, metric, where).map((row) => ({ value: row.median, row })),
  };
}

/** Our figure as so many times that of another system at the same point; of the best of them, if several match. */
function times(
  cell: string,
  metric: MetricName,
  where: Where,
  rival: (system: string) => boolean,
): Pick<Target, 'cell' | 'seen' | 'unit'> {
  return {
    cell,
    unit: ' ×',
    seen: (results) => {
      const rivals = rowsOf(results, cell, metric).filter((row) => rival(row.system));
      return ours(results, cell, metric, where).flatMap((row) => {
        const there = rivals.filter((other) => isSamePoint(row, other)).map((other) => other.median);
        return there.length === 0 ? [] : [{ value: row.median / Math.max(...there), row }];
      });
    },
  };
}

/** Our figure with the most workers as so many times that with one. */
function timesOneWorker(
  cell: string,
  metric: MetricName,
  where: Where,
): Pick<Target, 'cell' | 'seen' | 'unit'> {
  return {
    cell,
    unit: ' ×',
    seen: (results) => {
      const few = ours(results, cell, metric, { ...where, workers: 1 })[0];
      const many = ours(results, cell, metric, where)[0];
      return few === undefined || many === undefined || many === few
        ? []
        : [{ value: many.median / few.median, row: many }];
    },
  };
}

const is =
  (name: string) =>
  (system: string): boolean =>
    system === name;
const isPeer = (system: string): boolean => !/^(?:millrace|floor)\b/.test(system);

const OTHER_THREAD = { placement: 'other', senders: 1 };
const NO_WORK = { workUs: 0 };

const TARGETS: readonly Target[] = [
  {
    ...own('S1', 'throughput', { idle: 0 }),
    text: 'local tells a second',
    need: { atLeast: 15e6 },
    unit: '',
  },
  {
    ...own('S1', 'floor_share', { idle: 0 }),
    text: 'of an array and a call',
    need: { atLeast: 50 },
    unit: ' %',
  },
  { ...times('S1', 'throughput', { idle: 0 }, is('nact')), text: 'nact', need: { atLeast: 20 } },
  { ...times('S1', 'throughput', { idle: 0 }, is('erlang')), text: 'the BEAM', need: { atLeast: 3 } },
  { ...own('S2', 'floor_share', OTHER_THREAD), text: 'of the link alone', need: { atLeast: 60 }, unit: ' %' },
  {
    ...times('S2', 'throughput', OTHER_THREAD, is('postmessage')),
    text: '`postMessage` for each message',
    need: { atLeast: 10 },
  },
  {
    ...times('S2', 'throughput', OTHER_THREAD, is('postmessage:64')),
    text: '`postMessage` of batches',
    need: { atLeast: 2 },
  },
  {
    ...own('S2', 'jain', { placement: 'other', senders: 1_000 }),
    text: "Jain's index of a thousand senders",
    need: { atLeast: 0.95 },
    unit: '',
  },
  {
    ...times('S3', 'latency_p50', { shape: 'ping-pong', waiting: 'sleep' }, is('floor:doorbell')),
    text: 'a bell and a sleeper, between sleeping threads',
    need: { atMost: 1.3 },
  },
  {
    ...own('S3', 'latency_p50', { shape: 'ping-pong', placement: 'other', waiting: 'spin' }),
    text: 'there and back between spinning threads',
    need: { atMost: 2 },
    unit: ' µs',
  },
  {
    ...own('S6', 'placement_share', { workUs: 1 }),
    text: 'of what the placement allows, 1 µs of work',
    need: { atLeast: 90 },
    unit: ' %',
  },
  {
    ...own('S6', 'placement_share', { workUs: 10 }),
    text: 'of what the placement allows, 10 µs of work',
    need: { atLeast: 90 },
    unit: ' %',
  },
  {
    ...timesOneWorker('S6', 'throughput', { theta: 0, workUs: 10 }),
    text: 'one worker, with two and 10 µs of work',
    need: { atLeast: 1.9 },
  },
  {
    ...times('S6', 'throughput', { workUs: 1 }, isPeer),
    text: 'the best peer, 1 µs of work',
    need: { atLeast: 1 },
  },
  {
    ...times('S6', 'throughput', { workUs: 10 }, isPeer),
    text: 'the best peer, 10 µs of work',
    need: { atLeast: 1 },
  },
  { ...times('S6', 'throughput', NO_WORK, is('erlang')), text: 'the BEAM, no work', need: { atLeast: 2 } },
  {
    ...times('S6', 'throughput', NO_WORK, is('postmessage:64')),
    text: '`postMessage` of batches, no work',
    need: { atLeast: 1.5 },
  },
  {
    ...own('S8', 'goodput', {}),
    text: 'of the peak is done under overload',
    need: { atLeast: 0.95 },
    unit: '',
  },
  {
    cell: 'S8',
    text: 'the time that a full mailbox takes, as age of one message in a hundred',
    need: { atMost: 1.5 },
    unit: ' ×',
    seen: (results) =>
      ours(results, 'S8', 'age_p99', {}).map((row) => ({
        value: row.median / ((Number(row['capacity']) * Number(row['serviceUs'])) / 1_000),
        row,
      })),
  },
  {
    ...own('S8', 'rss_growth', {}),
    text: 'growth of memory under overload',
    need: { atMost: 10 },
    unit: ' %',
  },
  {
    ...own('S11', 'slowdown', {}),
    text: 'a neighbour of a stalled actor, beside none',
    need: { atMost: 1.2 },
    unit: ' ×',
  },
  {
    ...own('S14', 'wakes_per_message', {}),
    text: 'sleeps for each message round a cycle',
    need: { atMost: 1 },
    unit: '',
  },
  {
    ...own('S16', 'bytes_per_actor', {}),
    text: 'an idle actor',
    need: { atMost: 600 },
    unit: ' bytes',
  },
  { ...own('S16', 'spawn_rate', {}), text: 'spawns a second', need: { atLeast: 500_000 }, unit: '' },
];

/** The table in Markdown. A target of which the file has no figure is left out. */
export function renderTargets(results: Results): string {
  const lines = TARGETS.flatMap((target) => {
    const worst = worstOf(target, results);
    return worst === undefined ? [] : [lineOf(target, worst)];
  });
  return [
    '',
    '| cell | target | seen | where it is worst | |',
    '|---|---|---:|---|---|',
    ...lines,
    '',
    `${provenance(results)}; the medians count.`,
    '',
  ].join('\n');
}

function lineOf({ cell, text, need, unit }: Target, { value, row }: Seen): string {
  const sign = 'atLeast' in need ? '≥' : '≤';
  const bound = 'atLeast' in need ? need.atLeast : need.atMost;
  const figure = (number: number): string => `${formatNumber(number)}${unit}`;
  const verdict = isMet(need, value) ? 'met' : `**missed**, ${formatNumber(value / bound)} of it`;
  return `| ${cell} | ${sign} ${figure(bound)} ${text} | ${figure(value)} | ${pointOf(row)} | ${verdict} |`;
}

function isMet(need: Target['need'], value: number): boolean {
  return 'atLeast' in need ? value >= need.atLeast : value <= need.atMost;
}

function worstOf({ need, seen }: Target, results: Results): Seen | undefined {
  const farther = (a: Seen, b: Seen): number => ('atLeast' in need ? a.value - b.value : b.value - a.value);
  return seen(results).sort(farther)[0];
}

/** Ours at all points like this; of a sweep over workers those with the most, unless `where` says how many. */
function ours(results: Results, cell: string, metric: MetricName, where: Where): Row[] {
  const rows = rowsOf(results, cell, metric).filter(
    (row) => row.system === 'millrace' && Object.entries(where).every(([key, value]) => row[key] === value),
  );
  if ('workers' in where) return rows;
  const most = Math.max(...rows.map((row) => Number(row['workers'] ?? 0)));
  return rows.filter((row) => Number(row['workers'] ?? 0) === most);
}

function isSamePoint(a: Row, b: Row): boolean {
  return Object.keys(paramsOf(a)).every((key) => a[key] === b[key]);
}

function paramsOf({ system: _system, median: _median, min: _min, max: _max, ...params }: Row): Where {
  return params as Where;
}

/** Parameters that are the same at all points say nothing. */
const UNSAID = new Set(['capacity', 'keys', 'p1', 'workers']);

function pointOf(row: Row): string {
  return Object.entries(paramsOf(row))
    .filter(([key]) => !UNSAID.has(key))
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}
