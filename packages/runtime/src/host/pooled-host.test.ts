/** Tests of one host with a runner whose words come in any order: what Piscina says and what the port says race. */
import { isMillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ThreadRunner } from './host-life.ts';
import type { FromHost, HostTask } from './host-messages.ts';
import { type HostObserver, PooledHost } from './pooled-host.ts';

/** Runs a script instead of a thread; a task that returns is done, as Piscina says at once. */
function runnerOf(script: (task: HostTask, signal: AbortSignal) => Promise<void>): ThreadRunner {
  return { run: script, endOf: () => 'exited' };
}

function say(task: HostTask, message: FromHost): void {
  task.port.postMessage(message);
}

/** Resolves when the pool has said that the thread may run. */
function goOf(task: HostTask): Promise<void> {
  return new Promise((resolve) => {
    task.port.once('message', () => resolve());
  });
}

/** A host with everything that was said of it. */
function hostOf(runner: ThreadRunner): { host: PooledHost; said: string[]; lost: Promise<void> } {
  const said: string[] = [];
  let lost = (): void => {};
  const whenLost = new Promise<void>((resolve) => {
    lost = resolve;
  });
  const observer: HostObserver = {
    hostReady: (_, incarnation) => said.push(`${incarnation} ready, post: ${host.post('hello', [])}`),
    hostLost: ({ incarnation, end, wasReady }) => {
      said.push(`${incarnation} ${end}, was ready: ${wasReady}`);
      lost();
    },
    hostMessage: () => {},
    warning: () => {},
  };
  const settings = {
    dataFor: () => undefined,
    main: new URL('file:///main.js'),
    observer,
    readyTimeoutMs: 20_000,
    restarts: { max: 0, withinMs: 1_000, backoffMinMs: 1, backoffMaxMs: 1 },
  };
  const host = new PooledHost(1, settings, runner);
  return { host, said, lost: whenLost };
}

test('a host that is done before its word that it is up is heard was up, and then lost', async () => {
  const { host, said, lost } = hostOf(
    runnerOf(async (task) => {
      say(task, { tag: 'hello' });
      await goOf(task);
      say(task, { tag: 'ready' });
      setImmediate(() => task.port.close());
      // The end of this function is heard at once, what it said a turn later.
    }),
  );
  await host.firstReady;
  await lost;
  assert.equal(said, ['1 ready, post: false', '1 exited, was ready: true']);
  assert.is(host.state, 'given up');
});

test('a host that is killed before its word that it is up is heard never was up', async () => {
  let kill = (): void => {};
  const { host, said } = hostOf(
    runnerOf(async (task, signal) => {
      say(task, { tag: 'hello' });
      await goOf(task);
      say(task, { tag: 'ready' });
      setImmediate(() => task.port.close());
      kill();
      assert.ok(signal.aborted);
    }),
  );
  kill = () => host.kill('test');
  const error = await host.firstReady.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isMillraceError(error, 'ERR_HOST_START'));
  assert.is(error.message, 'host did not start: host=1, end=killed');
  assert.equal(said, []);
});

test.run();
