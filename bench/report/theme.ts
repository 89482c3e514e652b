/**
 * How charts look, on a light and on a dark page. Owns colours, shapes and sizes; holds that a system has
 * one colour in every chart and that our own line is the one that stands out.
 */
import type { Config } from 'vega-lite';

/** Which page a chart is made for. */
export type Mode = 'light' | 'dark';

export const MODES: readonly Mode[] = ['light', 'dark'];

interface Look {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly ours: string;
}

const LOOKS: Readonly<Record<Mode, Look>> = {
  light: { background: '#ffffff', text: '#1f2328', faint: '#59636e', grid: '#d8dee4', ours: '#0550ae' },
  dark: { background: '#0d1117', text: '#e6edf3', faint: '#9198a1', grid: '#30363d', ours: '#58a6ff' },
};

/** Colours that stay apart for most colour-blind readers, in a lighter and a darker cut. */
const COLOURS: Readonly<Record<string, Readonly<Record<Mode, string>>>> = {
  erlang: { light: '#a40e26', dark: '#ff7b72' },
  postmessage: { light: '#b35900', dark: '#f0883e' },
  'postmessage:64': { light: '#7d4e00', dark: '#d4a72c' },
  piscina: { light: '#1a7f37', dark: '#3fb950' },
  tinypool: { light: '#4c9a5f', dark: '#7ee787' },
  workerpool: { light: '#2da4a0', dark: '#56d4cf' },
  poolifier: { light: '#5f7a12', dark: '#b8d04f' },
  comedy: { light: '#8250df', dark: '#bc8cff' },
  nact: { light: '#bf3989', dark: '#ff9bce' },
  xstate: { light: '#8f5a9e', dark: '#d9a7e8' },
};

const FONT = 'DejaVu Sans, Verdana, sans-serif';
const STROKE_OURS = 3.5;
const STROKE_OTHERS = 1.5;

export function look(mode: Mode): Look {
  return LOOKS[mode];
}

/** The colour of a system: ours stands out, floors are grey, ablations of ours are paler. */
export function colourOf(system: string, mode: Mode): string {
  if (system === 'millrace') return LOOKS[mode].ours;
  if (system.startsWith('millrace:')) return mode === 'light' ? '#54aeff' : '#1f6feb';
  return COLOURS[system]?.[mode] ?? LOOKS[mode].faint;
}

/** The scale that gives each system its colour, in the order of `systems`. */
export function colourScale(systems: readonly string[], mode: Mode): { domain: string[]; range: string[] } {
  return { domain: [...systems], range: systems.map((system) => colourOf(system, mode)) };
}

/** Shapes that say what kind of thing a system is: colours of one family are hard to tell apart by themselves. */
function shapeOf(system: string): string {
  if (system.startsWith('millrace')) return 'circle';
  if (system === 'floor:link') return 'square';
  if (system.startsWith('floor:')) return system === 'floor:one-thread' ? 'cross' : 'triangle-down';
  if (system.startsWith('postmessage')) return system === 'postmessage' ? 'diamond' : 'square';
  const shapes: Readonly<Record<string, string>> = {
    erlang: 'diamond',
    piscina: 'triangle-up',
    tinypool: 'triangle-down',
    workerpool: 'triangle-left',
    poolifier: 'triangle-right',
    comedy: 'square',
    nact: 'circle',
    xstate: 'triangle-up',
  };
  return shapes[system] ?? 'circle';
}

/** The scale that gives each system its shape, in the order of `systems`. */
export function shapeScale(systems: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...systems], range: systems.map(shapeOf) };
}

/** Ours is drawn thicker. A condition and no scale, which would take the legend of the colours with it. */
export const STROKE_WIDTH = {
  condition: { test: "datum.system === 'millrace'", value: STROKE_OURS },
  value: STROKE_OTHERS,
};

/** Floors are dotted, the slower ones apart from the faster by their place alone. */
export const STROKE_DASH = {
  condition: { test: "indexof(datum.system, 'floor:') === 0", value: [2, 3] },
  value: [1, 0],
};

/** What every chart has in common. */
export function chartConfig(mode: Mode): Config {
  const { background, text, faint, grid } = LOOKS[mode];
  return {
    background,
    font: FONT,
    padding: 16,
    title: {
      color: text,
      subtitleColor: faint,
      fontSize: 16,
      subtitleFontSize: 12,
      anchor: 'start',
      offset: 14,
      subtitlePadding: 6,
    },
    axis: {
      labelColor: text,
      titleColor: text,
      gridColor: grid,
      domainColor: faint,
      tickColor: faint,
      labelFontSize: 12,
      titleFontSize: 12,
      titlePadding: 8,
    },
    legend: {
      labelColor: text,
      titleColor: text,
      labelFontSize: 12,
      symbolSize: 110,
      symbolOpacity: 1,
      labelLimit: 240,
    },
    header: { labelColor: text, titleColor: text, labelFontSize: 13 },
    view: { stroke: 'transparent' },
  };
}
