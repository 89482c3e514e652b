// The runner judged by test files that misbehave, each in the one way that it must notice.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../pnpm.mjs';
import { runTestFiles } from './test-runner.mjs';

const folder = mkdtempSync(join(tmpdir(), 'millrace-runner-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
test.after(() => rmSync(folder, { recursive: true }));

const HEAD = "import { test } from 'uvu';\nimport * as assert from 'uvu/assert';\n";

/** Runs one file with this text and returns the counts and everything printed. */
async function runText(text) {
  const file = join(folder, `${Math.abs(hash(text))}.test.mjs`);
  writeFileSync(file, text);
  const lines = [];
  const totals = await runTestFiles([file], {
    base: folder,
    print: (line) => lines.push(line),
    leakGraceMs: 500,
  });
  return { ...totals, printed: lines.join('\n') };
}

function hash(text) {
  let sum = 0;
  for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) | 0;
  return sum;
}

test('counts the tests of a file that passes', async () => {
  const { passed, failed } = await runText(`${HEAD}test('a', () => {}); test('b', () => {}); test.run();`);
  assert.equal([passed, failed], [2, 0]);
});

test('counts a failing test, goes on with the others and shows its message', async () => {
  const { passed, failed, printed } = await runText(
    `${HEAD}test('a', () => assert.is(1, 2, 'one is not two')); test('b', () => {}); test.run();`,
  );
  assert.equal([passed, failed], [1, 1]);
  assert.match(printed, 'one is not two');
});

test('shows the message and the details of an error whose details are an object, and goes on', async () => {
  const { passed, failed, printed } = await runText(
    `${HEAD}test('a', () => { throw Object.assign(new Error('workers: 0'), { details: { allowed: '1..64' } }); });` +
      " test('b', () => {}); test.run();",
  );
  assert.equal([passed, failed], [1, 1]);
  assert.match(printed, 'workers: 0');
  assert.match(printed, "allowed: '1..64'");
});

test('shows what a test threw that is no error, and goes on', async () => {
  const { passed, failed, printed } = await runText(
    `${HEAD}test('a', () => { throw { reason: 'none' }; }); test('b', () => {}); test.run();`,
  );
  assert.equal([passed, failed], [1, 1]);
  assert.match(printed, "reason: 'none'");
});

test('fails a file that forgot test.run()', async () => {
  const { failed, printed } = await runText(`${HEAD}test('a', () => {});`);
  assert.is(failed, 1);
  assert.match(printed, 'no test ran');
});

test('fails a file that skips all its tests', async () => {
  const { failed, printed } = await runText(`${HEAD}test.skip('a', () => {}); test.run();`);
  assert.is(failed, 1);
  assert.match(printed, 'no test ran');
});

test('fails a file that leaves the process before its tests ran', async () => {
  const { failed, printed } = await runText(`${HEAD}test('a', () => {}); test.run(); process.exit(0);`);
  assert.is(failed, 1);
  assert.match(printed, 'no test ran');
});

test('fails a file that throws while it loads', async () => {
  const { failed, printed } = await runText(`throw new Error('cannot load');`);
  assert.is(failed, 1);
  assert.match(printed, 'cannot load');
});

test('fails a file whose before hook throws, which uvu alone would pass', async () => {
  const { failed } = await runText(
    `${HEAD}test.before(() => { throw new Error('no'); }); test('a', () => {}); test.run();`,
  );
  assert.is(failed, 1);
});

test('fails a test that waits for a promise nobody settles', async () => {
  const { failed, printed } = await runText(`${HEAD}test('a', () => new Promise(() => {})); test.run();`);
  assert.is(failed, 1);
  assert.match(printed, 'before its tests did');
});

test('fails a file with an unhandled rejection', async () => {
  const { failed, printed } = await runText(
    `${HEAD}test('a', () => { Promise.reject(new Error('nobody caught me')); }); test.run();`,
  );
  assert.is(failed, 1);
  assert.match(printed, 'nobody caught me');
});

test('fails a file with an unhandled rejection after its last test', async () => {
  const { passed, failed, printed } = await runText(
    `${HEAD}test('a', () => { setTimeout(() => Promise.reject(new Error('late')), 50); }); test.run();`,
  );
  assert.equal([passed, failed], [1, 1]);
  assert.match(printed, 'yet the process ended with 1');
});

test('fails a file that leaks a handle, and names what is open', async () => {
  const { passed, failed, printed } = await runText(
    `${HEAD}test('a', () => { setInterval(() => {}, 1000); }); test.run();`,
  );
  assert.equal([passed, failed], [1, 1]);
  assert.match(printed, 'leaked handle');
  assert.match(printed, 'Still open: Timeout ×1');
});

test('kills a file at its deadline, also in an endless loop', async () => {
  const { failed, printed } = await runText(
    `// test-deadline-s: 1 because the loop below never ends\n${HEAD}test('a', () => { for (;;); }); test.run();`,
  );
  assert.is(failed, 1);
  assert.match(printed, 'still running at its deadline of 1 s');
});

test('refuses a deadline without a reason', async () => {
  const { failed, printed } = await runText(
    `// test-deadline-s: 90\n${HEAD}test('a', () => {}); test.run();`,
  );
  assert.is(failed, 1);
  assert.match(printed, 'needs its reason');
});

test('kills what a test file leaves running', async () => {
  const { passed, printed } = await runText(
    `import { spawn } from 'node:child_process';\n${HEAD}` +
      `test('a', () => { const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });` +
      ` child.unref(); console.log('pid=' + child.pid); assert.ok(false); }); test.run();`,
  );
  assert.is(passed, 0);
  const pid = Number(/pid=(\d+)/.exec(printed)?.[1]);
  assert.ok(await isGone(pid), `process ${pid} still runs`);
});

/** Waits, at most 500 turns of the event loop's timers, until a process is gone or only waits to be reaped. */
async function isGone(pid) {
  const { readFileSync } = await import('node:fs');
  for (let i = 0; i < 500; i += 1) {
    try {
      process.kill(pid, 0);
      if (/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

test('runs several files at once and adds up their counts', async () => {
  const files = ['x', 'y', 'z'].map((name) => {
    const file = join(folder, `${name}.test.mjs`);
    writeFileSync(file, `${HEAD}test('a', () => {}); test.run();`);
    return file;
  });
  const { passed, failed } = await runTestFiles(files, { base: folder, jobs: 3, print: () => {} });
  assert.equal([passed, failed], [3, 0]);
});

test.run();
