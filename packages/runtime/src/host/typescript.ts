/**
 * Actor modules in TypeScript, on a Node that does not load them by itself. Owns the rule when tsx is asked for
 * it; holds that a thread has it at most once. Called before a thread loads the modules, on every thread, because
 * on Node 20 what `--import tsx` does to the main thread does not reach its workers.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const TYPESCRIPT = /\.[mc]?tsx?$/;

/** What would help where a module in TypeScript does not load. */
export const TYPESCRIPT_NEEDS = 'tsx beside the module, Node 22.18 or newer, or a compiled module';

/** True for a module in TypeScript that Node does not load by itself. */
export function needsLoader(module: string, nodeLoads: boolean = nodeLoadsTypeScript()): boolean {
  return !nodeLoads && TYPESCRIPT.test(new URL(module).pathname);
}

/** The address of tsx as that module would find it; undefined when there is none. */
export function loaderBeside(module: string): string | undefined {
  try {
    // The module beside what `require` finds: that one registers a file which is not there (tsx 4.23).
    return new URL('index.mjs', pathToFileURL(createRequire(module).resolve('tsx/esm/api'))).href;
  } catch {
    return undefined;
  }
}

let loads = false;

/** Lets this thread load TypeScript as far as tsx is there; another loader may be, or the import will say what is wrong. */
export async function loadTypeScript(modules: readonly string[]): Promise<void> {
  const module = modules.find((url) => needsLoader(url));
  const loader = module === undefined || loads ? undefined : loaderBeside(module);
  if (loader === undefined) return;
  loads = true;
  const { register } = (await import(loader)) as { readonly register: () => unknown };
  register();
}

function nodeLoadsTypeScript(): boolean {
  return Boolean(Reflect.get(process.features, 'typescript'));
}
