/**
 * What a worker thread is started with so that it can load the application's modules. Decides only. Node 20
 * loads no TypeScript, and needs tsx for it; newer ones need nothing.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import { MillraceError } from '@millrace/core';
import { YOUNG_GENERATION_DEFAULT_MB } from '../limits.ts';

const TYPESCRIPT = /\.[mc]?tsx?$/;

/** Flags of the main thread that its workers need too, when they cannot simply inherit all of them. */
const INHERITED =
  /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C|--enable-source-maps|--no-warnings)\b/;

/** What is known of this process. */
export interface ProcessFacts {
  readonly execArgv: readonly string[];
  /** True when Node loads TypeScript by itself. */
  readonly loadsTypeScript: boolean;
}

/** The facts of the process this runs in. */
export function processFacts(): ProcessFacts {
  const typescript: unknown = Reflect.get(process.features, 'typescript');
  return { execArgv: process.execArgv, loadsTypeScript: Boolean(typescript) };
}

/**
 * `execArgv` for worker threads that load these modules; undefined lets them inherit everything.
 *
 * @param modules URLs of the modules that every worker loads
 * @param given what the application asked for
 * @throws ERR_HOST_START when TypeScript must be loaded, Node cannot, and there is no tsx beside the module
 */
export function execArgvFor(
  modules: readonly string[],
  given: readonly string[] | undefined,
  facts: ProcessFacts = processFacts(),
): string[] | undefined {
  const module = modules.find((url) => TYPESCRIPT.test(new URL(url).pathname));
  const asked = given === undefined ? undefined : [...given];
  if (module === undefined || facts.loadsTypeScript) return asked;
  const base = asked ?? inherited(facts.execArgv);
  return base.some((flag) => flag.includes('tsx')) ? asked : [...base, '--import', tsxFor(module)];
}

/**
 * Limits for worker threads. One on the old generation alone is completed by one on the young: without it V8 may
 * find the limit in the middle of a scavenge that it cannot give up, and then the whole process aborts instead of
 * the worker (seen on Node 20, 22 and 24).
 */
export function resourceLimitsFor(given: ResourceLimits | undefined): ResourceLimits | undefined {
  if (given === undefined) return undefined;
  return { maxYoungGenerationSizeMb: YOUNG_GENERATION_DEFAULT_MB, ...given };
}

function inherited(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < execArgv.length; i += 1) {
    const flag = execArgv[i] as string;
    if (!INHERITED.test(flag)) continue;
    kept.push(flag);
    const value = execArgv[i + 1];
    if (!flag.includes('=') && value !== undefined && !value.startsWith('-')) kept.push(value);
  }
  return kept;
}

function tsxFor(module: string): string {
  try {
    return pathToFileURL(createRequire(module).resolve('tsx')).href;
  } catch (cause) {
    const details = { module, needs: 'tsx beside it, Node 22.18 or newer, or a compiled module' };
    throw new MillraceError('ERR_HOST_START', details, { cause });
  }
}
