// `npm run bench` and its kin: hand over to the bench workspace after a build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, root } from '../pnpm.mjs';
import { build } from './build.mjs';

/** What the first argument may be; without it the whole bench runs. */
const KINDS = ['quick', 'micro', 'report'];

/** Runs `bench`, or `bench:<kind>` when the first argument is a kind; resolves to the exit code. */
export async function main(args) {
  if (!existsSync(join(root, 'bench', 'package.json'))) {
    console.error('There is no bench workspace in this tree yet: bench/package.json is missing.');
    return 1;
  }
  const built = await build();
  if (built !== 0) return built;
  const [kind, ...rest] = KINDS.includes(args[0]) ? args : [undefined, ...args];
  const script = kind === undefined ? 'bench' : `bench:${kind}`;
  const { code } = await pnpm(['--filter', './bench', 'run', script, ...rest]);
  return code;
}
