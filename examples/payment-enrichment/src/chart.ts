/**
 * Draws runs over time: where payments wait, memory, latency, and retries. Owns the looks; one
 * file for light pages and one for dark ones, each as SVG and PNG.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Outcome, WAYS, type Way } from './experiment.ts';
import { percentile } from './summary.ts';

interface Point {
  readonly way: Way;
  readonly seconds: number;
  readonly value: number;
}

interface Panel {
  readonly title: string;
  readonly points: readonly Point[];
}

interface Look {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  /** In the order of {@link WAYS}. */
  readonly lines: readonly string[];
}

const LOOKS: Readonly<Record<'light' | 'dark', Look>> = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    faint: '#59636e',
    grid: '#d8dee4',
    lines: ['#b35900', '#0550ae'],
  },
  dark: {
    background: '#0d1117',
    text: '#e6edf3',
    faint: '#9198a1',
    grid: '#30363d',
    lines: ['#f0883e', '#58a6ff'],
  },
};

const PANEL_WIDTH_PX = 380;
const PANEL_HEIGHT_PX = 150;
const PNG_ZOOM = 2;
const MB = 2 ** 20;

/** Draws the runs; resolves to the names of the files. */
export async function drawChart(outcomes: readonly Outcome[], folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const [mode, look] of Object.entries(LOOKS)) {
    const view = new vega.View(vega.parse(compile(specOf(outcomes, look)).spec), { renderer: 'none' });
    // oxlint-disable-next-line no-await-in-loop -- two charts; drawing is busy work on this thread
    const svg = await view.toSVG();
    view.finalize();
    const png = new Resvg(svg, { fitTo: { mode: 'zoom', value: PNG_ZOOM }, font: { loadSystemFonts: true } });
    const path = join(folder, `payment-enrichment-${mode}`);
    writeFileSync(`${path}.svg`, svg);
    writeFileSync(`${path}.png`, png.render().asPng());
    files.push(`${path}.svg`, `${path}.png`);
  }
  return files;
}

function panelsOf(outcomes: readonly Outcome[]): Panel[] {
  const sampled = (value: (sample: Outcome['samples'][number]) => number): Point[] =>
    outcomes.flatMap(({ way, samples }) =>
      samples.map((sample) => ({ way, seconds: sample.atMs / 1_000, value: value(sample) })),
    );
  return [
    { title: 'Payments waiting in memory', points: sampled((s) => s.accepted - s.done) },
    { title: 'Payments waiting in the log', points: sampled((s) => s.arrived - s.accepted) },
    { title: 'Memory of the process, MB', points: sampled((s) => s.rssBytes / MB) },
    { title: 'Accepted → stored, p99 of each second, s', points: outcomes.flatMap(latencyOverTime) },
    { title: 'Retries, so far', points: sampled((s) => s.retries) },
    { title: 'Payments stored, so far', points: outcomes.flatMap(storedOverTime) },
  ];
}

/** The rows of a run by the second in which they were stored. */
function bySecond({ stored, startedAtMs }: Outcome): Map<number, Outcome['stored'][number][]> {
  const seconds = new Map<number, Outcome['stored'][number][]>();
  for (const row of stored.toSorted((a, b) => a.storedAtMs - b.storedAtMs)) {
    const second = Math.floor((row.storedAtMs - startedAtMs) / 1_000);
    const rows = seconds.get(second);
    if (rows === undefined) seconds.set(second, [row]);
    else rows.push(row);
  }
  return seconds;
}

function latencyOverTime(outcome: Outcome): Point[] {
  return [...bySecond(outcome)].map(([second, rows]) => {
    const waited = rows.map((row) => (row.storedAtMs - row.acceptedAtMs) / 1_000);
    return { way: outcome.way, seconds: second + 0.5, value: percentile(waited, 0.99) };
  });
}

function storedOverTime(outcome: Outcome): Point[] {
  let value = 0;
  const points = [...bySecond(outcome)].map(([second, rows]) => {
    value += rows.length;
    return { way: outcome.way, seconds: second + 1, value };
  });
  return [{ way: outcome.way, seconds: 0, value: 0 }, ...points];
}

function specOf(outcomes: readonly Outcome[], { background, text, faint, grid, lines }: Look): TopLevelSpec {
  const { events, scale } = outcomes[0]?.scenario ?? { events: 0, scale: 0 };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background,
    padding: 16,
    title: {
      text: 'Five times what the fraud API allows: who holds the queue?',
      subtitle: `${events.toLocaleString('en')} payments in bursts at 100,000 a minute, API at 20,000 a minute, time × ${scale}`,
    },
    columns: 2,
    spacing: { row: 24, column: 40 },
    concat: panelsOf(outcomes).map(({ title, points }) => ({
      title: { text: title, fontSize: 13, offset: 8, frame: 'group' },
      width: PANEL_WIDTH_PX,
      height: PANEL_HEIGHT_PX,
      data: { values: [...points] },
      mark: { type: 'line', strokeWidth: 2.5, clip: true },
      encoding: {
        x: { field: 'seconds', type: 'quantitative', axis: { title: 'seconds', tickCount: 6 } },
        y: { field: 'value', type: 'quantitative', axis: { title: null, tickCount: 4, format: ',~f' } },
        color: {
          field: 'way',
          type: 'nominal',
          scale: { domain: [...WAYS], range: [...lines] },
          legend: { orient: 'top', title: null },
        },
      },
    })),
    resolve: { scale: { color: 'shared' } },
    config: {
      font: 'DejaVu Sans, Verdana, sans-serif',
      title: {
        color: text,
        subtitleColor: faint,
        fontSize: 17,
        subtitleFontSize: 12,
        anchor: 'start',
        offset: 16,
        subtitlePadding: 6,
      },
      axis: {
        labelColor: text,
        titleColor: faint,
        gridColor: grid,
        domainColor: faint,
        tickColor: faint,
        labelFontSize: 11,
        titleFontSize: 11,
      },
      legend: { labelColor: text, labelFontSize: 13, symbolSize: 160, symbolStrokeWidth: 3 },
      view: { stroke: 'transparent' },
    },
  };
}
