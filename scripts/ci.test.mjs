// .ci/run judged by stages that misbehave: the npm and npx that it finds are scripts written here.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './pnpm.mjs';

const folder = mkdtempSync(join(tmpdir(), 'millrace-ci-'));
test.after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, '.ci'));
mkdirSync(join(folder, 'bin'));
cpSync(join(root, '.ci/run'), join(folder, '.ci/run'));

/** Runs .ci/run with an `npm` of this text; every line of Node leads to it. */
function runWith(npm) {
  for (const [name, text] of [
    ['npm', npm],
    ['npx', 'while [ "$1" != -c ]; do shift; done; bash -c "$2"'],
  ]) {
    writeFileSync(join(folder, 'bin', String(name)), `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(join(folder, 'bin', String(name)), 0o755);
  }
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  const { status, stdout } = spawnSync('bash', ['.ci/run'], { cwd: folder, env, encoding: 'utf8' });
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

test('CI adds up what its stages count and ends with it alone on a line', () => {
  assert.equal(runWith('echo; echo "3 passed, 0 failed"'), { status: 0, lastLine: '14 passed, 0 failed' });
});

test('CI fails when one test failed', () => {
  const { status, lastLine } = runWith('echo "3 passed, 1 failed"; exit 1');
  assert.equal([status, lastLine], [1, '12 passed, 6 failed']);
});

test('CI fails when a stage ends with an error although it counts none', () => {
  assert.is(runWith('echo "3 passed, 0 failed"; exit 7').status, 1);
});

test('CI fails when npm start alone fails', () => {
  const { status, lastLine } = runWith('[ "$1" = start ] && exit 1; echo "3 passed, 0 failed"');
  assert.equal([status, lastLine], [1, '12 passed, 2 failed']);
});

test('CI fails when a stage prints no counts', () => {
  assert.is(runWith('echo "all is well"').status, 1);
});

test('CI fails when no test ran', () => {
  assert.is(runWith('echo "0 passed, 0 failed"').status, 1);
});

test.run();
