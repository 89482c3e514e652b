// Runs the pnpm version that package.json pins, on a machine that has only Node and npm. Owns how pnpm is
// found and what is in its environment. Also a command of its own: `node scripts/pnpm.mjs <arguments>`.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder that holds package.json of the workspace. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const pinned = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).packageManager;

/** Without a network npm by itself takes 70 s to say so; this way it takes about five. */
const NPM_PATIENCE = { npm_config_fetch_retry_mintimeout: '1000', npm_config_fetch_retry_maxtimeout: '4000' };

/**
 * The environment for children of these scripts, without what an outer npx left in it.
 *
 * @param {Record<string, string>} extra
 */
export function childEnv(extra = {}) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...NPM_PATIENCE, ...extra };
  // An outer `npx -p node@24 -c …` sets these two, and an inner npx would obey them.
  delete env.npm_config_package;
  delete env.npm_config_call;
  return env;
}

/** Resolves to the exit code and, with `capture`, to what pnpm printed (else it goes to this terminal). */
export function pnpm(args, { capture = false, env = {} } = {}) {
  return run('npx', ['-y', '--prefer-offline', '--loglevel=error', pinned, ...args], { capture, env });
}

/** Resolves to `{ code, output }` of a child in the root folder; a signal or a missing program is code 1. */
export function run(command, args, { capture = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: childEnv(env),
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = (await pnpm(process.argv.slice(2))).code;
}
