import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packageViolations } from '../src/package-law.ts';
import { isTest, typescriptFiles, type Workspace, workspaces } from '../src/repository.ts';
import { assertNone } from '../src/violation.ts';

const core: Workspace = {
  folder: 'packages/core',
  manifest: { name: '@millrace/core', version: '1.0.0', dependencies: { eventemitter3: '5.0.4' } },
};
const runtime: Workspace = {
  folder: 'packages/runtime',
  manifest: {
    name: 'millrace',
    version: '1.0.0',
    dependencies: { piscina: '5.3.2', '@millrace/core': 'workspace:*' },
  },
};

const messages = (workspace: Workspace, path: string, text: string): string[] =>
  packageViolations(workspace, [{ path: `${workspace.folder}/${path}`, text }]).map(({ message }) => message);

for (const workspace of workspaces()) {
  test(`${workspace.folder} imports only what it may`, () => {
    assertNone(packageViolations(workspace, typescriptFiles(workspace.folder)));
  });
}

test('Node in the core is found', () => {
  assert.match(
    messages(core, 'src/a.ts', "import { join } from 'node:path';")[0] ?? '',
    'may not import node:',
  );
});

test('a package that is not in the table is found', () => {
  assert.match(messages(core, 'src/a.ts', "import x from 'lodash/fp';")[0] ?? '', 'may not import lodash');
});

test('a path into another workspace is found', () => {
  const [found] = messages(runtime, 'src/a.ts', "import { x } from '../../core/src/ref.ts';");
  assert.match(found ?? '', 'leaves packages/runtime');
});

test('a dependency outside the one file that may know it is found', () => {
  assert.match(
    messages(runtime, 'src/start.ts', "import { Piscina } from 'piscina';")[0] ?? '',
    'only packages/runtime/src/host',
  );
  assert.equal(messages(runtime, 'src/host/host-pool.ts', "import { Piscina } from 'piscina';"), []);
});

test('an allowed package that package.json does not declare is found', () => {
  const [found] = messages(runtime, 'src/codec/a.ts', "import { Packr } from 'msgpackr';");
  assert.match(found ?? '', 'not in the package.json');
});

test('a published package without a row in the table is found', () => {
  const fresh: Workspace = { folder: 'packages/fresh', manifest: { name: 'fresh', version: '1.0.0' } };
  assert.match(messages(fresh, 'src/a.ts', "import 'node:fs';")[0] ?? '', 'not in the table');
});

test('a circle of imports is found once, and a circle of types is none', () => {
  const files = (kind: string): { path: string; text: string }[] => [
    { path: 'packages/core/src/a.ts', text: `import ${kind} { b } from './b.ts';` },
    { path: 'packages/core/src/b.ts', text: `import ${kind} { c } from './c.ts';` },
    { path: 'packages/core/src/c.ts', text: `import ${kind} { a } from './a.ts';` },
  ];
  const found = packageViolations(core, files(''));
  assert.is(found.length, 1);
  assert.match(found[0]?.message ?? '', 'a.ts → b.ts → c.ts → a.ts');
  assert.is(packageViolations(core, files('type')).length, 0);
});

test('nothing imports the examples or the bench', () => {
  const names = new Set(
    workspaces()
      .filter(({ folder }) => /^(examples|bench)\b/.test(folder))
      .map(({ manifest }) => manifest.name),
  );
  const dependents = workspaces().filter(({ manifest }) =>
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).some((name) => names.has(name)),
  );
  assert.equal(
    dependents.map(({ folder }) => folder).filter((folder) => !folder.startsWith('bench')),
    [],
  );
});

test('a test is told from a source by its path', () => {
  assert.equal(['src/a.ts', 'src/a.test.ts', 'packages/core/tests/helper.ts'].map(isTest), [
    false,
    true,
    true,
  ]);
});

test.run();
