// test-deadline-s: 300 because it packs, installs and compiles, which a busy machine does slowly
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contentProblems, pack, tarballProblems } from '../src/packed-package.ts';
import { publishedWorkspaces, ROOT } from '../src/repository.ts';

const temporary = mkdtempSync(join(tmpdir(), 'millrace-pack-'));
test.after(() => rmSync(temporary, { recursive: true }));

const emptyFolder = (name: string): string => {
  const folder = join(temporary, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

for (const { folder, manifest } of publishedWorkspaces()) {
  test(`${manifest.name} packs into what its users need`, async () => {
    const tarball = pack(join(ROOT, folder), emptyFolder(folder));
    assert.equal(await tarballProblems(tarball), []);
  });
}

const GOOD = ['package.json', 'README.md', 'LICENSE', 'src/a.ts'].concat(
  ['js', 'js.map', 'd.ts', 'd.ts.map'].map((ending) => `dist/a.${ending}`),
);

test('a file that is missing from a package, or too much in it, is found', () => {
  assert.equal(contentProblems(GOOD), []);
  assert.equal(contentProblems(GOOD.filter((file) => file !== 'README.md')), [
    'README.md is not in the package',
  ]);
  assert.equal(contentProblems(GOOD.filter((file) => file !== 'dist/a.d.ts')), [
    'dist/a.d.ts is not in the package',
  ]);
  assert.equal(contentProblems([...GOOD, 'src/a.test.ts']), ['src/a.test.ts must not be published']);
  assert.equal(contentProblems([...GOOD, 'dist/.tsbuildinfo']), ['dist/.tsbuildinfo must not be published']);
  assert.equal(contentProblems(GOOD.filter((file) => file !== 'src/a.ts')), [
    'dist/a.js has no source: the build left it behind',
  ]);
});

/** A package of one file, with changes to its manifest and its declarations. */
const packWith = (name: string, changes: object, declarations: string): string => {
  const folder = emptyFolder(`${name}-source`);
  mkdirSync(join(folder, 'dist'));
  const manifest = {
    name,
    version: '1.0.0',
    type: 'module',
    files: ['dist'],
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    ...changes,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'dist/index.js'), 'export const a = 1;\n');
  writeFileSync(join(folder, 'dist/index.d.ts'), declarations);
  return pack(folder, emptyFolder(name));
};

test('a manifest that names a file it does not ship is found', async () => {
  const exports = { '.': { types: './dist/index.d.ts', default: './dist/main.js' } };
  const problems = await tarballProblems(
    packWith('missing-entry', { exports }, 'export declare const a: number;\n'),
  );
  assert.ok(problems.some((problem) => problem.startsWith('publint:') && problem.includes('main.js')));
});

test('types that import what is not there are found', async () => {
  const problems = await tarballProblems(packWith('broken-types', {}, "export { a } from './gone.js';\n"));
  assert.ok(problems.some((problem) => problem.startsWith('attw: InternalResolutionError')));
});

test.run();
