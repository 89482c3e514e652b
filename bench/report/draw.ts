/**
 * Draws a chart: from a description to SVG and PNG, without a browser. Knows nothing of what is drawn.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

const PNG_ZOOM = 2;

/**
 * Width of a letter in ems, on average, of the fonts that charts ask for. Without a browser vega takes every letter to
 * be 0.8 em wide, and a long line of text leaves a third of the page empty beside it.
 */
const LETTER_EMS = 0.58;
const BOLD_LETTER_EMS = 0.68;

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

// A part of vega that its types leave out.
const { textMetrics } = vega as unknown as {
  textMetrics: { width(item: TextItem, text: string): number };
};
textMetrics.width = ({ fontSize = 11, fontWeight }, text) => {
  const letterEms = fontWeight === 'bold' ? BOLD_LETTER_EMS : LETTER_EMS;
  return text.length * fontSize * letterEms;
};

/** Writes `<folder>/<name>.svg` and `.png`. */
export async function draw(spec: TopLevelSpec, folder: string, name: string): Promise<void> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const png = new Resvg(svg, { fitTo: { mode: 'zoom', value: PNG_ZOOM }, font: { loadSystemFonts: true } });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.svg`, svg);
  writeFileSync(`${folder}/${name}.png`, png.render().asPng());
}
