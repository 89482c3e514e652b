import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layerOf, layerViolations } from '../src/layer-law.ts';
import { typescriptFiles } from '../src/repository.ts';
import { assertNone } from '../src/violation.ts';

const core = (path: string, text: string): { path: string; text: string } => ({
  path: `packages/core/src/${path}`,
  text,
});

test('the core keeps its layers', () => {
  assertNone(layerViolations(typescriptFiles('packages/core')));
});

test('a file that imports a higher layer is found, with its line and the way out', () => {
  const [found, ...more] = layerViolations([
    core('mailbox/mailbox.ts', "\nimport { cell } from '../actor/cell.ts';"),
  ]);
  assert.is(more.length, 0);
  assert.is(found?.line, 2);
  assert.match(found?.message ?? '', 'layer 2 imports layer 4');
  assert.match(found?.message ?? '', 'ports.ts');
});

test('a re-export and a dynamic import of a higher layer are found', () => {
  const files = [
    core('lib/a.ts', "export { cell } from '../actor/cell.ts';"),
    core('lib/b.ts', "const cell = await import('../actor/cell.ts');"),
  ];
  assert.is(layerViolations(files).length, 2);
});

test('a type from ports.ts may be imported from below, a value may not', () => {
  assert.is(layerViolations([core('lib/a.ts', "import type { Clock } from '../ports.ts';")]).length, 0);
  assert.is(layerViolations([core('lib/a.ts', "import { type Clock } from '../ports.ts';")]).length, 0);
  assert.is(layerViolations([core('lib/a.ts', "import { clock } from '../ports.ts';")]).length, 1);
});

test('two folders of one layer may not import each other both ways', () => {
  const there = core('mailbox/a.ts', "import { b } from '../credit/b.ts';");
  const back = core('credit/b.ts', "import { a } from '../mailbox/a.ts';");
  assert.is(layerViolations([there]).length, 0);
  assert.is(layerViolations([there, back]).length, 2);
});

test('files at the top of the core are units of their own', () => {
  const lib = core('lib/options.ts', "import { MillraceError } from '../errors.ts';");
  const limits = core('limits.ts', "import { assert } from './lib/assert.ts';");
  assert.is(layerViolations([lib, limits]).length, 0);
  const errors = core('errors.ts', "import { oneOf } from './lib/options.ts';");
  assert.is(layerViolations([lib, errors]).length, 2);
});

test('a folder that nobody gave a layer is found', () => {
  const [found] = layerViolations([core('novelty/a.ts', "import { b } from '../lib/b.ts';")]);
  assert.match(found?.message ?? '', 'without a layer');
});

test('tests may import what they like', () => {
  assert.is(layerViolations([core('lib/a.test.ts', "import { cell } from '../actor/cell.ts';")]).length, 0);
});

test('the table gives the layers of the design', () => {
  const layers = [
    'lib/assert.ts',
    'errors.ts',
    'ref.ts',
    'credit/lease.ts',
    'dispatch/d.ts',
    'actor/cell.ts',
  ];
  assert.equal(
    layers.map((path) => layerOf(`packages/core/src/${path}`)),
    [0, 0, 1, 2, 3, 4],
  );
});

test.run();
