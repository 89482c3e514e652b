/** Tests of the live view: what a frame shows, and that the whole thing works on a pseudo-terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { census } from '../src/census.ts';
import { frameLines } from '../src/view/frame.ts';
import { LiveView } from '../src/view/live-view.ts';
import { hardFiles, withTree } from './tree.ts';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

const plain = (text: string): string => text.replace(/\u001b\[[?\d]*[A-Za-z]/g, '');

const ledger = {
  offered: 0,
  refused: 0,
  parked: 0,
  accepted: 0,
  handled: 0,
  failed: 0,
  dropped: {},
  deadLettered: 0,
  queued: 0,
};

const FRAME = {
  title: '/some/where',
  files: 1_234,
  bytes: 5_600_000,
  seconds: 2,
  bytesPerSecond: 2_800_000,
  rssBytes: 100e6,
  stopping: false,
  hosts: [
    {
      host: 1,
      busyShare: 0.5,
      actors: [
        {
          address: { path: '/user/tokenizer-1', id: 7 },
          actor: 'tokenizer',
          key: null,
          phase: 'running' as const,
          incarnation: 1,
          capacityMessages: 16,
          queued: 11,
          held: 1,
          free: 1,
          oldestAgeMs: 0,
          parkedSends: 2,
          waitingSenders: [{ path: '/user/reader-1', id: 8 }],
          ledger,
        },
      ],
      actorsLeftOut: 0,
      corruptFrames: 0,
      lostPayloads: 0,
      strayRows: 0,
      waits: [
        {
          to: { path: '/user/tokenizer-1', id: 7 },
          parkedSends: 1,
          waitingSenders: [{ path: '/user/reader-2', id: 9 }],
        },
      ],
      waitsLeftOut: 0,
    },
  ],
};

test('a frame shows the depth, the credit and the waits of each stage', () => {
  const lines = frameLines(FRAME, 100).map(plain);
  assert.ok(
    lines.some((line) => /1,234 files {2}5\.6 MB {2}2\.8 MB\/s {2}2\.0 s {2}memory 100\.0 MB/.test(line)),
  );
  assert.ok(lines.some((line) => /^tokenizer +█{15}░{5} +12 +1 +3 +3$/.test(line)));
  assert.ok(lines.includes('reader-1 waits for tokenizer-1'));
  assert.ok(lines.includes('reader-2 waits for tokenizer-1'));
  assert.ok(lines.some((line) => /worker 1 █{5}░{5} +50 %/.test(line)));
});

test('no line of a frame is longer than the screen is wide', () => {
  for (const columns of [10, 30, 60]) {
    for (const line of frameLines(FRAME, columns)) assert.ok(plain(line).length <= columns, line);
  }
});

test('frames replace each other, and the cursor comes back at the end', () =>
  withTree(hardFiles(), async (root) => {
    let written = '';
    const signal = new AbortController().signal;
    const view = new LiveView({ columns: 70, write: (text) => (written += text) }, root, signal);
    const follow = view.follow.bind(view);
    await census({ root, all: false, times: 1, workers: 1, top: 1, keepTable: false, signal, follow });
    view.close();
    view.close();
    assert.ok(written.startsWith('\u001b[?25l'));
    assert.ok(written.endsWith('\u001b[?25h'));
    assert.is(written.split('\u001b[?25h').length, 2);
    const frames = written.split(/\u001b\[\d+A/).map(plain);
    assert.ok(frames.every((frame) => frame.includes('census')));
  }));

const SCRIPT = spawnSync('script', ['--version']).status === 0;

const onTerminal: (title: string, body: () => Promise<void>) => void = (title, body) =>
  SCRIPT ? test(title, body) : test.skip(title, body);

onTerminal('on a pseudo-terminal the live view runs and the report follows it', () =>
  withTree(hardFiles(), async (root) => {
    const command = [process.execPath, MAIN, root, '--verify', '--workers', '2']
      .map((part) => `'${part}'`)
      .join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.is(code, 0);
    assert.match(output, '\u001b[?25l');
    const text = plain(output);
    assert.match(text, 'mailbox');
    assert.match(text, 'counts are equal');
  }),
);

test.run();
