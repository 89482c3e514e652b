/**
 * Draws a chart: from a description to SVG and PNG, without a browser. Knows nothing of what is drawn.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

const PNG_ZOOM = 2;

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
