/**
 * `npm run bench:report [-- NAME …]`: draws the charts of stored results, writes the table of the first into the
 * README and what became of the targets into the page about performance. Without names it takes every committed result, `bench/results/cores-*.json`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { BENCH_ROOT } from './harness/paths.ts';
import { readResults } from './harness/results.ts';
import { charts } from './report/charts.ts';
import { draw } from './report/draw.ts';
import { renderSection } from './report/readme.ts';
import { replaceSection } from './report/section.ts';
import { renderTargets } from './report/targets.ts';
import { MODES } from './report/theme.ts';

const names = process.argv.length > 2 ? process.argv.slice(2) : committedResults();
if (names.length === 0) {
  console.error('there are no committed results: expected=bench/results/cores-*.json');
  process.exit(1);
}

for (const name of names) {
  const results = readResults(name);
  for (const chart of charts) {
    for (const mode of MODES) {
      const spec = chart.spec(results, mode);
      if (spec === undefined) continue;
      await draw(spec, `${BENCH_ROOT}charts/${name}`, `${chart.name}.${mode}`);
      console.log(`bench/charts/${name}/${chart.name}.${mode}.svg`);
    }
  }
}

const first = names[0] as string;
const results = readResults(first);
const sections = [
  ['README.md', 'bench', renderSection(first, results)],
  ['docs/performance.md', 'targets', renderTargets(results)],
] as const;
for (const [file, name, section] of sections) {
  if (replaceSection(`${BENCH_ROOT}../${file}`, name, section)) console.log(file);
}

function committedResults(): string[] {
  const folder = `${BENCH_ROOT}results`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /^cores-\d+\.json$/.test(file))
    .map((file) => file.replace('.json', ''))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
}
