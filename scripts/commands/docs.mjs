// `npm run docs`: the API reference of every published package, as a site in docs/api (not committed).
import { pnpm } from '../pnpm.mjs';
import { build } from './build.mjs';

/** Runs the command; resolves to the exit code. */
export async function main() {
  const built = await build();
  if (built !== 0) return built;
  const { code } = await pnpm(['--filter', './tools/docs', 'run', 'reference']);
  if (code === 0) console.log('The reference is at docs/api/index.html.');
  return code;
}
