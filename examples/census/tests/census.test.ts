/** Tests of the census as a whole: its counts are those of one regular expression, whatever the files are like. */
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { census, type CensusOptions } from '../src/census.ts';
import { DEPTH_MAX, OWN_PIECES_MAX, PIECE_BYTES } from '../src/limits.ts';
import { recount } from '../src/recount.ts';
import { compare, unreadableCount } from '../src/report.ts';
import { TokenTable } from '../src/token-table.ts';
import { addLinks, countPlainly, hardFiles, withTree } from './tree.ts';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

const options = (root: string, more: Partial<CensusOptions> = {}): CensusOptions => ({
  root,
  all: false,
  times: 1,
  workers: 2,
  top: 5,
  keepTable: true,
  signal: new AbortController().signal,
  ...more,
});

const sorted = (counts: Iterable<[string, number]>): [string, number][] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1));

for (const [workers, all] of [
  [1, false],
  [2, true],
  [3, false],
] as const) {
  test(`counts are those of a plain regular expression with ${workers} workers${all ? ' and all files' : ''}`, () =>
    withTree(hardFiles(), async (root) => {
      const result = await census(options(root, { workers, all }));
      const plain = countPlainly(root, all);
      assert.equal(sorted(result.table?.entries() ?? []), sorted(plain));
      assert.is(result.distinct, plain.size);
      assert.is(
        result.tokens,
        [...plain.values()].reduce((a, b) => a + b, 0),
      );
      const most = [...plain].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5);
      assert.equal(result.top, most);
      assert.is(result.unreadable.size, 0);
      assert.is(result.complete, true);
      assert.equal(result.stop.problems, []);
      assert.is(result.stop.ledger.deadLettered, 0);
    }));
}

test('the recount on one thread agrees, and a difference is shown', () =>
  withTree(hardFiles(), async (root) => {
    const result = await census(options(root));
    const again = recount(options(root));
    assert.equal(compare(result, result.table ?? new TokenTable(), again).differences, []);
    again.table.addText('alpha', 1);
    again.table.addText('omega', 2);
    const { differences } = compare(result, result.table ?? new TokenTable(), again);
    assert.equal(differences, ['alpha: 3, recounted 4', 'omega: 0, recounted 2']);
  }));

test('a token of many pieces is one token, named by its beginning and its length', () =>
  withTree({ 'huge.js': `a ${'z'.repeat(5 * PIECE_BYTES + 7)} b` }, async (root) => {
    const { tokens, distinct, top } = await census(options(root));
    assert.is(tokens, 3);
    assert.is(distinct, 3);
    assert.match(top.map(([token]) => token).join(' '), `z...(${5 * PIECE_BYTES + 7} bytes, `);
  }));

test('a file so large that all workers count it is counted to the token', () => {
  const line = 'one 2 two_2 three$\n';
  const lines = Math.ceil(((OWN_PIECES_MAX + 3) * PIECE_BYTES) / line.length);
  return withTree({ 'huge.js': line.repeat(lines) }, async (root) => {
    const { top, tokens } = await census(options(root));
    assert.is(tokens, 3 * lines);
    assert.equal(top, [
      ['one', lines],
      ['three$', lines],
      ['two_2', lines],
    ]);
  });
});

test('links are not followed, and a broken one and a directory with the name of a file are survived', () =>
  withTree(hardFiles(), async (root) => {
    addLinks(root);
    mkdirSync(join(root, 'folder.js'));
    const result = await census(options(root));
    assert.equal([...result.unreadable], [['EBROKENLINK', 1]]);
    assert.is(unreadableCount(result), 1);
    assert.equal(sorted(result.table?.entries() ?? []), sorted(countPlainly(root, false)));
  }));

test('directories deeper than the bound are counted as unreadable, and those above are read', () =>
  withTree({ 'top.js': 'shallow' }, async (root) => {
    const deep = join(root, 'd/'.repeat(DEPTH_MAX + 20));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(root, 'd/'.repeat(DEPTH_MAX - 1), 'last.js'), 'deepest');
    writeFileSync(join(deep, 'beyond.js'), 'never');
    const result = await census(options(root));
    assert.equal(result.top, [
      ['deepest', 1],
      ['shallow', 1],
    ]);
    assert.equal([...result.unreadable], [['EDEPTH', 1]]);
    assert.equal(recount(options(root)).unreadable, result.unreadable);
  }));

/** Root may read everything: there the count runs as a user that may not. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const nobodyCanRun =
  process.platform !== 'win32' &&
  spawnSync(process.execPath, ['-e', `require('fs').accessSync(${JSON.stringify(MAIN)})`], NOBODY).status ===
    0;

const asNobody: (title: string, body: () => Promise<void>) => void = (title, body) =>
  nobodyCanRun ? test(title, body) : test.skip(title, body);

asNobody('what may not be read is counted by reason, and the rest is read', () =>
  withTree({ 'open.js': 'seen', 'closed.js': 'unseen', 'locked/inside.js': 'unseen' }, async (root) => {
    chmodSync(root, 0o755);
    chmodSync(join(root, 'closed.js'), 0);
    chmodSync(join(root, 'locked'), 0);
    try {
      const { code, output } = await run(['--json', '--verify', root], NOBODY);
      const printed = JSON.parse(output) as Record<string, unknown>;
      assert.is(code, 0);
      assert.equal(printed['top'], [['seen', 1]]);
      assert.is(printed['unreadable'], 2);
      assert.equal(printed['unreadableBy'], { EACCES: 2 });
      assert.is(printed['verified'], true);
    } finally {
      chmodSync(join(root, 'locked'), 0o755);
    }
  }),
);

test('a directory that is not there is an error, and nothing is left running', async () => {
  const error = await census(options('/no/such/directory')).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.match(String(error), 'ENOENT');
});

test('an interrupted count ends in order with what was read', () =>
  withTree({ 'a.js': 'one two' }, async (root) => {
    // A hole of 64 GiB takes minutes to count, and no room on the disk.
    const file = openSync(join(root, 'hole.js'), 'w');
    ftruncateSync(file, 64 * 2 ** 30);
    closeSync(file);
    const child = spawn(process.execPath, [MAIN, root, '--workers', '2'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let told = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (told || !output.includes(' s: ')) return;
      told = true;
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.is(code, 130);
    assert.match(output, 'interrupted: 1 files that were found are not in the counts');
    assert.match(output, '2 tokens, 2 different, in 1 files');
    assert.match(output, 'offered ');
    assert.not.match(output, 'DOES NOT BALANCE');
  }));

const PROMISED = [
  'files',
  'bytes',
  'tokens',
  'distinct',
  'top',
  'unreadable',
  'seconds',
  'workers',
  'peakRssBytes',
  'ledger',
];

test('the command prints one JSON object with the promised fields, and with those of a comparison when asked', () =>
  withTree(hardFiles(), async (root) => {
    const plain = await run([root, '--json']);
    assert.is(plain.code, 0);
    assert.equal(Object.keys(JSON.parse(plain.output) as object), PROMISED);
    const { code, output } = await run([root, '--json', '--verify', '--top', '2', '--workers', '3', '--all']);
    assert.is(code, 0);
    const printed = JSON.parse(output) as Record<string, unknown>;
    const compared = ['verified', 'differences', 'secondsOnOneThread', 'speedUp'];
    assert.equal(Object.keys(printed), [...PROMISED, ...compared]);
    assert.is(printed['verified'], true);
    assert.is(printed['files'], Object.keys(hardFiles()).length);
    assert.is(printed['workers'], 3);
    assert.is((printed['top'] as unknown[]).length, 2);
  }));

test('files that are counted three times over are in the counts three times', () =>
  withTree(hardFiles(), async (root) => {
    const once = await census(options(root));
    const input = options(root, { times: 3 });
    const thrice = await census(input);
    assert.is(thrice.files, 3 * once.files);
    assert.is(thrice.tokens, 3 * once.tokens);
    assert.equal(
      thrice.top,
      once.top.map(([token, count]) => [token, 3 * count]),
    );
    assert.equal(compare(thrice, thrice.table ?? new TokenTable(), recount(input)).differences, []);
  }));

/** Lets every thread of a command see files through `code`, which may replace functions of `fs`. */
const withFileSystem = (code: string): Record<string, string> => {
  const module = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads'; ${code}; syncBuiltinESMExports();`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` };
};

test('a recount that differs is shown token by token, and the command fails', () =>
  withTree({ 'a.js': 'alpha beta', 'b.js': 'alpha' }, async (root) => {
    // The recount reads on the main thread, the census on workers: only one of them sees another word.
    const env = withFileSystem(`const read = fs.readSync;
      if (isMainThread) fs.readSync = (file, bytes, offset, ...more) => {
        const count = read(file, bytes, offset, ...more);
        if (String.fromCharCode(...bytes.subarray(offset, offset + 4)) === 'alph') bytes[offset + 3] = 0x66;
        return count;
      }`);
    const { code, output } = await run([root, '--verify'], { env });
    assert.is(code, 1);
    assert.match(
      output,
      'The recount on one thread differs:\nalpha: 2, recounted 0\nalpfa: 0, recounted 2\n',
    );
    const json = await run([root, '--verify', '--json'], { env });
    assert.is(json.code, 1);
    const printed = JSON.parse(json.output) as Record<string, unknown>;
    assert.is(printed['verified'], false);
    assert.equal(printed['differences'], ['alpha: 2, recounted 0', 'alpfa: 0, recounted 2']);
  }));

test('a file that vanishes between the walk and the reading is counted by reason, and the rest is read', () =>
  withTree({ 'gone.js': 'never', 'stays.js': 'seen' }, async (root) => {
    const env = withFileSystem(`const open = fs.openSync;
      fs.openSync = (path, ...more) => {
        if (String(path).endsWith('gone.js')) fs.unlinkSync(path);
        return open(path, ...more);
      }`);
    const { code, output } = await run([root, '--json'], { env });
    assert.is(code, 0);
    const printed = JSON.parse(output) as Record<string, unknown>;
    assert.equal(printed['top'], [['seen', 1]]);
    assert.is(printed['unreadable'], 1);
    assert.equal(printed['unreadableBy'], { ENOENT: 1 });
  }));

for (const [args, sentence] of [
  [['.', '--workers', '0'], '--workers must be a whole number from 1 to 64: got 0'],
  [['.', '--workers', 'many'], '--workers must be a whole number from 1 to 64: got many'],
  [['.', '--top=-1'], '--top must be a whole number from 0 to 100000: got -1'],
  [['.', '--top=1.5'], '--top must be a whole number from 0 to 100000: got 1.5'],
  [['.', '--times', '0'], '--times must be a whole number from 1 to 1000: got 0'],
  [['.', '..'], 'one directory at most: got ., ..'],
  [['.', '--fast'], "Unknown option '--fast'"],
  [['/no/such/directory'], 'no directory: /no/such/directory'],
  [[MAIN], `no directory: ${MAIN}`],
] as const) {
  test(`a wrong command line is refused with what is allowed: ${args.join(' ').replace(MAIN, 'a file')}`, async () => {
    const { code, output, errors } = await run(args);
    assert.is(code, 2);
    assert.is(output, '');
    assert.match(errors, sentence);
    assert.match(errors, 'npm start --');
  });
}

async function run(
  args: readonly string[],
  { env = {}, ...as }: { uid?: number; gid?: number; env?: Record<string, string> } = {},
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...as,
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output, errors };
}

test.run();
