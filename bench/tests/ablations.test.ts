/** The ablations of Millrace answer the same questions: their messages add up, and each is what it says. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cell as fanIn } from '../macro/s2-fan-in.ts';
import { cell as zipfCount, type ZipfCountParams } from '../macro/s6-zipf-count.ts';
import { startFanIn } from '../millrace/main/floods.ts';
import { startZipfCount as startBare } from '../millrace/bare/zipf-count.ts';
import { startZipfCount } from '../millrace/main/zipf-count.ts';

const KEYS: ZipfCountParams = { theta: 0.99, workUs: 0, workers: 2, keys: 200, capacity: 1_024, p1: 0.1702 };
const TOOLS = { stepsPerUs: 1 };

for (const kind of ['hashed', 'roomy', 'named'] as const) {
  test(`${kind} keys handle every message of every pass once`, async () => {
    const subject = await startZipfCount(KEYS, TOOLS, kind);
    for (const messages of [2_000, 10_000]) {
      const sample = await subject.run(messages);
      assert.is(sample.offered, messages);
      const verdict = zipfCount.verify(KEYS, sample);
      assert.ok(verdict.ok, JSON.stringify(verdict));
      const perWorker = Array.from(sample.perWorker ?? []);
      assert.is(perWorker.length, 2);
      assert.is((perWorker[0] as number) + (perWorker[1] as number), messages);
      assert.ok(
        perWorker.every((handled) => handled > 0),
        `one worker has everything: ${perWorker.join()}`,
      );
    }
    await subject.stop();
  });
}

for (const ways of [
  { credit: 'leases', flushes: 'batches' },
  { credit: 'counter', flushes: 'batches' },
  { credit: 'leases', flushes: 'each' },
] as const) {
  test(`links and ${ways.credit} that flush ${ways.flushes} lose nothing, also where senders wait`, async () => {
    for (const capacity of [1_024, 2]) {
      const params = { ...KEYS, capacity };
      const subject = await startBare(params, ways);
      for (const messages of [2_000, 10_000]) {
        const sample = await subject.run(messages);
        assert.is(sample.offered, messages);
        const verdict = zipfCount.verify(params, sample);
        assert.ok(verdict.ok, JSON.stringify(verdict));
        assert.ok(Array.from(sample.perWorker ?? []).every((handled) => handled > 0));
      }
      await subject.stop();
    }
  });
}

test('a receiver with the largest mailbox handles every message once', async () => {
  const params = { placement: 'other', senders: 7, workers: 2, capacity: 1_024 } as const;
  const subject = await startFanIn(params, true);
  const sample = await subject.run(50_000);
  const verdict = fanIn.verify(params, sample);
  assert.ok(verdict.ok, JSON.stringify(verdict));
  await subject.stop();
});

test.run();
