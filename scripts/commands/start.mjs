// `npm start`: builds and runs the main job. Until the main job exists it runs the smallest example.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../pnpm.mjs';
import { build } from './build.mjs';

/** The first of these that exists is what `npm start` runs. */
const JOBS = ['examples/census', 'examples/quickstart'];

/** Runs the command; resolves to the exit code of the job. */
export async function main(args) {
  const job = JOBS.find((folder) => existsSync(join(root, folder, 'package.json')));
  if (job === undefined) {
    console.error(`There is no example in this tree yet: none of ${JOBS.join(', ')} has a package.json.`);
    return 1;
  }
  const built = await build({ tasks: ['build'], only: job });
  if (built !== 0) {
    console.error('\nThe build failed; nothing was started. The errors are above.');
    return built;
  }
  const { code } = await run(process.execPath, ['--enable-source-maps', entryOf(join(root, job)), ...args], {
    // npm runs scripts in the root; a folder that a user names is relative to where they are.
    cwd: process.env['INIT_CWD'] ?? root,
  });
  return code;
}

/** The file that the workspace's package.json names as `main`. */
function entryOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof manifest.main !== 'string')
    throw new Error(`${folder}/package.json names no "main" file to run`);
  return join(folder, manifest.main);
}
