// test-deadline-s: 120 because it starts some fifty threads, and their starts share two cores with others
/** Tests of the pool with real threads: every way in which a host can start, live and end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isMillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HostPool, type HostPoolOptions } from '../src/host/host-pool.ts';
import type { HostLoss, HostObserver } from '../src/host/pooled-host.ts';
import type { BehaviourData } from './fixtures/host-behaviours.ts';

const MAIN = new URL('./fixtures/host-behaviours.js', import.meta.url);
const RESTARTS = { max: 3, withinMs: 60_000, backoffMinMs: 1, backoffMaxMs: 10 };

interface Echo {
  readonly host: number;
  readonly incarnation: number;
  readonly threadId: number;
  readonly message: unknown;
}

/** An observer that keeps everything and can be waited on. */
class Log implements HostObserver {
  readonly losses: HostLoss[] = [];
  readonly ready: string[] = [];
  readonly warnings: Error[] = [];
  readonly #messages: unknown[] = [];
  readonly #waiting: (() => void)[] = [];

  hostReady(host: number, incarnation: number): void {
    this.ready.push(`${host}:${incarnation}`);
    this.#changed();
  }

  hostLost(loss: HostLoss): void {
    this.losses.push(loss);
    this.#changed();
  }

  hostMessage(_host: number, message: unknown): void {
    this.#messages.push(message);
    this.#changed();
  }

  warning(error: Error): void {
    this.warnings.push(error);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async message<T>(): Promise<T> {
    await this.until(() => this.#messages.length > 0);
    return this.#messages.shift() as T;
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function poolOf(
  workers: number,
  log: Log,
  behaviour: BehaviourData['behaviour'] | ((host: number, incarnation: number) => BehaviourData),
  more: Partial<HostPoolOptions> = {},
): Promise<HostPool> {
  const dataFor = typeof behaviour === 'string' ? (): BehaviourData => ({ behaviour }) : behaviour;
  return HostPool.start({
    workers,
    main: MAIN,
    dataFor,
    observer: log,
    readyTimeoutMs: 20_000,
    restarts: RESTARTS,
    ...more,
  });
}

test('hosts are up when the pool is, each on a thread of its own, and end in order', async () => {
  const log = new Log();
  const pool = await poolOf(3, log, 'echo');
  assert.equal([...log.ready].sort(), ['1:1', '2:1', '3:1']);
  for (const host of [1, 2, 3]) assert.ok(pool.post(host, `hello ${host}`));
  const echoes = [await log.message<Echo>(), await log.message<Echo>(), await log.message<Echo>()];
  assert.equal(echoes.map(({ host, message }) => `${host} ${String(message)}`).sort(), [
    '1 hello 1',
    '2 hello 2',
    '3 hello 3',
  ]);
  assert.is(new Set(echoes.map(({ threadId }) => threadId)).size, 3);
  await Promise.all([pool.stop(10_000), pool.stop(10_000)]);
  assert.equal(
    [1, 2, 3].map((host) => pool.stateOf(host)),
    ['stopped', 'stopped', 'stopped'],
  );
  assert.is(pool.post(1, 'too late'), false);
  assert.equal(log.losses, []);
});

const FAILURES: readonly [BehaviourData['behaviour'], HostLoss['end'], RegExp][] = [
  ['throw later', 'threw', /thrown later/],
  ['reject in background', 'threw', /rejected later/],
  ['exit', 'exited', /exited with code: 3/],
  ['out of memory', 'out of memory', /memory/],
];

for (const [behaviour, end, message] of FAILURES) {
  test(`a host that fails (${behaviour}) is reported once with its cause, and is started again`, async () => {
    const log = new Log();
    const threads = { resourceLimits: { maxOldGenerationSizeMb: 40 } };
    const pool = await poolOf(2, log, behaviour, { threads });
    pool.post(1, 'fail');
    await log.until(() => log.ready.includes('1:2'));
    assert.is(log.losses.length, 1);
    const loss = log.losses[0] as HostLoss;
    assert.equal([loss.host, loss.incarnation, loss.end, loss.wasReady], [1, 1, end, true]);
    assert.ok(isMillraceError(loss.error, 'ERR_HOST_LOST'));
    assert.match((loss.error.cause as Error).message, message);
    pool.post(1, 'again');
    pool.post(2, 'still');
    const echoes = [await log.message<Echo>(), await log.message<Echo>()];
    assert.equal(echoes.map((echo) => `${echo.host}:${echo.incarnation}`).sort(), ['1:2', '2:1']);
    await pool.stop(10_000);
  });
}

test('a host that is stuck in a loop can be killed, and is started again', async () => {
  const log = new Log();
  const pool = await poolOf(1, log, 'stuck');
  pool.post(1, 'fail');
  pool.kill(1, 'stuck turn');
  pool.kill(1, 'twice does no harm');
  await log.until(() => log.ready.includes('1:2'));
  assert.equal(
    log.losses.map((loss) => loss.end),
    ['killed'],
  );
  assert.match(log.losses[0]?.error.message ?? '', /reason=stuck turn/);
  await pool.stop(10_000);
});

test('when a loss is reported the thread has ended, also when the host left timers behind', async () => {
  const log = new Log();
  const ticks = new Int32Array(new SharedArrayBuffer(4));
  const pool = await poolOf(1, log, (_, incarnation) => ({
    behaviour: incarnation === 1 ? 'tick' : 'echo',
    ticks,
  }));
  while (Atomics.load(ticks, 0) < 3) await new Promise((resolve) => setImmediate(resolve));
  pool.post(1, 'fail');
  await log.until(() => log.losses.length > 0);
  const atLoss = Atomics.load(ticks, 0);
  const cause = log.losses[0]?.error.cause as Error;
  assert.is(cause.message, 'tick failed');
  assert.instance(cause.cause, TypeError);
  await log.until(() => log.ready.includes('1:2'));
  pool.post(1, 'round trip');
  await log.message();
  assert.is(Atomics.load(ticks, 0), atLoss);
  await pool.stop(10_000);
});

test('when the pool has stopped no thread runs on, not even for what a host left behind', async () => {
  const ticks = new Int32Array(new SharedArrayBuffer(4));
  const pool = await poolOf(1, new Log(), () => ({ behaviour: 'tick', ticks }));
  await pool.stop(10_000);
  const atStop = Atomics.load(ticks, 0);
  const other = await poolOf(1, new Log(), 'echo');
  await other.stop(10_000);
  assert.is(Atomics.load(ticks, 0), atStop);
});

test('a host that returns without being asked is lost', async () => {
  const log = new Log();
  const pool = await poolOf(1, log, (_, incarnation) => ({
    behaviour: incarnation === 1 ? 'return' : 'echo',
  }));
  await log.until(() => log.ready.includes('1:2'));
  assert.equal(
    log.losses.map((loss) => loss.end),
    ['exited'],
  );
  await pool.stop(10_000);
});

test('a start fails as a whole when one host throws, and its error arrives', async () => {
  const log = new Log();
  try {
    await poolOf(2, log, (host) => ({ behaviour: host === 2 ? 'throw at start' : 'echo' }));
    assert.unreachable('the start must fail');
  } catch (error) {
    assert.ok(isMillraceError(error, 'ERR_HOST_START'));
    assert.is(error.message, 'host did not start: host=2, end=threw');
    assert.instance(error.cause, RangeError);
    assert.is((error.cause as NodeJS.ErrnoException).code, 'E_BAD');
  }
});

test('a start fails when a host is not ready in time, or its module cannot be loaded', async () => {
  for (const [more, expected] of [
    [{ readyTimeoutMs: 200 }, /end=not ready in time/],
    [{ main: new URL('./fixtures/no-such-file.js', import.meta.url) }, /end=threw/],
    [{ main: new URL('./helpers/threads.js', import.meta.url) }, /end=threw/],
  ] as const) {
    let failure: unknown;
    await poolOf(1, new Log(), 'never ready', more).catch((error: unknown) => {
      failure = error;
    });
    assert.ok(isMillraceError(failure, 'ERR_HOST_START'));
    assert.match(failure.message, expected);
  }
});

test('a replacement that is not ready in time is given up on only when the budget is spent', async () => {
  const log = new Log();
  const behaviours: Record<number, BehaviourData['behaviour']> = {
    1: 'exit',
    2: 'never ready',
    3: 'throw at start',
  };
  const pool = await poolOf(1, log, (_, n) => ({ behaviour: behaviours[n] ?? 'exit' }), {
    readyTimeoutMs: 2_000,
  });
  pool.post(1, 'fail');
  await log.until(() => log.ready.includes('1:4'));
  assert.equal(
    log.losses.map((loss) => loss.end),
    ['exited', 'not ready in time', 'threw'],
  );
  assert.equal(
    log.losses.map((loss) => loss.restartInMs),
    [1, 2, 4],
  );
  pool.post(1, 'fail');
  await log.until(() => log.losses.length === 4);
  assert.is(log.losses[3]?.restartInMs, undefined);
  assert.is(pool.stateOf(1), 'given up');
  await pool.stop(10_000);
});

test('a host that does not end when asked is ended by force at the deadline', async () => {
  const log = new Log();
  const pool = await poolOf(2, log, (host) => ({ behaviour: host === 1 ? 'ignore stop' : 'echo' }));
  await pool.stop(100);
  assert.equal([pool.stateOf(1), pool.stateOf(2)], ['stopped', 'stopped']);
  assert.equal(log.losses, []);
});

test('a stop while a host waits for its restart leaves nothing behind', async () => {
  const log = new Log();
  const restarts = { ...RESTARTS, backoffMinMs: 60_000, backoffMaxMs: 60_000 };
  const pool = await poolOf(1, log, 'exit', { restarts });
  pool.post(1, 'fail');
  await log.until(() => log.losses.length === 1);
  assert.is(pool.stateOf(1), 'waiting');
  await pool.stop(10_000);
  assert.is(pool.stateOf(1), 'stopped');
});

test('environment, arguments and resource limits reach the threads', async () => {
  const log = new Log();
  const threads = {
    env: { MILLRACE_TEST: 'yes' },
    argv: ['--a'],
    execArgv: ['--no-warnings'],
    resourceLimits: { maxOldGenerationSizeMb: 77 },
  };
  const pool = await poolOf(1, log, 'echo', { threads });
  pool.post(1, 'x');
  const facts = await log.message<Echo & Record<string, unknown>>();
  assert.equal(
    [facts['env'], facts['argv'], facts['execArgv'], facts['heapMb']],
    ['yes', ['--a'], ['--no-warnings'], 77],
  );
  await pool.stop(10_000);
});

const CHILD = `
  const { HostPool } = await import(process.argv[1]);
  const observer = { hostReady() {}, hostLost() {}, hostMessage() {}, warning() {} };
  const restarts = { max: 1, withinMs: 1000, backoffMinMs: 1, backoffMaxMs: 1 };
  const main = new URL(process.argv[2]);
  const pool = await HostPool.start({ workers: 2, main, dataFor: () => ({ behaviour: 'echo' }), observer, readyTimeoutMs: 20_000, restarts });
  setTimeout(() => pool.stop(10_000).then(() => console.log('stopped', process.getActiveResourcesInfo().filter((r) => /Port|Worker/.test(r)).length)), 100).unref();
`;

test('running hosts keep the process alive, and after a stop it ends by itself', async () => {
  const module = new URL('../src/host/host-pool.js', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', CHILD, module, MAIN.href],
    { timeout: 60_000 },
  );
  assert.match(stdout, /^stopped/);
});

test.run();
