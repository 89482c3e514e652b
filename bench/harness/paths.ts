/**
 * Where things lie. Compiled code runs from `dist` or `dist-test`, both one level below the package.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled tree this module runs from, with a trailing slash. */
export const COMPILED_ROOT: string = fileURLToPath(new URL('../', import.meta.url));

/** The bench package, with a trailing slash. */
export const BENCH_ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** The version that the bench's package.json pins for a dependency. @throws Error when it pins none. */
export function pinnedVersion(dependency: string): string {
  const manifest = JSON.parse(readFileSync(`${BENCH_ROOT}package.json`, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const version = manifest.dependencies[dependency];
  if (version === undefined) throw new Error(`no such dependency: name=${dependency}`);
  return version;
}
