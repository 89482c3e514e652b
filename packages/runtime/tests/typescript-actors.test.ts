/** Tests of actor modules in TypeScript, which are loaded as they are: by Node, or through tsx where Node does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError, type MillraceError } from '@millrace/core';
import { startSystem } from '../src/start.ts';
import { loaderBeside, needsLoader } from '../src/host/typescript.ts';
import type { Adder as AdderDefinition } from './fixtures/typescript-actors.mts';

/** The sources of the fixtures; this file runs compiled, in a folder beside them. */
const SOURCES = new URL('../../tests/fixtures/', import.meta.url);
const ACTORS = new URL('typescript-actors.mts', SOURCES);

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
test.after(() => rmSync(folder, { recursive: true }));

async function refusalOf(start: Promise<unknown>): Promise<MillraceError> {
  const refusal = await start.then(
    () => assert.unreachable('it must not start'),
    (error: unknown) => error,
  );
  assert.ok(isMillraceError(refusal, 'ERR_DEFINITIONS'), String(refusal));
  return refusal;
}

// Before any other: nothing has brought tsx into this thread yet.
test('a module in TypeScript that does not load is refused with its name, the cause and what would help', async () => {
  writeFileSync(join(folder, 'broken.ts'), 'export const actor: = 1;');
  const broken = pathToFileURL(join(folder, 'broken.ts'));
  const refusal = await refusalOf(startSystem({ actors: broken, workers: 1 }));
  assert.match(refusal.message, `module=${broken.href}, reason=it does not load`);
  assert.is(refusal.message.includes('needs=tsx beside the module'), needsLoader(broken.href));
  assert.instance(refusal.cause, Error);
});

test('actors in TypeScript run on the main thread and on workers', async () => {
  const system = await startSystem({ actors: ACTORS, workers: 2 });
  // Only now can this thread import it too.
  const { Adder } = (await import(ACTORS.href)) as { readonly Adder: typeof AdderDefinition };
  const places = ['main', 1, 2] as const;
  const adders = await Promise.all(places.map((placement) => system.spawn(Adder, { placement })));
  await Promise.all(adders.map((adder) => adder.ask('add', 2)));
  const answers = await Promise.all(adders.map((adder) => adder.ask('add', 3)));
  assert.equal(
    answers.map(({ total }) => total),
    [5, 5, 5],
  );
  assert.is(new Set(answers.map(({ thread }) => thread)).size, 3);
  const { problems } = await system.stop();
  assert.equal(problems, []);
});

test('where Node loads no TypeScript and there is no tsx the refusal says what would help', () => {
  assert.ok(needsLoader('file:///app/actors.ts', false));
  assert.ok(needsLoader('file:///app/actors.mts', false));
  assert.not(needsLoader('file:///app/actors.ts', true));
  assert.not(needsLoader('file:///app/actors.js', false));
  assert.is(loaderBeside('file:///nowhere/actors.ts'), undefined);
  assert.match(String(loaderBeside(ACTORS.href)), /tsx/);
});

test.run();
