/** Prints the figures of runs side by side. Pure: from figures to lines. */
import type { Way } from './experiment.ts';
import type { Summary } from './summary.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => (Number.isNaN(value) ? 'none' : `${whole(value)} ms`);

const ROWS: readonly (readonly [title: string, cell: (summary: Summary) => string])[] = [
  ['payments stored', (s) => whole(s.stored)],
  ['payments lost', (s) => whole(s.lost)],
  ['left to a person', (s) => whole(s.needReview)],
  ['stored a second', (s) => whole(s.perSecond)],
  ['accepted → stored, p50', (s) => ms(s.p50Ms)],
  ['accepted → stored, p99', (s) => ms(s.p99Ms)],
  ['arrived → stored, p99', (s) => ms(s.endToEndP99Ms)],
  ['retries', (s) => whole(s.retries)],
  ['refused by the API (429)', (s) => whole(s.refusedByApi)],
  ['peak memory', (s) => `${whole(s.peakRssBytes / 2 ** 20)} MB`],
  ['most waiting in memory', (s) => whole(s.peakInMemory)],
  ['most waiting in the log', (s) => whole(s.peakInLog)],
  ['delivered more than once', (s) => whole(s.redelivered)],
  ['telemetry dropped', (s) => whole(s.samplesDropped)],
  ['took', (s) => `${s.seconds.toFixed(1)} s`],
];

/** The lines of the table. */
export function formatTable(columns: readonly (readonly [way: Way, summary: Summary])[]): string {
  const grid = [
    ['', ...columns.map(([way]) => way)],
    ...ROWS.map(([title, cell]) => [title, ...columns.map(([, summary]) => cell(summary))]),
  ];
  const widths = (grid[0] ?? []).map((_, i) => Math.max(...grid.map((line) => (line[i] ?? '').length)));
  return grid
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart((widths[i] ?? 0) + 3))),
    )
    .map((line) => line.join('').trimEnd())
    .join('\n');
}
