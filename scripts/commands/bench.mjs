// `npm run bench` and `npm run bench:quick`: hands over to the bench workspace after a build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, root } from '../pnpm.mjs';
import { build } from './build.mjs';

/** Runs `bench` or, when the first argument is `quick`, `bench:quick`; resolves to the exit code. */
export async function main(args) {
  if (!existsSync(join(root, 'bench', 'package.json'))) {
    console.error('There is no bench workspace in this tree yet: bench/package.json is missing.');
    return 1;
  }
  const built = await build();
  if (built !== 0) return built;
  const quick = args[0] === 'quick';
  const { code } = await pnpm([
    '--filter',
    './bench',
    'run',
    quick ? 'bench:quick' : 'bench',
    ...args.slice(quick ? 1 : 0),
  ]);
  return code;
}
