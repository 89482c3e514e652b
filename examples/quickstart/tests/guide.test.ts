/** Tests of the program behind docs/guide.md: each step does what the guide says, and SIGTERM ends it in order. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const MAIN = fileURLToPath(new URL('../src/guide/main.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'guide-'));
test.after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'orders.csv'), 'lamp\nchair\ntable\n');

/** Runs the program in the folder, ends it with SIGTERM once it is ready. */
async function run(): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [MAIN], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let ready = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (ready || !output.includes('ready')) return;
    ready = true;
    child.kill('SIGTERM');
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output, errors };
}

const SAID = (items: string): string =>
  `alice has 5
at the desk: connection, orders
anna has ${items}
invoice 1: lamp
invoice 2: chair
invoice 3: table
ready
`;

test('the program of the guide does what it says, and a cart is there again in the next run', async () => {
  for (const items of ['lamp', 'lamp, lamp']) {
    // oxlint-disable-next-line no-await-in-loop -- the second run finds what the first saved
    const { code, output, errors } = await run();
    assert.is(errors, '');
    assert.is(output, SAID(items));
    assert.is(code, 0);
  }
  assert.is(readFileSync(join(folder, 'anna.json'), 'utf8'), '{"items":["lamp","lamp"]}');
});

test.run();
