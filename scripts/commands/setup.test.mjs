// What people see when the set-up fails: each known cause gets its remedy, and a wrong Node a sentence.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../pnpm.mjs';
import { explain } from './setup.mjs';

test('every known cause of a failed install has its remedy', () => {
  const causes = [
    [
      'ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"',
      'node scripts/pnpm.mjs install --no-frozen-lockfile',
    ],
    ['npm error code ENOTFOUND', 'npm config get registry'],
    [
      'ERR_PNPM_META_FETCH_FAIL  GET https://x: request failed, reason: connect ECONNREFUSED',
      'npm config get registry',
    ],
    ['ENOSPC: no space left on device', 'Free about'],
    ["EACCES: permission denied, mkdir '/x/node_modules'", 'remove it'],
    ['npx: spawn npx ENOENT', 'install npm'],
  ];
  for (const [output, remedy] of causes)
    assert.match(explain(output ?? '')?.remedy ?? '', remedy ?? '', output);
  assert.is(explain('something else'), undefined);
});

test('a lockfile that lags behind package.json is refused with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-setup-'));
  try {
    for (const name of ['scripts', 'package.json', 'pnpm-lock.yaml']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), 'packages: []\npmOnFail: ignore\n');
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    manifest.devDependencies.uvu = '0.5.5';
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const { status, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', 'setup'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.is(status, 1);
    assert.match(stderr, 'pnpm-lock.yaml does not match the package.json files.');
    assert.match(stderr, 'node scripts/pnpm.mjs install --no-frozen-lockfile');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a Node that is too old gets a sentence, whatever it can parse', () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });";
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(pretend)}`,
      join(root, 'scripts/run.mjs'),
      'test',
    ],
    { encoding: 'utf8' },
  );
  assert.is(status, 1);
  assert.match(stderr, 'Millrace needs Node 20 or newer');
  assert.match(stderr, 'npx -y -p node@20');
});

test('an unknown command lists the commands', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/run.mjs'), 'tset'], {
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.match(stderr, 'No such command: tset. There are: setup, build, test');
});

test.run();
