// Builds every workspace through turbo: sources to dist, sources and tests to dist-test. Owns nothing else.
import { pnpm } from '../pnpm.mjs';
import { pruneStaleOutputs } from '../lib/workspaces.mjs';
import { install } from './setup.mjs';

/**
 * Installs and builds; resolves to turbo's exit code. Output files without a source are gone afterwards.
 *
 * @param {{ tasks?: string[], only?: string }} options `only` is the folder of a workspace, relative to the
 *   root, which is built with what it depends on; default: all of them, with their tests
 */
export async function build({ tasks = ['build', 'build:test'], only } = {}) {
  await install();
  const filter = only === undefined ? [] : [`--filter=./${only}`];
  const { code, output } = await pnpm(
    ['exec', 'turbo', 'run', ...tasks, ...filter, '--output-logs=errors-only', '--no-update-notifier'],
    { capture: true },
  );
  if (code !== 0) process.stderr.write(output);
  else pruneStaleOutputs();
  return code;
}

/** `npm run build`. */
export async function main() {
  return build();
}
