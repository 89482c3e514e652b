// Runs the pnpm version that package.json pins, on a machine that has only Node and npm.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinned = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).packageManager;

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', RUNTIME: process.version };
// An outer `npx -p node@24 -c …` sets these two, and an inner npx would obey them.
delete env.npm_config_package;
delete env.npm_config_call;

const child = spawn('npx', ['-y', '--prefer-offline', '--loglevel=error', pinned, ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: 'inherit',
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
