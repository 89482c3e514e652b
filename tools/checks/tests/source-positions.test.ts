import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The stack with which the worker of the fixture fails. */
const failure = async (options: { readonly execArgv?: string[] }): Promise<string> => {
  const worker = new Worker(new URL('./fixtures/throwing-worker.js', import.meta.url), options);
  const failed = once(worker, 'error');
  worker.postMessage('go');
  const [error] = (await failed) as [Error];
  return String(error.stack);
};

test('a stack of this thread shows positions in TypeScript', () => {
  assert.match(String(new Error('here').stack), /source-positions\.test\.ts:\d+/);
});

test('a stack of a worker thread shows positions in TypeScript', async () => {
  assert.match(await failure({}), /fixtures\/throwing-worker\.ts:5:/);
});

test('a worker with its own execArgv shows positions in TypeScript as well', async () => {
  assert.match(await failure({ execArgv: [] }), /fixtures\/throwing-worker\.ts:5:/);
});

test.run();
