/** Tests of the doorbell between real threads: no ring is lost, idle costs nothing, disposal leaves nothing behind. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createDoorbells, Doorbell, doorbellAt, ringDoorbell } from '../src/ring/doorbell.ts';
import { deferred, startThread } from './helpers/threads.ts';

async function pingPong(
  rounds: number,
  spinMaxUs: number,
  gapOf: (round: number) => number,
): Promise<Doorbell> {
  const bells = createDoorbells(2);
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const thread = startThread('doorbell-echo', { bells, cells, spinMaxUs });
  let sent = 0;
  const over = deferred<undefined>();
  const run = (): void => {
    do {
      if (Atomics.load(cells, 1) !== sent + 1 && sent > 0) continue;
      if (sent === rounds) {
        over.resolve(undefined);
        return;
      }
      for (let gap = gapOf(sent); gap > 0; gap -= 1) Atomics.load(cells, 0);
      sent += 1;
      Atomics.store(cells, 0, sent);
      ringDoorbell(bells, doorbellAt(1));
    } while (doorbell.rest());
  };
  const hasWork = (): boolean => Atomics.load(cells, 1) === sent + 1;
  const doorbell = new Doorbell({ words: bells, index: doorbellAt(0), hasWork, onWake: run, spinMaxUs });
  run();
  await over.promise;
  doorbell.dispose();
  Atomics.store(cells, 0, -1);
  ringDoorbell(bells, doorbellAt(1));
  assert.is(await thread.ended, 0, 'the thread ends by itself when its doorbell is disposed');
  return doorbell;
}

test('no ring is lost when both sides always sleep', async () => {
  const doorbell = await pingPong(3_000, 0, () => 0);
  assert.is(doorbell.catches, 0);
});

test('no ring is lost when rings come while the other side spins or falls asleep', async () => {
  await pingPong(20_000, 50, (round) => (round * 7_919) % 4_000);
});

test('a doorbell without work sleeps, and one ring wakes it once', async () => {
  const words = createDoorbells(1);
  let work = false;
  let wakes = 0;
  const woken = deferred<undefined>();
  const doorbell = new Doorbell({
    words,
    index: 0,
    hasWork: () => work,
    onWake: () => {
      wakes += 1;
      woken.resolve(undefined);
    },
  });
  assert.is(doorbell.rest(), false);
  assert.ok(doorbell.asleep);
  assert.is(doorbell.rest(), false, 'a sleeping host cannot go to sleep again');
  work = true;
  for (let n = 0; n < 5; n += 1) ringDoorbell(words, 0);
  await woken.promise;
  assert.is(doorbell.rest(), true);
  assert.is(doorbell.sleeps, 1);
  assert.is(wakes, 1);
  doorbell.dispose();
});

test('a notification without a ring does not wake the host, and the next ring does', async () => {
  const words = createDoorbells(1);
  const woken = deferred<undefined>();
  let wakes = 0;
  const onWake = (): void => {
    wakes += 1;
    woken.resolve(undefined);
  };
  const doorbell = new Doorbell({ words, index: 0, hasWork: () => false, onWake });
  doorbell.rest();
  Atomics.notify(words, 0);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(wakes, 0);
  doorbell.stir();
  await woken.promise;
  assert.is(wakes, 1);
  doorbell.dispose();
});

test('a host that is stirred wakes at once, and old waits never wake it again', async () => {
  const words = createDoorbells(1);
  let wakes = 0;
  const doorbell = new Doorbell({
    words,
    index: 0,
    hasWork: () => false,
    onWake: () => {
      wakes += 1;
    },
  });
  for (let n = 1; n <= 100; n += 1) {
    assert.is(doorbell.rest(), false);
    doorbell.stir();
    doorbell.stir();
    assert.is(wakes, n);
  }
  doorbell.rest();
  for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.is(wakes, 100);
  assert.ok(doorbell.asleep);
  assert.is(Atomics.notify(words, 0), 1, 'one wait for one sleep');
  doorbell.dispose();
});

test('a rest spins as long as its clock says, and tells how long it was', async () => {
  const words = createDoorbells(1);
  let timeUs = 0;
  let workAtUs = Number.POSITIVE_INFINITY;
  let wake = deferred<undefined>();
  const doorbell = new Doorbell({
    words,
    index: 0,
    hasWork: () => {
      timeUs += 0.5;
      return timeUs >= workAtUs;
    },
    onWake: () => wake.resolve(undefined),
    spinMaxUs: 50,
    now: () => timeUs / 1_000,
  });
  const restFor = async (us: number): Promise<boolean> => {
    workAtUs = timeUs + us;
    if (doorbell.rest()) return true;
    wake = deferred<undefined>();
    timeUs = Math.max(timeUs, workAtUs);
    ringDoorbell(words, 0);
    await wake.promise;
    return false;
  };
  const glance = doorbell.spinUs;
  assert.is(await restFor(20), false, 'a glance is too short');
  assert.is(await restFor(20), true, 'a trial is long enough');
  assert.ok(doorbell.spinUs > 20 && doorbell.spinUs <= 50);
  for (let n = 0; n < 40; n += 1) assert.is(await restFor(10_000), false);
  assert.is(doorbell.spinUs, glance);
  doorbell.dispose();
});

const CHILD = `
  const { Doorbell, createDoorbells } = await import(process.argv[1]);
  const doorbell = new Doorbell({ words: createDoorbells(1), index: 0, hasWork: () => false, onWake: () => {} });
  doorbell.rest();
  if (process.argv[2] === 'dispose') doorbell.dispose();
  if (process.argv[2] === 'release') doorbell.release();
  if (process.argv[2] === 'hold') setTimeout(() => { console.log('held'); doorbell.dispose(); }, 50).unref();
  process.on('exit', () => console.log('cpu', process.cpuUsage().user < 5_000_000));
`;

for (const [way, output] of [
  ['dispose', 'cpu true\n'],
  ['release', 'cpu true\n'],
  ['hold', 'held\ncpu true\n'],
] as const) {
  test(`a process with a sleeping doorbell ends by itself when it may (${way})`, async () => {
    const module = new URL('../src/ring/doorbell.js', import.meta.url).href;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', CHILD, module, way]);
    assert.is(stdout, output);
  });
}

test.run();
