/** Tests of payloads that a link cannot send, or that change before they leave: each costs itself alone. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf, drain, MAX_BYTES, readerOn, writerOn } from '../../tests/helpers/links.ts';
import { createLinkMemory } from '../ring/link-memory.ts';
import { LOST_PAYLOAD } from './link-reader.ts';

test('a message above the limit is refused when it is sent, and nothing of it leaves', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const tooLarge = new Uint8Array(MAX_BYTES + 1);
  assert.match(
    codeOf(() => writer.append(1, 0, 0, 0, 0, tooLarge)),
    /^ERR_MESSAGE_TOO_LARGE .*limitBytes=1000000/,
  );
  let shared: unknown = 'x';
  for (let level = 0; level < 60; level += 1) shared = [shared, shared];
  assert.match(
    codeOf(() => writer.append(1, 0, 0, 0, 0, shared)),
    /^ERR_MESSAGE_TOO_LARGE/,
  );
  assert.is(writer.pending, 0);
  writer.append(1, 0, 0, 0, 0, new Uint8Array(MAX_BYTES - 100));
  assert.is(writer.pending, 1);
});

test('a refused payload leaves its neighbours in the batch alone', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  writer.append(1, 0, 0, 0, 0, { n: 1 });
  assert.match(
    codeOf(() => writer.append(1, 0, 0, 0, 0, { n: 1, run: () => 1 })),
    /path=payload\.run, found=function run/,
  );
  writer.append(1, 0, 0, 0, 0, { n: 2 });
  writer.flush();
  assert.equal(drain(readerOn(memory)), [{ n: 1 }, { n: 2 }]);
});

test('a payload that was changed after sending into what is no data is lost alone, and counted', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const changed: unknown[] = [2];
  const inRecord: unknown[] = [5];
  const record = (n: unknown): unknown => ({ m: 0, n });
  const payloads = [record(1), changed, 'text', record([3]), 4, record(inRecord), record([6])];
  for (const payload of payloads) writer.append(1, 0, 0, 0, 0, payload);
  changed[0] = Symbol('no data');
  inRecord[0] = Symbol('no data');
  writer.flush();
  const reader = readerOn(memory);
  assert.equal(drain(reader), [record(1), LOST_PAYLOAD, 'text', record([3]), 4, LOST_PAYLOAD, record([6])]);
  assert.is(writer.unencodable, 2);
  assert.is(reader.lostPayloads, 2);
});

test('a record keeps the fields that it had when it was sent', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const changed = { n: 2 };
  for (const payload of [{ n: 0 }, { n: 1 }, changed]) writer.append(1, 0, 0, 0, 0, payload);
  changed.n = 3;
  writer.flush();
  assert.equal(drain(readerOn(memory)), [{ n: 0 }, { n: 1 }, { n: 2 }]);
});

test('a record that has grown past a frame since it was sent arrives whole, in parts', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  const reader = readerOn(memory);
  const growing: number[] = [];
  const payloads = [{ id: 0, list: [] }, { id: 1, list: [] }, { id: 2, list: growing }, 'after'];
  for (const payload of payloads) writer.append(1, 0, 0, 0, 0, payload);
  for (let n = 0; n < 5_000; n += 1) growing.push(n);
  const arrived: unknown[] = [];
  while (!writer.flush()) arrived.push(...drain(reader));
  arrived.push(...drain(reader));
  assert.equal(arrived, payloads);
});

test.run();
