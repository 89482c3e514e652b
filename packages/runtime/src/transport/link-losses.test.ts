/** Tests of links that lose an end, or whose memory holds garbage: what is lost is known, and what follows arrives. */
import { MessageChannel } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { drain, NO_SOURCE, readerOn, writerOn } from '../../tests/helpers/links.ts';
import { diceFrom, payloadFrom } from '../../tests/helpers/payloads.ts';
import { transfer } from '../codec/transfer.ts';
import { DATA_AT, TAIL_AT } from '../ring/layout.ts';
import { createLinkMemory } from '../ring/link-memory.ts';
import { type Batch, LOST_PAYLOAD } from './link-reader.ts';
import { TransferReceiver, TransferSender } from './transfer-channel.ts';

test('a writer that dies in a large message leaves the next message whole', () => {
  const memory = createLinkMemory(4_096);
  const first = writerOn(memory);
  const reader = readerOn(memory);
  first.append(1, 0, 0, 0, 0, 'x'.repeat(50_000));
  first.flush();
  assert.equal(drain(reader), []);
  const second = writerOn(memory);
  for (const payload of ['y'.repeat(5_000), 'z']) second.append(1, 0, 0, 0, 0, payload);
  const arrived: unknown[] = [];
  while (!second.flush()) arrived.push(...drain(reader));
  arrived.push(...drain(reader));
  assert.equal(arrived, ['y'.repeat(5_000), 'z']);
  assert.is(reader.abandoned, 1);
});

test('a reader that dies in a large message leaves a lost row to its successor, which knows the sender by it', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory);
  writer.append(3, 4, 5, 6, 7, 'x'.repeat(50_000));
  writer.append(1, 0, 0, 0, 0, 'after');
  writer.flush();
  drain(readerOn(memory));
  const successor = readerOn(memory);
  writer.flush();
  let lost: Batch | undefined;
  const arrived: unknown[] = [];
  for (let rounds = 0; rounds < 1_000 && arrived.length < 2; rounds += 1) {
    const batch = successor.take();
    if (batch === undefined) writer.flush();
    else if (batch.count > 0 && batch.payloads[0] === LOST_PAYLOAD) {
      lost = batch;
      assert.equal(
        [batch.kind(0), batch.handler(0), batch.target(0), batch.from(0), batch.ask(0)],
        [3, 4, 5, 6, 7],
      );
      arrived.push(LOST_PAYLOAD);
    } else if (batch.count > 0) arrived.push(batch.payloads[0]);
  }
  assert.ok(lost);
  assert.equal(arrived, [LOST_PAYLOAD, 'after']);
});

test('a reader that joins late, or again, knows the shapes of objects it never saw', () => {
  const memory = createLinkMemory(65_536);
  const writer = writerOn(memory);
  const rows = (n: number): unknown[] => [{ by: n }, [{ at: n }], { to: 'a', amount: n, tags: [{ k: n }] }];
  const reader = readerOn(memory);
  for (let n = 0; n < 5; n += 1) {
    for (const payload of rows(n)) writer.append(1, 0, 0, 0, 0, payload);
    writer.flush();
    if (n < 3) assert.equal(drain(reader), rows(n));
  }
  const late = readerOn(memory);
  assert.equal(drain(late), [...rows(3), ...rows(4)]);
  const heir = writerOn(memory);
  for (const payload of rows(9)) heir.append(1, 0, 0, 0, 0, payload);
  heir.flush();
  assert.equal(drain(late), rows(9));
});

test('a buffer that was under way to a reader that died is lost alone', () => {
  const memory = createLinkMemory(4_096);
  const before = new MessageChannel();
  const after = new MessageChannel();
  const writer = writerOn(memory, { transfers: new TransferSender(before.port1) });
  for (const payload of ['a', { b: transfer(new ArrayBuffer(8)) }, 'c'])
    writer.append(1, 0, 0, 0, 0, payload);
  writer.flush();
  const receiver = new TransferReceiver(after.port2);
  const reader = readerOn(memory, { source: { ...NO_SOURCE, transferred: (s, i) => receiver.take(s, i) } });
  assert.equal(drain(reader), ['a', LOST_PAYLOAD, 'c']);
  before.port1.close();
  after.port1.close();
});

const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() & 0x7fffffff);

test('garbage anywhere in the memory of a link never throws, and what is sent afterwards arrives', () => {
  for (let seed = SEED; seed < SEED + 1_000; seed += 1) {
    const dice = diceFrom(seed);
    const memory = createLinkMemory(4_096);
    const writer = writerOn(memory);
    const reader = readerOn(memory);
    for (let frame = 0; frame < 4; frame += 1) {
      for (let n = 0; n < 1 + dice(5); n += 1) writer.append(1, 0, n, 0, 0, payloadFrom(dice, 2));
      writer.flush();
    }
    const written = ((memory.words[TAIL_AT] as number) * 4) % 4_096;
    for (let hits = 0; hits <= dice(6); hits += 1) {
      memory.bytes[DATA_AT * 4 + dice(written || 4_096)] = dice(256);
    }
    try {
      drain(reader);
      assert.is(Object.getPrototypeOf(Object.prototype), null);
      assert.equal(Object.keys(Object.prototype), []);
      while (!writer.flush()) drain(reader);
      drain(reader);
      writer.append(1, 0, 42, 0, 0, 'still here');
      writer.flush();
      assert.is(drain(reader).at(-1), 'still here');
    } catch (error) {
      throw new Error(`failed with MILLRACE_SEED=${seed}`, { cause: error });
    }
  }
});

test.run();
