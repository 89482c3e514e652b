/**
 * The part of the README that comes from measurements: a table and two charts between two markers.
 * Everything in it is made of one result file, so that the README cannot drift away from it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { formatNumber } from '../harness/format.ts';
import { METRICS, type MetricName } from '../harness/metrics.ts';
import { isVoid, type ResultRecord, type Results } from '../harness/results.ts';
import { compare } from '../harness/statistics.ts';
import { provenance } from './rows.ts';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** One line of the table: a question, and the point and metric that answer it. */
interface Line {
  readonly text: string;
  readonly cell: string;
  readonly metric: MetricName;
  readonly where: Readonly<Record<string, string | number>>;
}

const LINES: readonly Line[] = [
  { text: 'local tell', cell: 'S1', metric: 'throughput', where: { idle: 0 } },
  {
    text: 'fan-in from another thread',
    cell: 'S2',
    metric: 'throughput',
    where: { placement: 'other', senders: 1 },
  },
  { text: '10⁴ keyed actors, uniform', cell: 'S6', metric: 'throughput', where: { theta: 0, workUs: 0 } },
  { text: '10⁴ keyed actors, θ 0.99', cell: 'S6', metric: 'throughput', where: { theta: 0.99, workUs: 0 } },
  { text: '… with 1 µs of work', cell: 'S6', metric: 'throughput', where: { theta: 0.99, workUs: 1 } },
  { text: '… with 10 µs of work', cell: 'S6', metric: 'throughput', where: { theta: 0.99, workUs: 10 } },
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

/** Replaces what lies between the markers; false when there is no such README or it has no markers. */
export function updateReadme(path: string, name: string, results: Results): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) return false;
  const section = renderSection(name, results);
  writeFileSync(path, `${text.slice(0, begin + BEGIN.length)}\n${section}\n${text.slice(end)}`);
  return true;
}

/** The section in Markdown. */
export function renderSection(name: string, results: Results): string {
  const columns = COLUMNS.filter((system) => results.records.some((record) => record.system === system));
  const lines = LINES.flatMap((line) => {
    const cells = columns.map((system) => find(results, line, system));
    if (cells.every((record) => record === undefined)) return [];
    return [`| ${line.text} | ${cells.map((record) => figure(record, cells)).join(' | ')} |`];
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
    `| | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---:').join('|')}|`,
    ...lines,
    '',
    `${provenance(results)}. Bold leads by more than the spread of the rounds; no bold is a tie. An empty field is a concept that the system lacks.`,
    '',
    pictures.join('\n\n'),
    '',
  ].join('\n');
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

function figure(record: ResultRecord | undefined, row: readonly (ResultRecord | undefined)[]): string {
  if (record === undefined) return '';
  if (isVoid(record) || record.median === null) return 'VOID';
  const { unit } = METRICS[record.metric];
  const text = `${formatNumber(record.median)}${unit === '%' ? ' %' : unit === 'bytes' ? ' B' : ''}`.replace(
    ' M',
    ' M',
  );
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
