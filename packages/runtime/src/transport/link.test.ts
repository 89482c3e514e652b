/** Tests of a link on one thread: everything arrives in order and as it was sent, through rings however small. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { drain, readerOn, writerOn } from '../../tests/helpers/links.ts';
import { type Dice, diceFrom, difference, payloadFrom } from '../../tests/helpers/payloads.ts';
import { createLinkMemory } from '../ring/link-memory.ts';
import type { Batch } from './link-reader.ts';

test('every field of a message arrives, at the ends of its range too', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const rows: [number, number, number, number, number][] = [
    [0, 0, 0, 0, 0],
    [255, 65_535, 2 ** 31 - 1, -(2 ** 31), -1],
    [128, 32_768, -5, 7, 9],
  ];
  for (const row of rows) writer.append(...row, 'x');
  writer.flush();
  const batch = readerOn(memory).take() as Batch;
  const arrived = rows.map((_, i) => [
    batch.kind(i),
    batch.handler(i),
    batch.target(i),
    batch.from(i),
    batch.ask(i),
  ]);
  assert.equal(arrived, rows);
});

function randomTraffic(dice: Dice): void {
  const memory = createLinkMemory(4_096 << dice(3));
  let writer = writerOn(memory);
  let reader = readerOn(memory);
  const sent: unknown[] = [];
  let taken = 0;
  const takeSome = (frames: number): void => {
    for (let frame = 0; frame < frames; frame += 1) {
      const batch = reader.take();
      if (batch === undefined) return;
      for (let i = 0; i < batch.count; i += 1) {
        assert.is(batch.target(i), taken);
        const found = difference(sent[taken], batch.payloads[i]);
        if (found !== undefined) assert.unreachable(`message ${taken}: ${found}`);
        taken += 1;
      }
    }
  };
  for (let step = 0; step < 300; step += 1) {
    const burst = dice(dice(10) === 0 ? 400 : 5);
    for (let i = 0; i < burst; i += 1) {
      const payload = dice(3) > 0 ? dice(1_000) : payloadFrom(dice, 3);
      assert.ok(writer.append(1, 2, sent.length, 0, 0, payload));
      sent.push(payload);
    }
    if (dice(2) === 0) writer.flush();
    if (dice(2) === 0) takeSome(dice(4));
    if (writer.pending === 0 && dice(20) === 0) writer = writerOn(memory);
    if (writer.pending === 0 && dice(20) === 0) {
      takeSome(Number.POSITIVE_INFINITY);
      reader = readerOn(memory);
    }
  }
  while (!writer.flush()) takeSome(1);
  takeSome(Number.POSITIVE_INFINITY);
  assert.is(taken, sent.length);
  assert.is(reader.corruptions, 0);
}

const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() & 0x7fffffff);

test(`any traffic arrives in order and as it was sent (seed ${SEED})`, () => {
  for (let seed = SEED; seed < SEED + 30; seed += 1) {
    try {
      randomTraffic(diceFrom(seed));
    } catch (error) {
      throw new Error(`failed with MILLRACE_SEED=${seed}`, { cause: error });
    }
  }
});

test('a message hundreds of times the size of the ring arrives in its place', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const reader = readerOn(memory);
  const bytes = new Uint8Array(900_000).map((_, i) => i * 7);
  writer.append(1, 0, 0, 0, 0, 'before');
  writer.append(1, 0, 0, 0, 0, bytes);
  writer.append(1, 0, 0, 0, 0, { text: 'é'.repeat(200_000) });
  writer.append(1, 0, 0, 0, 0, 'after');
  const arrived: unknown[] = [];
  while (!writer.flush()) arrived.push(...drain(reader));
  arrived.push(...drain(reader));
  assert.is(difference(['before', bytes, { text: 'é'.repeat(200_000) }, 'after'], arrived), undefined);
});

test('a writer that found the ring full is woken once when half of it is free', () => {
  const memory = createLinkMemory(4_096);
  let wakes = 0;
  const writer = writerOn(memory);
  const reader = readerOn(memory, { wakeWriter: () => (wakes += 1) });
  for (let n = 0; n < 1_000; n += 1) writer.append(1, 0, n, 0, 0, n);
  assert.not.ok(writer.flush());
  assert.ok(writer.pending > 0);
  const arrived = drain(reader);
  assert.is(wakes, 1);
  while (!writer.flush()) arrived.push(...drain(reader));
  arrived.push(...drain(reader));
  assert.equal(
    arrived,
    Array.from({ length: 1_000 }, (_, n) => n),
  );
});

test.run();
