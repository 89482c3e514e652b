// `npm run format`: rewrites every file in the house format, and applies the linter's safe fixes.
import { pnpm } from '../pnpm.mjs';
import { install } from './setup.mjs';

/** Runs the command; resolves to the exit code. */
export async function main() {
  await install();
  const fixed = await pnpm(['exec', 'oxlint', '--fix', '--quiet']);
  const formatted = await pnpm(['exec', 'biome', 'format', '--write', '.']);
  return fixed.code || formatted.code;
}
