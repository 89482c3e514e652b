import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exists, readText, workspaces } from '../src/repository.ts';
import { assertNone } from '../src/violation.ts';
import { loosePins, unlistedProjects } from '../src/workspace-shape.ts';

test('the root tsconfig.json lists every TypeScript project', () => {
  const projects = workspaces().flatMap(({ folder }) =>
    ['tsconfig.src.json', 'tsconfig.test.json', 'tsconfig.json']
      .map((name) => `${folder}/${name}`)
      .filter((path) => exists(path)),
  );
  assert.ok(projects.length > 0);
  assertNone(unlistedProjects(projects, readText('tsconfig.json')));
});

test('every dependency is pinned to one version', () => {
  assertNone(workspaces().flatMap(loosePins));
});

test('a project that the root does not list is found', () => {
  const config = '{ "references": [{ "path": "packages/a/tsconfig.src.json" }] }';
  const found = unlistedProjects(['packages/a/tsconfig.src.json', 'packages/b/tsconfig.src.json'], config);
  assert.equal(
    found.map(({ path }) => path),
    ['packages/b/tsconfig.src.json'],
  );
});

test('a range is found, an exact version and a workspace are not', () => {
  const dependencies = {
    a: '^1.0.0',
    b: '1.0.0',
    c: 'workspace:*',
    d: 'latest',
    e: 'npm:x@1.2.3',
    f: '~2.0.0',
  };
  const found = loosePins({ folder: 'packages/a', manifest: { name: 'a', version: '1.0.0', dependencies } });
  assert.equal(
    found.map(({ message }) => message.split(' ')[0]),
    ['a', 'd', 'f'],
  );
});

test.run();
