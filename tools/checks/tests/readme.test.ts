import { posix } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exampleOf, strayExcerpts, strayFiles } from '../src/readme-example.ts';
import {
  exists,
  readText,
  type TextFile,
  typescriptFiles,
  type Workspace,
  workspaces,
} from '../src/repository.ts';

const QUICKSTART = 'examples/quickstart';

const quickstart = (name: string): string | undefined => {
  const path = [`${QUICKSTART}/src/${name}`, `${QUICKSTART}/javascript/${name}`].find(exists);
  return path === undefined ? undefined : readText(path);
};

const readmesOf = (folders: readonly string[]): TextFile[] =>
  folders
    .map((folder) => posix.join(folder, 'README.md'))
    .filter(exists)
    .map((path) => ({ path, text: readText(path) }));
const isExample = ({ folder }: Workspace): boolean => folder.startsWith('examples/');

for (const readme of readmesOf([
  '.',
  ...workspaces()
    .filter((one) => !isExample(one))
    .map(({ folder }) => folder),
])) {
  test(`the code in ${readme.path} is the code of ${QUICKSTART}`, () => {
    assert.equal(strayFiles(exampleOf(readme), quickstart), []);
  });
}

for (const { folder } of workspaces().filter(isExample)) {
  test(`the code in the README of ${folder} is code of that example`, () => {
    const files = typescriptFiles(folder);
    assert.equal(
      readmesOf([folder]).flatMap((readme) => strayExcerpts(readme, files)),
      [],
    );
  });
}

test('the code in docs/testing.md is code of the tests of packages/testkit', () => {
  const page = { path: 'docs/testing.md', text: readText('docs/testing.md') };
  assert.equal(strayExcerpts(page, typescriptFiles('packages/testkit')), []);
});

test('the code in docs/benchmarking.md is code of examples/benchmark', () => {
  const page = { path: 'docs/benchmarking.md', text: readText('docs/benchmarking.md') };
  assert.equal(strayExcerpts(page, typescriptFiles('examples/benchmark')), []);
});

test('the code in docs/guide.md is code of examples/quickstart', () => {
  const page = { path: 'docs/guide.md', text: readText('docs/guide.md') };
  assert.equal(strayExcerpts(page, typescriptFiles(QUICKSTART)), []);
});

test('the README says what its example prints', () => {
  const { files, output } = exampleOf({ path: 'README.md', text: readText('README.md') });
  assert.equal([...files.keys()], ['actors.ts', 'main.ts']);
  assert.ok(output.length > 0);
});

const MADE = '```ts\n// main.ts, the start\nconst a = 1;\n```\nprints\n```text\n1\n```\n';

test('a README that differs from the code by one character is found', () => {
  const example = exampleOf({ path: 'made.md', text: MADE });
  assert.equal(example.output, '1\n');
  const read = (text: string) => (): string => text;
  assert.equal(strayFiles(example, read('/** Doc. */\n\nconst a = 1;\n')), []);
  assert.equal(strayFiles(example, read('const a = 2;\n')), ['main.ts']);
  assert.equal(
    strayFiles(example, () => undefined),
    ['main.ts'],
  );
});

test('an excerpt that is not in the source is found, whatever its indentation', () => {
  const source = { path: 'a.ts', text: 'function f() {\n  one();\n  two();\n}\n' };
  const excerpt = (code: string): TextFile => ({ path: 'made.md', text: `\`\`\`ts\n${code}\n\`\`\`\n` });
  assert.equal(strayExcerpts(excerpt('one();\ntwo();'), [source]), []);
  assert.equal(strayExcerpts(excerpt('one();\nthree();'), [source]), ['made.md:1']);
});

test('a block of code without the name of its file is found', () => {
  assert.throws(() => exampleOf({ path: 'made.md', text: '```ts\nconst a = 1;\n```\n' }), 'name the file');
});

test.run();
