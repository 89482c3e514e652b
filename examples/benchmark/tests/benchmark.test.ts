/** The example measures, and the figures of a script of tinybench are void when messages are missing. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { throughput } from '@millrace/testkit/bench';
import { Bench } from 'tinybench';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.js');

test('the example prints a figure for each benchmark and ends well', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  assert.is(stderr, '');
  assert.is(status, 0);
  for (const name of ['one actor', 'a hundred actors, skewed']) {
    assert.match(stdout, new RegExp(`'${name}'.*\\d`));
  }
  assert.match(stdout, /^400 asks, in µs: p50 [\d.]+, p99 [\d.]+, p99\.9 [\d.]+$/m);
});

/** A benchmark of fifty messages to a receiver on this thread, which loses one of them. */
async function measured(lost: number) {
  const received = { messages: 0, sum: 0 };
  const bench = new Bench({ time: 1, iterations: 2, warmup: false });
  const run = throughput({
    messages: 50,
    send: (value) => {
      if (value === lost) return;
      received.messages += 1;
      received.sum += value;
    },
    tally: () => ({ ...received }),
    arriveWithinMs: 0,
  });
  bench.add('fifty', run);
  await bench.run();
  return bench.tasks[0]?.result;
}

test('one message in fifty is lost: the task has an error instead of a figure', async () => {
  const result = await measured(7);
  assert.is(result?.state, 'errored');
  if (result?.state === 'errored') assert.match(result.error.message, 'VOID: the messages do not add up');
});

test('the library shows messages and not runs a second', async () => {
  const result = await measured(-1);
  assert.is(result?.state, 'completed');
  if (result?.state !== 'completed') return;
  const { latency, throughput: perSecond } = result;
  assert.ok(latency.mean > 0);
  // A run of fifty takes fifty times as long as a message: the inverse is of one message.
  assert.ok(Math.abs(perSecond.max - 1_000 / latency.min) / perSecond.max < 1e-9);
});

test.run();
