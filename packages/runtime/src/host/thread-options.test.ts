/** Tests of the flags with which worker threads load TypeScript. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { execArgvFor, resourceLimitsFor } from './thread-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
mkdirSync(join(folder, 'node_modules/tsx'), { recursive: true });
writeFileSync(join(folder, 'node_modules/tsx/package.json'), '{"name":"tsx","main":"loader.js"}');
writeFileSync(join(folder, 'node_modules/tsx/loader.js'), '');
test.after(() => rmSync(folder, { recursive: true }));

const JS = 'file:///app/actors.js';
const TS = pathToFileURL(join(folder, 'actors.mts')).href;
const TSX = pathToFileURL(join(folder, 'node_modules/tsx/loader.js')).href;
const node20 = (...execArgv: string[]): { execArgv: string[]; loadsTypeScript: boolean } => ({
  execArgv,
  loadsTypeScript: false,
});

test('modules in JavaScript, and a Node that loads TypeScript, need nothing', () => {
  assert.is(execArgvFor([JS], undefined, node20()), undefined);
  assert.is(execArgvFor([JS, TS], undefined, { execArgv: [], loadsTypeScript: true }), undefined);
  assert.equal(execArgvFor([JS], ['--no-warnings'], node20()), ['--no-warnings']);
});

test('modules in TypeScript get tsx, beside what was asked for or inherited', () => {
  assert.equal(execArgvFor([JS, TS], undefined, node20()), ['--import', TSX]);
  assert.equal(execArgvFor([TS], ['--no-warnings'], node20()), ['--no-warnings', '--import', TSX]);
  const flags = [
    '--expose-gc',
    '--max-old-space-size=100',
    '--enable-source-maps',
    '-C',
    'source',
    '--import=./x.js',
  ];
  assert.equal(execArgvFor([TS], undefined, node20(...flags)), [
    '--enable-source-maps',
    '-C',
    'source',
    '--import=./x.js',
    '--import',
    TSX,
  ]);
});

test('workers of a process that runs under tsx inherit it', () => {
  assert.is(execArgvFor([TS], undefined, node20('--import', 'file:///x/tsx/dist/loader.mjs')), undefined);
  assert.equal(execArgvFor([TS], ['--import', 'tsx'], node20()), ['--import', 'tsx']);
});

test('TypeScript without tsx is refused with what would help', () => {
  assert.throws(
    () => execArgvFor(['file:///nowhere/actors.ts'], undefined, node20()),
    /host did not start: module=file:\/\/\/nowhere\/actors\.ts, needs=tsx beside it, Node 22\.18 or newer/,
  );
});

test('a limit on the heap comes with one on the young generation, unless that is given too', () => {
  assert.is(resourceLimitsFor(undefined), undefined);
  assert.equal(resourceLimitsFor({ maxOldGenerationSizeMb: 40 }), {
    maxYoungGenerationSizeMb: 48,
    maxOldGenerationSizeMb: 40,
  });
  assert.is(resourceLimitsFor({ maxYoungGenerationSizeMb: 8 })?.maxYoungGenerationSizeMb, 8);
});

test.run();
