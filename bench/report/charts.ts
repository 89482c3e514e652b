/**
 * The charts: which question each answers and how. Every one is made of a result file alone and is left
 * out when the file has no rows for it.
 */
import type { TopLevelSpec } from 'vega-lite';
import { skewCeiling } from '@millrace/testkit/bench';
import type { Results } from '../harness/results.ts';
import { machineOf, provenance, rowsOf, systemsOf, type Row } from './rows.ts';
import { decades, frame, inPanels, limitLine, linesWithSpread } from './marks.ts';
import { colourScale, look, STROKE_WIDTH, type Mode } from './theme.ts';

/** One chart. */
export interface Chart {
  readonly name: string;
  /** Undefined when there is nothing to show. */
  spec(results: Results, mode: Mode): TopLevelSpec | undefined;
}

const RATE = 'messages a second (log)';

export const charts: readonly Chart[] = [
  { name: 'zipf-throughput', spec: zipfThroughput },
  { name: 'fan-in', spec: fanIn },
  { name: 'latency', spec: latency },
  { name: 'latency-under-load', spec: latencyUnderLoad },
  { name: 'overload-memory', spec: overloadMemory },
  { name: 'idle-actors', spec: idleActors },
  { name: 'workers', spec: workers },
];

function zipfThroughput(results: Results, mode: Mode): TopLevelSpec | undefined {
  const most = results.environment.workers;
  const rows = rowsOf(results, 'S6', 'throughput').filter((row) => row['workers'] === most);
  const shown = rows.filter((row) => isNoAblation(row) && !row.system.startsWith('floor:'));
  if (shown.length === 0) return undefined;
  const ceilings = rows
    .filter((row) => row.system === 'floor:one-thread')
    .map((row) => ({ ...row, ceiling: row.median * most * skewCeiling(Number(row['p1']), most) }));
  return {
    ...frame(mode, 'Ten thousand keyed actors under skewed load', [
      `${most} workers, one producer each, Zipf θ; ${provenance(results)}`,
      'Dashed: what the skew lets these cores do',
    ]),
    data: { values: [...shown, ...ceilings].map((row) => ({ ...row, panel: panelOfWork(row) })) },
    ...inPanels([...new Set(shown.map(panelOfWork))], {
      layer: [
        limitLine(mode, thetaAxis()),
        ...linesWithSpread(shown, mode, thetaAxis(), decades(RATE, [...shown, ...ceilings])),
      ],
    }),
  };
}

function thetaAxis(): { field: string; type: 'ordinal'; title: string; axis: { labelAngle: number } } {
  return { field: 'theta', type: 'ordinal', title: 'skew θ', axis: { labelAngle: 0 } };
}

/** Ablations are in the table: in a chart of everybody they would hide behind the line that they explain. */
function isNoAblation({ system }: Row): boolean {
  return !system.startsWith('millrace:');
}

function panelOfWork(row: Row): string {
  return row['workUs'] === 0 ? 'no work' : `${row['workUs']} µs of work a message`;
}

function fanIn(results: Results, mode: Mode): TopLevelSpec | undefined {
  const measured = rowsOf(results, 'S2', 'throughput');
  const rows = measured.filter(isNoAblation).map((row) => ({
    ...row,
    panel: row['placement'] === 'same' ? 'senders on the same thread' : 'senders on other threads',
  }));
  if (rows.length === 0) return undefined;
  const x = { field: 'senders', type: 'ordinal', title: 'senders', axis: { labelAngle: 0 } } as const;
  return {
    ...frame(mode, 'Many senders, one receiver', [provenance(results)]),
    data: { values: rows },
    ...inPanels([...new Set(rows.map(({ panel }) => panel))], {
      layer: linesWithSpread(rows, mode, x, decades(RATE, rows)),
    }),
  };
}

function latency(results: Results, mode: Mode): TopLevelSpec | undefined {
  const percentiles = [
    ...rowsOf(results, 'S3', 'latency_p50').map((row) => ({ ...row, percentile: 'p50' })),
    ...rowsOf(results, 'S3', 'latency_p99').map((row) => ({ ...row, percentile: 'p99' })),
  ].filter((row: Row) => row['shape'] === 'ping-pong');
  if (percentiles.length === 0) return undefined;
  const panels = [...new Set(percentiles.map(panelOfPingPong))];
  const values = percentiles.map((row) => ({ ...row, panel: panelOfPingPong(row) }));
  const color = {
    field: 'system',
    type: 'nominal' as const,
    legend: null,
    scale: colourScale(systemsOf(values), mode),
  };
  const y = {
    field: 'system',
    type: 'nominal' as const,
    title: null,
    sort: { field: 'median', op: 'min' as const },
  };
  return {
    ...frame(mode, 'One message there and back, nothing else going on', [provenance(results)]),
    data: { values },
    vconcat: panels.map((panel, i) => ({
      title: { text: panel, fontSize: 13, offset: 4, frame: 'group' as const },
      transform: [{ filter: { field: 'panel', equal: panel } }],
      width: 620,
      height: { step: 22 },
      encoding: {
        y,
        x: {
          field: 'median',
          type: 'quantitative' as const,
          scale: { type: 'log' as const },
          axis: decades(i < panels.length - 1 ? '' : 'microseconds (log): circle p50, diamond p99', values),
        },
      },
      layer: [
        {
          mark: { type: 'line' as const, color: look(mode).faint, strokeWidth: 2 },
          encoding: { detail: { field: 'system' } },
        },
        {
          mark: { type: 'point' as const, filled: true, size: 110, opacity: 1 },
          encoding: {
            color,
            shape: {
              field: 'percentile',
              type: 'nominal' as const,
              legend: null,
              scale: { domain: ['p50', 'p99'], range: ['circle', 'diamond'] },
            },
          },
        },
      ],
    })),
    resolve: { scale: { x: 'shared' } },
  };
}

function panelOfPingPong(row: Row): string {
  if (row['placement'] === 'same') return 'on one thread';
  return row['waiting'] === 'spin'
    ? 'between threads that look again for a while'
    : 'between threads that sleep';
}

function latencyUnderLoad(results: Results, mode: Mode): TopLevelSpec | undefined {
  const values = (
    [
      ['p50', 'latency_p50'],
      ['p99', 'latency_p99'],
      ['p99.9', 'latency_p999'],
    ] as const
  ).flatMap(([panel, metric]) => rowsOf(results, 'S7', metric).map((row) => ({ ...row, panel })));
  if (values.length === 0) return undefined;
  // What a queue would do whose server is as fast as our workers together.
  const queue = rowsOf(results, 'S7', 'queue_p99')
    .filter((row) => row.system === 'millrace')
    .map((row) => ({ ...row, panel: 'p99', ceiling: row.median }));
  const scale = { domain: [40, 100] };
  const x = { field: 'load', type: 'quantitative' as const, title: 'load, % of the peak', scale };
  const axis = decades('microseconds from the intended send (log)', [...values, ...queue]);
  return {
    ...frame(mode, 'Latency under load', [
      `Open loop, from the time each message was due; ${provenance(results)}`,
      ...(queue.length > 0 ? ['Dashed: the queue M/D/1 at the same load and the peak of millrace'] : []),
    ]),
    data: { values: [...values, ...queue] },
    ...inPanels(['p50', 'p99', 'p99.9'], {
      layer: [limitLine(mode, x), ...linesWithSpread(values, mode, x, axis)],
    }),
  };
}

function overloadMemory(results: Results, mode: Mode): TopLevelSpec | undefined {
  const values = results.series
    .filter((series) => series.cell === 'S8' && series.name === 'rss')
    .flatMap((series) => {
      const first = series.points[0]?.[1] ?? 0;
      return series.points.map(([atMs, megabytes]) => ({
        system: series.system,
        panel: `${series.params['factor']} times what the receiver can do`,
        seconds: atMs / 1_000,
        megabytes: megabytes - first,
        median: megabytes,
        min: megabytes,
        max: megabytes,
      }));
    });
  if (values.length === 0) return undefined;
  const systems = systemsOf(values);
  return {
    ...frame(mode, 'Memory while one actor is sent more than it can do', [
      `Growth of the process since the start, in the last round; ${machineOf(results)}`,
    ]),
    data: { values },
    ...inPanels([...new Set(values.map(({ panel }) => panel))], {
      mark: { type: 'line' as const, clip: true },
      encoding: {
        x: { field: 'seconds', type: 'quantitative' as const, title: 'seconds', axis: { tickCount: 5 } },
        y: { field: 'megabytes', type: 'quantitative' as const, title: 'megabytes above the start' },
        color: {
          field: 'system',
          type: 'nominal' as const,
          title: null,
          scale: colourScale(systems, mode),
        },
        strokeWidth: STROKE_WIDTH,
      },
    }),
    resolve: { scale: { y: 'shared' as const } },
  };
}

function idleActors(results: Results, mode: Mode): TopLevelSpec | undefined {
  const rows = rowsOf(results, 'S1', 'time_per_message').filter((row) => row.system !== 'floor:array-call');
  if (new Set(rows.map((row) => row['idle'])).size < 2) return undefined;
  const x = {
    field: 'idle',
    type: 'ordinal',
    title: 'idle actors beside the two that talk',
    axis: { labelAngle: 0, labelExpr: "format(datum.value, '~s')" },
  } as const;
  return {
    ...frame(mode, 'What a message costs when most actors are idle', [provenance(results)]),
    data: { values: rows },
    width: 520,
    height: 300,
    layer: linesWithSpread(rows, mode, x, decades('nanoseconds a message (log)', rows)),
  };
}

function workers(results: Results, mode: Mode): TopLevelSpec | undefined {
  const all = rowsOf(results, 'S6', 'throughput').map((row) => ({ ...row, panel: panelOfLoad(row) }));
  const isSwept = ({ panel }: { panel: string }): boolean =>
    new Set(all.filter((row) => row.panel === panel).map((row: Row) => row['workers'])).size > 1;
  const rows = all.filter(isSwept).filter(isNoAblation);
  if (rows.length === 0) return undefined;
  const x = { field: 'workers', type: 'ordinal', title: 'workers', axis: { labelAngle: 0 } } as const;
  return {
    ...frame(mode, 'More workers', [`Ten thousand keyed actors; ${provenance(results)}`]),
    data: { values: rows },
    ...inPanels([...new Set(rows.map(({ panel }) => panel))], {
      layer: linesWithSpread(rows, mode, x, decades(RATE, rows)),
    }),
  };
}

function panelOfLoad(row: Row): string {
  return `θ ${row['theta']}, ${panelOfWork(row)}`;
}
