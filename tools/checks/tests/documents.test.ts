import { posix } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorTableProblems } from '../src/error-table.ts';
import {
  codeBlocks,
  guarantees,
  headingAnchors,
  localAnchors,
  localLinks,
  npmScripts,
} from '../src/markdown.ts';
import {
  exists,
  filesBelow,
  isTest,
  type Manifest,
  readText,
  type TextFile,
  typescriptFiles,
  workspaces,
} from '../src/repository.ts';
import { testTitles } from '../src/test-titles.ts';

const SEMANTICS_MAX_LINES = 150;

const document = (path: string): TextFile => ({ path, text: readText(path) });
const made = (text: string): TextFile => ({ path: 'made.md', text });

const documents = (): TextFile[] =>
  [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...filesBelow('docs'),
    ...workspaces().map(({ folder }) => `${folder}/README.md`),
  ]
    .filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/') && exists(path))
    .map(document);

test('every error code is explained in docs/errors.md', () => {
  assert.equal(errorTableProblems(document('packages/core/src/errors.ts'), document('docs/errors.md')), []);
});

test('a code without a row, a row without a code and a row with other words are found', () => {
  const source = {
    path: 'errors.ts',
    text: "export const ERROR_TITLES = { ERR_A: 'it broke', ERR_B: 'it bent' } as const;",
  };
  const table = '| `ERR_A` | it broke | Mend it. |\n';
  assert.equal(errorTableProblems(source, made(`${table}| \`ERR_B\` | it bent | Bend it. |\n`)), []);
  assert.match(errorTableProblems(source, made(table))[0] ?? '', 'ERR_B');
  assert.match(
    errorTableProblems(source, made(`${table}| \`ERR_B\` | it sank | Lift it. |\n`))[0] ?? '',
    'it bent',
  );
  const surplus = made(`${table}| \`ERR_B\` | it bent | Bend it. |\n| \`ERR_C\` | it fell | Lift it. |\n`);
  assert.match(errorTableProblems(source, surplus)[0] ?? '', 'ERR_C, which does not exist');
});

test('every guarantee of docs/semantics.md names tests that exist', () => {
  const titles = new Set(
    workspaces().flatMap(({ folder }) =>
      typescriptFiles(folder)
        .filter(({ path }) => isTest(path))
        .flatMap(testTitles),
    ),
  );
  const semantics = document('docs/semantics.md');
  assert.ok(
    semantics.text.trimEnd().split('\n').length <= SEMANTICS_MAX_LINES,
    `more than ${SEMANTICS_MAX_LINES} lines`,
  );
  const listed = guarantees(semantics);
  assert.ok(listed.length > 0, 'docs/semantics.md lists no guarantee');
  const wrong = listed.flatMap(({ line, titles: named }) => {
    if (named.length === 0) return [`line ${line} names no test: end it with Held by "title of the test".`];
    return named
      .filter((title) => !titles.has(title))
      .map((title) => `line ${line}: no test is titled "${title}"`);
  });
  assert.equal(wrong, []);
});

test('guarantees are read with the titles that they name', () => {
  const text =
    '# Title\n\n- One. Held by "a b".\n- Two that goes on\n  in a second line. Held by\n  "c", "d".\n- Three.\n\nText "e".';
  assert.equal(
    guarantees(made(text)).map(({ line, titles }) => [line, titles]),
    [
      [3, ['a b']],
      [4, ['c', 'd']],
      [7, []],
    ],
  );
});

test('titles are read from literals and templates, and from nothing else', () => {
  const text =
    'test("one", () => {}); law(`two ${x}`, async function () {}); other("three", 3); test(name, () => {});';
  assert.equal(testTitles({ path: 'a.test.ts', text }), ['one', 'two *']);
});

for (const one of documents()) {
  test(`the links of ${one.path} lead to files that are there`, () => {
    const folder = posix.dirname(one.path);
    assert.equal(
      localLinks(one).filter((target) => !exists(posix.join(folder, target))),
      [],
    );
  });

  test(`the links of ${one.path} to a heading lead to one that is there`, () => {
    const folder = posix.dirname(one.path);
    assert.equal(
      localAnchors(one).filter(({ path, anchor }) => {
        const target = path === '' ? one : document(posix.join(folder, path));
        return !headingAnchors(target).includes(anchor);
      }),
      [],
    );
  });

  test(`the commands of ${one.path} exist`, () => {
    const { scripts = {} } = JSON.parse(readText('package.json')) as Manifest;
    assert.equal(
      npmScripts(one).filter((name) => !(name in scripts)),
      [],
    );
  });
}

test('decisions are numbered from 1, each number once', () => {
  const numbers = filesBelow('docs/adr').map((path) => Number(posix.basename(path).slice(0, 4)));
  assert.equal(
    numbers.toSorted((a, b) => a - b),
    numbers.map((_, index) => index + 1),
  );
});

test('links, commands and blocks are read from a document', () => {
  const text =
    'See [a](docs/a.md#part), [b](https://b.org), ![c](c.png), `[d](d.md)`.\n\n```sh\nnpm run check\nnpm test\n```\n';
  assert.equal(localLinks(made(text)), ['docs/a.md', 'c.png']);
  assert.equal(localAnchors(made(`${text}[e](#f)`)), [
    { path: 'docs/a.md', anchor: 'part' },
    { path: '', anchor: 'f' },
  ]);
  assert.equal(headingAnchors(made("# An actor's `life`\n\n## 10 × more\n")), ['an-actors-life', '10--more']);
  assert.equal(npmScripts(made(text)), ['check', 'test']);
  assert.equal(codeBlocks(made(text)), [{ language: 'sh', text: 'npm run check\nnpm test\n', line: 3 }]);
});

test.run();
