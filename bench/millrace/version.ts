/** The version of Millrace that is measured. */
import { readFileSync } from 'node:fs';
import { BENCH_ROOT } from '../harness/paths.ts';

/** Reads it from the package of the runtime. */
export function version(): Promise<{ installed: string }> {
  const manifest = readFileSync(`${BENCH_ROOT}../packages/runtime/package.json`, 'utf8');
  return Promise.resolve({ installed: (JSON.parse(manifest) as { version: string }).version });
}
