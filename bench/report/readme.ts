/**
 * The part of the README that comes from measurements: a table and two charts.
 * Everything in it is made of one result file, so that the README cannot drift away from it.
 */
import { skewCeiling } from '@millrace/testkit/bench';
import { formatNumber } from '../harness/format.ts';
import { METRICS, type MetricName } from '../harness/metrics.ts';
import { isVoid, type ResultRecord, type Results } from '../harness/results.ts';
import { compare } from '../harness/statistics.ts';
import { provenance } from './rows.ts';

/** One line of the table: a question, and the point and metric that answer it. */
interface Line {
  readonly text: string;
  readonly cell: string;
  readonly metric: MetricName;
  readonly where: Readonly<Record<string, string | number>>;
  /** The floor that bounds the figure; under skew with all workers, as far as the hottest key lets them. */
  readonly limit?: string;
  /** The figure is how many times that of the same point with so many workers it is. */
  readonly timesThatOfWorkers?: number;
}

const SKEWED = { cell: 'S6', metric: 'throughput', limit: 'floor:one-thread' } as const;

const LINES: readonly Line[] = [
  { text: 'local tell', cell: 'S1', metric: 'throughput', where: { idle: 0 }, limit: 'floor:array-call' },
  {
    text: 'fan-in from another thread',
    cell: 'S2',
    metric: 'throughput',
    where: { placement: 'other', senders: 1 },
    limit: 'floor:link',
  },
  {
    text: '… from a thousand senders',
    cell: 'S2',
    metric: 'throughput',
    where: { placement: 'other', senders: 1_000 },
    limit: 'floor:link',
  },
  {
    text: 'there and back between sleeping threads, µs',
    cell: 'S3',
    metric: 'latency_p50',
    where: { shape: 'ping-pong', placement: 'other', waiting: 'sleep' },
    limit: 'floor:doorbell',
  },
  { ...SKEWED, text: '10⁴ keyed actors, uniform', where: { theta: 0, workUs: 0 } },
  { ...SKEWED, text: '10⁴ keyed actors, θ 0.99', where: { theta: 0.99, workUs: 0 } },
  { ...SKEWED, text: '… with 1 µs of work', where: { theta: 0.99, workUs: 1 } },
  { ...SKEWED, text: '… with 10 µs of work', where: { theta: 0.99, workUs: 10 } },
  {
    text: '… all workers ÷ one, uniform',
    cell: 'S6',
    metric: 'throughput',
    where: { theta: 0, workUs: 10 },
    timesThatOfWorkers: 1,
  },
  { text: 'memory growth at 10 × overload', cell: 'S8', metric: 'rss_growth', where: { factor: 10 } },
  { text: 'idle actor', cell: 'S16', metric: 'bytes_per_actor', where: { actors: 100_000 } },
];

const COLUMNS: readonly string[] = [
  'millrace',
  'erlang',
  'postmessage:64',
  'postmessage',
  'piscina',
  'comedy',
  'nact',
  'xstate',
];

const CHARTS: readonly { name: string; alt: string }[] = [
  {
    name: 'zipf-throughput',
    alt: 'Messages a second to ten thousand keyed actors by skew, for every system',
  },
  { name: 'overload-memory', alt: 'Memory of each system while one actor is sent more than it can do' },
];

/** The section in Markdown. */
export function renderSection(name: string, results: Results): string {
  const columns = COLUMNS.filter((system) => results.records.some((record) => record.system === system));
  const lines = LINES.flatMap((line) => {
    const cells = columns.map((system) => answer(results, line, system));
    if (cells.every((record) => record === undefined)) return [];
    const figures = [...cells.map((record) => figure(record, cells)), limitOf(results, line)];
    return [`| ${line.text} | ${figures.join(' | ')} |`];
  });
  const pictures = CHARTS.map(({ name: chart, alt }) =>
    [
      '<picture>',
      `  <source media="(prefers-color-scheme: dark)" srcset="bench/charts/${name}/${chart}.dark.svg">`,
      `  <img alt="${alt}" src="bench/charts/${name}/${chart}.light.svg">`,
      '</picture>',
    ].join('\n'),
  );
  return [
    '',
    `| | ${columns.join(' | ')} | limit |`,
    `|---|${columns.map(() => '---:').join('|')}|---:|`,
    ...lines,
    '',
    `${provenance(results)}. Bold leads by more than the spread of the rounds; no bold is a tie. An empty field: the system has no answer there, and the run says why. Limit: what the bare thing does in the same run (an array and a call, a link between two threads, a bell and a sleeper; for keyed actors one bare core times what the skew lets the cores do).`,
    '',
    pictures.join('\n\n'),
    '',
  ].join('\n');
}

function answer(results: Results, line: Line, system: string): ResultRecord | undefined {
  const record = find(results, line, system);
  if (line.timesThatOfWorkers === undefined || record === undefined) return record;
  const few = find(results, { ...line, where: { ...line.where, workers: line.timesThatOfWorkers } }, system);
  // Without a sweep there is one point alone, and nothing to compare it with.
  return few === undefined || few === record ? undefined : speedupOf(record, few);
}

/** How many times `few` is `many`; its range is as wide as the ranges of both allow. */
function speedupOf(many: ResultRecord, few: ResultRecord): ResultRecord {
  const over = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a / b;
  return {
    ...many,
    metric: 'speedup',
    unit: METRICS.speedup.unit,
    median: over(many.median, few.median),
    min: over(many.min, few.max),
    max: over(many.max, few.min),
    rounds: Math.min(many.rounds, few.rounds),
    checksum: isVoid(few) ? few.checksum : many.checksum,
  };
}

function find(results: Results, { cell, metric, where }: Line, system: string): ResultRecord | undefined {
  const matches = results.records.filter(
    (record) =>
      record.cell === cell &&
      record.system === system &&
      (record.metric === metric || isVoid(record)) &&
      Object.entries(where).every(([key, value]) => record.params[key] === value),
  );
  // A sweep over workers has the same point more than once: the most workers are meant.
  return matches.sort((a, b) => Number(b.params['workers'] ?? 0) - Number(a.params['workers'] ?? 0))[0];
}

/** The bound of a line in the same run; empty where none was measured. */
function limitOf(results: Results, line: Line): string {
  if (line.timesThatOfWorkers !== undefined) {
    return `${formatNumber(results.environment.workers / line.timesThatOfWorkers)} ×`;
  }
  const floor = line.limit === undefined ? undefined : find(results, line, line.limit);
  if (floor === undefined || floor.median === null) return '';
  const { p1, workers } = floor.params;
  if (typeof p1 !== 'number' || typeof workers !== 'number') return figure(floor, []);
  return figure({ ...floor, median: floor.median * workers * skewCeiling(p1, workers) }, []);
}

/** Units that the text of a line does not say already. */
const SHOWN_UNITS: Readonly<Record<string, string>> = { '%': ' %', bytes: ' B', x: ' ×' };

function figure(record: ResultRecord | undefined, row: readonly (ResultRecord | undefined)[]): string {
  if (record === undefined) return '';
  if (isVoid(record) || record.median === null) return 'VOID';
  const { unit } = METRICS[record.metric];
  const text = `${formatNumber(record.median)}${SHOWN_UNITS[unit] ?? ''}`;
  const rivals = row.filter((rival) => rival !== undefined && rival !== record && !isVoid(rival));
  const leads = rivals.length > 0 && rivals.every((rival) => rival !== undefined && isAhead(record, rival));
  return leads ? `**${text}**` : text;
}

function isAhead(record: ResultRecord, rival: ResultRecord): boolean {
  const spread = ({ median, min, max, rounds }: ResultRecord) => ({
    median: median ?? 0,
    min: min ?? 0,
    max: max ?? 0,
    rounds,
  });
  return compare(spread(record), spread(rival), METRICS[record.metric].better) === 'ahead';
}
