import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { moduleDocViolations, undocumentedExports } from '../src/documentation.ts';
import {
  exists,
  isTest,
  publishedWorkspaces,
  readText,
  type TextFile,
  typescriptFiles,
  workspaces,
} from '../src/repository.ts';
import { assertNone } from '../src/violation.ts';

const DOC = '/**\n * Owns a counter; holds that it never goes down.\n */\n';
const moduleDoc = (text: string): number => moduleDocViolations({ path: 'a.ts', text }).length;

for (const { folder } of workspaces()) {
  test(`every source file of ${folder} opens with its module doc`, () => {
    const sources = typescriptFiles(folder).filter(({ path }) => !isTest(path));
    assertNone(sources.flatMap(moduleDocViolations));
  });
}

for (const { folder, manifest } of publishedWorkspaces()) {
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (target === null || typeof target === 'string' || target.source === undefined) continue;
    const entry = `${folder}/${target.source.replace('./', '')}`;
    test(`every name exported from ${manifest.name} at "${subpath}" is documented`, () => {
      assert.ok(exists(entry), `${entry} is missing`);
      const read = (path: string): TextFile | undefined =>
        exists(path) ? { path, text: readText(path) } : undefined;
      // The main entry is what users write against; other entries serve packages that extend Millrace.
      assertNone(undocumentedExports(entry, read, { members: subpath === '.' }));
    });
  }
}

test('a file without a module doc is found', () => {
  assert.is(moduleDoc(`${DOC}\nexport const a = 1;`), 0);
  assert.is(moduleDoc('export const a = 1;'), 1);
  assert.is(moduleDoc('// A line comment is no module doc, however long it is.\nexport const a = 1;'), 1);
  assert.is(moduleDoc(`import { x } from './x.ts';\n${DOC}`), 1);
  assert.is(moduleDoc('/** Short. */\n\nexport const a = 1;'), 1);
});

test('the doc of the first declaration does not pass for a module doc', () => {
  assert.is(moduleDoc(`${DOC}export const a = 1;`), 1);
  assert.is(moduleDoc(`${DOC}import { x } from './x.ts';`), 0);
  assert.is(moduleDoc(`${DOC}\n/** Its own doc. */\nexport const a = 1;`), 0);
});

const undocumented = (files: Readonly<Record<string, string>>): string[] => {
  const read = (path: string): TextFile | undefined => {
    const text = files[path];
    return text === undefined ? undefined : { path, text };
  };
  return undocumentedExports('src/index.ts', read, { members: true }).map(({ message }) => message);
};

test('an exported name without a doc is found where it is declared, through re-exports', () => {
  const files = {
    'src/index.ts': "export { a as b } from './a.ts'; export type { C } from './c.ts';",
    'src/a.ts': "export { a } from './deep.ts';",
    'src/deep.ts': 'export const a = 1;',
    'src/c.ts': 'interface C { readonly x: number }\nexport type { C };',
  };
  assert.equal(undocumented(files), ['a is exported: document it', 'C is exported: document it']);
});

test('a documented name with an undocumented member is found', () => {
  const files = {
    'src/index.ts': "export { Box } from './a.ts';",
    'src/a.ts':
      '/** A box. */\nexport class Box {\n  #own = 1;\n  constructor() {}\n  [Symbol.iterator]() {}\n  size(): number { return this.#own; }\n}',
  };
  assert.equal(undocumented(files), ['Box is exported: document its member size']);
});

test('a name that is not exported from the entry needs no doc', () => {
  const files = {
    'src/index.ts': "export { a } from './a.ts';",
    'src/a.ts': '/** One. */\nexport const a = 1;\nexport const inner = 2;',
  };
  assert.equal(undocumented(files), []);
});

test('export * is refused', () => {
  assert.match(undocumented({ 'src/index.ts': "export * from './a.ts';" })[0] ?? '', 'export *');
});

test.run();
