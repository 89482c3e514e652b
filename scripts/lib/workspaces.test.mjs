// Which files the suite takes for tests, and what it clears away, in a workspace made for the purpose.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testAndPrint, testFiles } from '../commands/test.mjs';
import { root } from '../pnpm.mjs';
import { pruneStaleOutputs, sourceOf, workspaceFolders } from './workspaces.mjs';

let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-workspace-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n  - bench\nother: 1\n');
  write('packages/a/package.json', '{}');
  write('packages/not-a-workspace/notes.md', '');
});
test.after.each(() => rmSync(folder, { recursive: true }));

function write(path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Writes what the compiler would for one source of packages/a, and the source itself unless it is `gone`. */
function compiled(name, { gone = false, text = '' } = {}) {
  if (!gone) write(`packages/a/src/${name}.ts`, '');
  write(`packages/a/dist-test/src/${name}.js`, text);
  write(`packages/a/dist-test/src/${name}.d.ts`, '');
  const map = { version: 3, sources: [`../../src/${name}.ts`], mappings: '' };
  write(`packages/a/dist-test/src/${name}.js.map`, JSON.stringify(map));
}

test('workspaces are the folders with a package.json that pnpm-workspace.yaml lists', () => {
  write('bench/package.json', '{}');
  write('elsewhere/package.json', '{}');
  assert.equal(
    workspaceFolders(folder).map((path) => relative(folder, path)),
    ['bench', 'packages/a'],
  );
});

test('a compiled file knows its source', () => {
  compiled('x.test');
  assert.is(
    sourceOf(join(folder, 'packages/a/dist-test/src/x.test.js')),
    join(folder, 'packages/a/src/x.test.ts'),
  );
});

test('what was compiled from a source that is gone is removed, and nothing else', () => {
  compiled('kept.test');
  compiled('gone.test', { gone: true });
  write('packages/a/dist/asset.json', '{}');
  write('packages/a/dist/no-map.js', '');
  pruneStaleOutputs(folder);
  for (const ending of ['js', 'js.map', 'd.ts']) {
    assert.not.ok(existsSync(join(folder, `packages/a/dist-test/src/gone.test.${ending}`)), ending);
    assert.ok(existsSync(join(folder, `packages/a/dist-test/src/kept.test.${ending}`)), ending);
  }
  assert.ok(existsSync(join(folder, 'packages/a/dist/asset.json')));
  assert.ok(existsSync(join(folder, 'packages/a/dist/no-map.js')));
});

test('tests are compiled files in dist-test and scripts that end in .test.mjs', () => {
  compiled('x.test');
  compiled('helper');
  write('packages/a/dist/src/y.test.js', '');
  write('scripts/lib/z.test.mjs', '');
  assert.equal(
    testFiles(folder).map((path) => relative(folder, path)),
    ['packages/a/dist-test/src/x.test.js', 'scripts/lib/z.test.mjs'],
  );
});

/** Runs the suite of the made workspace and gives its exit code and what it printed. */
async function suite(words = []) {
  const printed = [];
  const { log, error } = console;
  console.log = (line) => printed.push(line);
  console.error = console.log;
  try {
    return { code: await testAndPrint({ words, base: folder }), printed: printed.join('\n') };
  } finally {
    Object.assign(console, { log, error });
  }
}

const PASSING = "import { test } from 'uvu';\ntest('a', () => {});\ntest.run();\n";

test('a suite without test files fails', async () => {
  const { code, printed } = await suite();
  assert.is(code, 1);
  assert.match(printed, 'No test files were found.');
});

test('a suite ends with its counts alone on a line', async () => {
  compiled('x.test', { text: PASSING });
  compiled('y.test', { text: PASSING });
  const { code, printed } = await suite();
  assert.is(code, 0);
  assert.match(printed, /\n2 passed, 0 failed$/);
});

test('words choose files by the path of their source, and a word that matches none fails', async () => {
  compiled('x.test', { text: PASSING });
  compiled('y.test', { text: PASSING });
  assert.match((await suite(['src/y'])).printed, /\n1 passed, 0 failed$/);
  const { code, printed } = await suite(['nothing']);
  assert.is(code, 1);
  assert.match(printed, "No test file's path contains nothing.");
});

test.run();
