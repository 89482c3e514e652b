/** The harness believes no pass that does not add up, and grows passes until they are long enough. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sumOfSequence } from '@millrace/testkit/bench';
import { measurePoint } from '../harness/pass.ts';
import { cell } from '../macro/s1-local-tell.ts';
import type { TallySample } from '../macro/tally.ts';

const params = { capacity: 8, idle: 0 };

/** A subject that takes a microsecond a message on a clock of its own. */
function subject(tamper: (sample: TallySample, pass: number) => TallySample) {
  const passes: number[] = [];
  return {
    passes,
    run: (messages: number): Promise<TallySample> => {
      passes.push(messages);
      const honest = {
        elapsedMs: messages / 1_000,
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
  const honest = subject((sample) => sample);
  const outcome = await measurePoint(cell, params, honest, 100);
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
      100,
    );
    assert.is(early.kind, 'void');
    const late = await measurePoint(
      cell,
      params,
      subject((sample) => (sample.offered === 100_000 ? tamper(sample) : sample)),
      100,
    );
    assert.is(late.kind, 'void');
  });
}

test.run();
