import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../src/repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
test.after(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({ compilerOptions: { strict: true, target: 'es2023', module: 'nodenext', types: [] } }),
);

/** What the linter says, with the configuration of this repository, about one file of TypeScript. */
const lint = (text: string): string => {
  const file = join(folder, 'planted.ts');
  writeFileSync(file, text);
  const args = ['-c', join(ROOT, '.oxlintrc.json'), '--deny-warnings', '--format=unix', file];
  // It looks for its helper that knows types on the path.
  const bin = join(ROOT, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  return spawnSync(join(bin, 'oxlint'), args, { cwd: folder, env, encoding: 'utf8' }).stdout;
};

const PLANTED: Readonly<Record<string, string>> = {
  'no-explicit-any': 'export const a: any = 1;',
  'no-floating-promises': 'async function f(): Promise<void> {}\nexport function g(): void { f(); }',
  'no-misused-promises':
    'async function f(): Promise<boolean> { return true; }\nexport const a = f() ? 1 : 2;',
  'await-thenable': 'export async function f(): Promise<void> { await 1; }',
  'no-unsafe-return': 'export function f(text: string): string { return JSON.parse(text); }',
  'switch-exhaustiveness-check':
    "export function f(a: 'x' | 'y'): number { switch (a) { case 'x': return 1; } return 2; }",
  'no-non-null-assertion': 'export function f(a: string | undefined): string { return a!; }',
  'ban-ts-comment': '// @ts-ignore\nexport const a: number = 1;',
};

for (const [rule, text] of Object.entries(PLANTED)) {
  test(`the linter finds a planted breach of ${rule}`, () => {
    assert.match(lint(text), rule);
  });
}

test('the linter is content with code that breaks no rule', () => {
  assert.not.match(lint('export const a: number = 1;'), 'planted.ts');
});

test.run();
