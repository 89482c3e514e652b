// `npm run check`: what can be said about the code without running it. Types (the build), the type-aware
// linter, the format, then the checks that are tests: layers, forbidden names, docs, packages.
import { pnpm } from '../pnpm.mjs';
import { build } from './build.mjs';
import { testAndPrint } from './test.mjs';

const STEPS = [
  { name: 'types', step: build, remedy: 'The compiler errors are above.' },
  {
    name: 'scripts',
    step: () => quietly('exec', 'tsc', '-p', 'scripts'),
    remedy: 'The compiler errors are above.',
  },
  {
    name: 'lint',
    step: () => quietly('exec', 'oxlint', '--deny-warnings'),
    remedy: 'npm run format applies the safe fixes.',
  },
  {
    name: 'reference',
    step: () => quietly('-C', 'tools/docs', 'run', 'reference:check'),
    remedy: 'The comments above do not make an API reference.',
  },
  {
    name: 'format',
    step: () => quietly('exec', 'biome', 'format', '.'),
    remedy: 'npm run format mends all of it.',
  },
  {
    name: 'checks',
    step: () => testAndPrint({ words: ['tools/checks/'] }),
    remedy: 'Each failure says what to do.',
  },
];

/** Runs the command; resolves to the exit code. All steps run, so that one run shows everything. */
export async function main() {
  const failed = [];
  for (const { name, step, remedy } of STEPS) {
    if ((await step()) === 0) console.log(`check ${name}: good`);
    else failed.push(`check ${name}: FAILED. ${remedy}`);
  }
  for (const line of failed) console.error(line);
  console.log(`\n${STEPS.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {string[]} command arguments of pnpm; what they print is shown only when they fail */
async function quietly(...command) {
  const { code, output } = await pnpm(command, { capture: true });
  if (code !== 0) process.stderr.write(output);
  return code;
}
