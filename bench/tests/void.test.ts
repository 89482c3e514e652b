/**
 * The planted defect: a build that loses one message in a million must print VOID and exit with 1, all
 * the way through a child process, the rounds and the table.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPILED_ROOT } from '../harness/paths.ts';
import { readResults, resultsPath } from '../harness/results.ts';

const OUT = `void-test-${process.pid}`;

function bench(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`${COMPILED_ROOT}cli.js`, '--out', OUT, ...words],
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

test.after(() => rmSync(resultsPath(OUT), { force: true }));

test('one message in a million is missed', async () => {
  const { code, stdout, stderr } = await bench(
    '--quick',
    '--only=S1',
    '--rounds=2',
    '--systems=control:loses-one-in-a-million,floor:array-call',
  );
  assert.is(code, 1, stderr);
  assert.match(stdout, /control:loses-one-in-a-million\s+VOID\s+messages: expected=\d+, found=\d+/);
  assert.match(stdout, /floor:array-call\s+[\d.]+ [MG] msg\/s/);
  assert.match(stderr, /1 VOID, 0 failed/);
  const { records } = readResults(OUT);
  const voided = records.filter((record) => record.system.startsWith('control:'));
  assert.is(voided.length, 1);
  assert.is(voided[0]?.median, null);
  assert.match(voided[0]?.checksum ?? '', /^VOID/);
});

test('a wrong command line ends with 2 before anything runs', async () => {
  const { code, stderr } = await bench('--only', 'S99');
  assert.is(code, 2);
  assert.match(stderr, /option is not valid: option=--only, value=S99, allowed=S0 S1 /);
});

test.run();
