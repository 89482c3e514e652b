/** The harness believes no pass that does not add up, grows passes until they are long enough, and warms up. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sumOfSequence } from '@millrace/testkit/bench';
import { measurePoint } from '../harness/pass.ts';
import { cell } from '../macro/s1-local-tell.ts';
import type { TallySample } from '../macro/tally.ts';

const params = { capacity: 8, idle: 0 };
const timing = { passMs: 100, warmUpMs: 0 };

/** A subject that takes a microsecond a message, or what it is told, on a clock of its own. */
function subject(
  tamper: (sample: TallySample, pass: number) => TallySample = (sample) => sample,
  microseconds: (spentMs: number) => number = () => 1,
) {
  const passes: number[] = [];
  let spentMs = 0;
  return {
    passes,
    spentMs: () => spentMs,
    run: (messages: number): Promise<TallySample> => {
      passes.push(messages);
      const elapsedMs = (messages * microseconds(spentMs)) / 1_000;
      spentMs += elapsedMs;
      const honest = {
        elapsedMs,
        offered: messages,
        received: messages,
        sum: sumOfSequence(messages),
      };
      return Promise.resolve(tamper(honest, passes.length));
    },
    stop: () => Promise.resolve(),
  };
}

test('passes grow until one is long enough, and the last one counts', async () => {
  const honest = subject();
  const outcome = await measurePoint(cell, params, honest, timing);
  assert.is(outcome.kind, 'measured');
  assert.is(honest.passes.at(-1), 100_000);
  assert.is(honest.passes[0], 1_000);
  if (outcome.kind === 'measured') {
    const rate = outcome.measures.find((measure) => measure.metric === 'throughput');
    assert.ok(Math.abs((rate?.value ?? 0) - 1e6) < 1e-3);
    assert.is(outcome.messages, 100_000);
  }
});

const defects: [string, (sample: TallySample) => TallySample][] = [
  ['one message lost', (sample) => ({ ...sample, received: sample.received - 1 })],
  ['one message twice', (sample) => ({ ...sample, received: sample.received + 1 })],
  ['one message changed', (sample) => ({ ...sample, sum: sample.sum + 1 })],
  [
    'fewer sent than asked',
    ({ elapsedMs, offered }) => {
      const sent = offered - 1;
      return { elapsedMs, offered: sent, received: sent, sum: sumOfSequence(sent) };
    },
  ],
];
for (const [name, tamper] of defects) {
  test(`${name} voids the point, in the measured pass and in a warm-up`, async () => {
    const early = await measurePoint(
      cell,
      params,
      subject((sample, pass) => (pass === 1 ? tamper(sample) : sample)),
      timing,
    );
    assert.is(early.kind, 'void');
    const late = await measurePoint(
      cell,
      params,
      subject((sample) => (sample.offered === 100_000 ? tamper(sample) : sample)),
      timing,
    );
    assert.is(late.kind, 'void');
  });
}

test('a subject that stands still for a while before it gets faster is measured at its full speed', async () => {
  // As when the engine has compiled the rest after 800 ms: until then nine passes are alike.
  const sluggish = subject(undefined, (spentMs) => (spentMs < 800 ? 4 : 1));
  const outcome = await measurePoint(cell, params, sluggish, { passMs: 100, warmUpMs: 1_000 });
  assert.is(outcome.kind, 'measured');
  if (outcome.kind !== 'measured') return;
  const rate = outcome.measures.find((measure) => measure.metric === 'throughput');
  assert.ok(Math.abs((rate?.value ?? 0) - 1e6) < 1e-3, `measured ${rate?.value}`);
});

test('every warm-up lasts its time, and not much longer when the subject gets faster for ever', async () => {
  for (const microseconds of [() => 0.1, () => 50, (spentMs: number) => 1.3 ** (-spentMs / 100)]) {
    const any = subject(undefined, microseconds);
    await measurePoint(cell, params, any, { passMs: 100, warmUpMs: 1_000 });
    assert.ok(any.spentMs() >= 1_000, `${any.spentMs()} ms are too short`);
    // Twice its time, one pass to overstep it, and the measured pass.
    assert.ok(any.spentMs() <= 2_000 + 2 * 100 + 50, `${any.spentMs()} ms are too long`);
  }
});

test('a cell may want a point warmed up longer than the run does', async () => {
  const patient = {
    ...cell,
    pace: { ...cell.pace, warmUpTimes: ({ idle }: { idle: number }) => (idle > 0 ? 2 : 1) },
  };
  for (const [idle, shortestMs] of [
    [0, 1_000],
    [1, 2_000],
  ] as const) {
    const steady = subject();
    await measurePoint(patient, { ...params, idle }, steady, { passMs: 100, warmUpMs: 1_000 });
    assert.ok(steady.spentMs() >= shortestMs + 100, `${steady.spentMs()} ms are too short`);
    assert.ok(steady.spentMs() <= shortestMs + 300, `${steady.spentMs()} ms are too long`);
  }
});

test.run();
