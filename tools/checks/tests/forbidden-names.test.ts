import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anyTypes, focusedTests, impureNames } from '../src/forbidden-names.ts';
import { type TextFile, typescriptFiles, workspaces } from '../src/repository.ts';
import { assertNone } from '../src/violation.ts';

const all = (): TextFile[] => workspaces().flatMap(({ folder }) => typescriptFiles(folder));
const inCore = (text: string): number => impureNames({ path: 'packages/core/src/a.ts', text }).length;

test('the core takes time, chance and shared memory from its ports alone', () => {
  assertNone(typescriptFiles('packages/core').flatMap(impureNames));
});

test('no type is any', () => {
  assertNone(all().flatMap(anyTypes));
});

test('no test is focused', () => {
  assertNone(all().flatMap(focusedTests));
});

for (const use of [
  'Date.now()',
  "Date['now']()",
  'new Date()',
  'const { random } = Math; Math.random()',
  'performance.now()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'queueMicrotask(f)',
  'Atomics.load(a, 0)',
  'const load = Atomics.load',
  'globalThis.setTimeout(f)',
  'process.exit()',
  "console.log('x')",
]) {
  test(`${use} in the core is found`, () => {
    assert.is(inCore(use), 1);
  });
}

test('names that only look like it are not found', () => {
  assert.is(
    inCore('clock.setTimeout(f); x.process(); ({ performance: 1 }); new Date(0); Math.max(1, 2);'),
    0,
  );
  assert.is(inCore("const text = 'Date.now()'; // Atomics.load"), 0);
  assert.is(inCore('interface Timers { setTimeout(f: () => void): void }'), 0);
});

test('the same names outside the core, and in its tests, are not found', () => {
  assert.is(impureNames({ path: 'packages/runtime/src/a.ts', text: 'Date.now()' }).length, 0);
  assert.is(impureNames({ path: 'packages/core/src/a.test.ts', text: 'Date.now()' }).length, 0);
});

test('any is found wherever a type can stand', () => {
  const text = 'let a: any; function f(x: any[]): Promise<any> { return x as any; }';
  assert.is(anyTypes({ path: 'a.ts', text }).length, 4);
  assert.is(anyTypes({ path: 'a.ts', text: 'const any = 1; // any' }).length, 0);
});

test('a focused test is found', () => {
  assert.is(focusedTests({ path: 'a.test.ts', text: "test.only('a', () => {});" }).length, 1);
  assert.is(focusedTests({ path: 'a.test.ts', text: "test('a', () => {});" }).length, 0);
});

test.run();
