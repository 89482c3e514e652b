/**
 * What charts are built of: a frame with title and source, and lines that show the range of the rounds.
 * Knows no cell.
 */
import type { TopLevelSpec } from 'vega-lite';
import { systemsOf, type Row } from './rows.ts';
import { chartConfig, colourScale, look, shapeScale, STROKE_DASH, STROKE_WIDTH, type Mode } from './theme.ts';

/** Title, subtitle and looks. */
export function frame(
  mode: Mode,
  title: string,
  subtitle: string[],
): Pick<TopLevelSpec, '$schema' | 'config' | 'title'> {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: chartConfig(mode),
    title: { text: title, subtitle },
  };
}

const PANEL = { width: 250, height: 280 };
/** One panel alone is as wide as two with the gap between them. */
const ONE_PANEL = { width: 520, height: 280 };

/** One chart for each value of the field `panel`, side by side; one alone is wide enough for the title above it. */
export function inPanels<S extends object>(names: readonly string[], spec: S) {
  const [only] = names;
  if (names.length !== 1 || only === undefined) {
    return {
      facet: { column: { field: 'panel', type: 'nominal' as const, title: null, sort: [...names] } },
      spec: { ...PANEL, ...spec },
    };
  }
  const title = {
    text: only,
    fontSize: 13,
    fontWeight: 'normal' as const,
    anchor: 'middle' as const,
    offset: 8,
  };
  return { vconcat: [{ title, ...ONE_PANEL, ...spec }] };
}

/** Ticks at powers of ten alone: nine lines a decade would be a fence. */
export function decades(title: string, rows: readonly Row[]): DecadeAxis {
  const low = Math.floor(Math.log10(Math.min(...rows.map((row) => row.min))));
  const high = Math.ceil(Math.log10(Math.max(...rows.map((row) => row.max))));
  const values = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return {
    title,
    values,
    labelExpr: "datum.value < 1 ? format(datum.value, '~g') : format(datum.value, '~s')",
    grid: true,
  };
}

/** An axis that {@link decades} made. */
export interface DecadeAxis {
  readonly title: string;
  readonly values: number[];
  readonly labelExpr: string;
  readonly grid: boolean;
}

/** The limit that rows with a `ceiling` draw, apart from what was measured. */
export function limitLine<X extends object>(mode: Mode, x: X) {
  return {
    transform: [{ filter: 'isValid(datum.ceiling)' }],
    mark: { type: 'line' as const, strokeDash: [6, 4], color: look(mode).text, strokeWidth: 1.5 },
    encoding: { x, y: { field: 'ceiling', type: 'quantitative' as const, scale: { type: 'log' as const } } },
  };
}

/** For each system a line through the medians, its points, and the range of the rounds. */
export function linesWithSpread<X extends object>(rows: readonly Row[], mode: Mode, x: X, axis: DecadeAxis) {
  const systems = systemsOf(rows);
  const color = { field: 'system', type: 'nominal' as const, title: null, scale: colourScale(systems, mode) };
  const shape = { field: 'system', type: 'nominal' as const, title: null, scale: shapeScale(systems) };
  const scale = { type: 'log' as const, domain: [axis.values[0] ?? 1, axis.values.at(-1) ?? 10] };
  const y = { field: 'median', type: 'quantitative' as const, scale, axis };
  // Rows of another kind may share the data of a facet.
  const transform = [{ filter: '!isValid(datum.ceiling)' }];
  return [
    {
      mark: { type: 'rule' as const, opacity: 0.6 },
      transform,
      encoding: { x, color, y: { ...y, field: 'min' }, y2: { field: 'max' }, strokeWidth: STROKE_WIDTH },
    },
    {
      mark: { type: 'line' as const },
      transform,
      encoding: { x, y, color, strokeWidth: STROKE_WIDTH, strokeDash: STROKE_DASH },
    },
    {
      mark: { type: 'point' as const, filled: true, size: 60, opacity: 1 },
      transform,
      encoding: { x, y, color, shape },
    },
  ];
}
