/** Tests of the quickstart: in TypeScript and in JavaScript it prints what the README says. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const SAID = `alice has 5000
offered 1001 = refused 0 + accepted 1001 + parked 0
accepted 1001 = handled 1001 + failed 0 + dead-lettered 0 + queued 0
`;

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../..');

for (const [language, main] of [
  ['TypeScript', join(here, '../src/main.js')],
  ['JavaScript', join(folder, 'javascript/main.js')],
] as const) {
  test(`the quickstart in ${language} prints what the README says`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
    assert.is(stderr, '');
    assert.is(stdout, SAID);
    assert.is(status, 0);
  });
}

test.run();
