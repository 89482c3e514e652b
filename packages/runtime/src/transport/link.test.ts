/** Tests of a link on one thread: order and identity through small rings, large messages, refusals, lost ends, garbage. */
import { MessageChannel } from 'node:worker_threads';
import { isMillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Dice, diceFrom, difference, payloadFrom } from '../../tests/helpers/payloads.ts';
import type { RefCodec } from '../codec/payload-walk.ts';
import { transfer } from '../codec/transfer.ts';
import { DATA_AT, TAIL_AT } from '../ring/layout.ts';
import { createLinkMemory, type LinkMemory } from '../ring/link-memory.ts';
import { type Batch, LinkReader, type LinkReaderOptions, LOST_PAYLOAD } from './link-reader.ts';
import { LinkWriter, type LinkWriterOptions } from './link-writer.ts';
import { TransferReceiver, TransferSender } from './transfer-channel.ts';

const MAX_BYTES = 1_000_000;
const NO_SOURCE = {
  ref: (): never => {
    throw new Error('no refs here');
  },
  transferred: (): never => {
    throw new Error('no transfers here');
  },
};

function writerOn(memory: LinkMemory, more: Partial<LinkWriterOptions> = {}): LinkWriter {
  return new LinkWriter({ memory, wake: () => {}, messageMaxBytes: MAX_BYTES, ...more });
}

function readerOn(memory: LinkMemory, more: Partial<LinkReaderOptions> = {}): LinkReader {
  return new LinkReader({
    memory,
    wakeWriter: () => {},
    messageMaxBytes: MAX_BYTES,
    source: NO_SOURCE,
    ...more,
  });
}

/** Everything that can be taken now. */
function drain(reader: LinkReader): unknown[] {
  const payloads: unknown[] = [];
  for (let batch = reader.take(); batch !== undefined; batch = reader.take()) payloads.push(...shown(batch));
  return payloads;
}

function shown(batch: Batch): unknown[] {
  return batch.payloads.slice(0, batch.count);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isMillraceError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing was thrown';
}

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

test('records of any fields arrive as they were, keys in their order, between other payloads', () => {
  const memory = createLinkMemory(65_536);
  const writer = writerOn(memory, { refs: REFS });
  const reader = readerOn(memory, { source: { ...NO_SOURCE, ref: (data) => REFS.read(data) } });
  const make = (n: number): unknown[] => [
    { b: n, a: -0, none: undefined, nil: null, big: 2n ** 70n, yes: true },
    { a: Number.NaN, b: 'text \ud800 alone', inner: { a: { b: [n] } } },
    n,
    { constructor: n, toJSON: 'plain data', length: 3, '0': 'first' },
    { ref: new FakeRef(n), at: new Date(n), bytes: new Uint8Array([n]) },
    'text',
    {},
    { 'quote"': 1, 'line\n': 2, '\u2028': 3, 'x: 0, y': 4 },
    [{ b: n }, { b: n }],
    { failed: new RangeError('far') },
  ];
  for (let n = 0; n < 4; n += 1) {
    const sent = make(n);
    for (const payload of sent) writer.append(1, 0, 0, 0, 0, payload);
    writer.flush();
    const arrived = drain(reader);
    const failed = (payloads: unknown[]): unknown => (payloads.pop() as { failed: Error }).failed.message;
    assert.is(failed(arrived), failed(sent));
    assert.equal(arrived, sent);
    const keysOf = (payloads: unknown[]): unknown[] =>
      payloads.map((payload) => (typeof payload === 'object' ? Object.keys(payload as object) : payload));
    assert.equal(keysOf(arrived), keysOf(sent));
    assert.ok(Object.is((arrived[0] as { a: number }).a, -0));
  }
  assert.is(reader.badFrames, 0);
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

class FakeRef {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

const REFS: RefCodec = {
  owns: (value) => value instanceof FakeRef,
  write: (ref) => (ref as FakeRef).id,
  read: (data) => {
    if (typeof data !== 'number') throw new Error('no id');
    return new FakeRef(data);
  },
};

test('refs anywhere inside a payload arrive live', () => {
  const memory = createLinkMemory(4_096);
  const writer = writerOn(memory, { refs: REFS });
  const reader = readerOn(memory, { source: { ...NO_SOURCE, ref: (data) => REFS.read(data) } });
  const payload = {
    replyTo: new FakeRef(7),
    all: [new FakeRef(1), new Map([[new FakeRef(2), new Set([new FakeRef(3)])]])],
  };
  writer.append(1, 0, 0, 0, 0, payload);
  writer.append(1, 0, 0, 0, 0, new FakeRef(9));
  writer.flush();
  assert.equal(drain(reader), [payload, new FakeRef(9)]);
  assert.match(
    codeOf(() => writerOn(memory).append(1, 0, 0, 0, 0, payload)),
    /path=payload\.replyTo, found=instance of FakeRef/,
  );
});

test('a transferred buffer moves, in order with its message, and the same one twice is one', () => {
  const memory = createLinkMemory(4_096);
  const { port1, port2 } = new MessageChannel();
  const writer = writerOn(memory, { transfers: new TransferSender(port1) });
  const receiver = new TransferReceiver(port2);
  const reader = readerOn(memory, { source: { ...NO_SOURCE, transferred: (s, i) => receiver.take(s, i) } });
  const buffers = [1, 2, 3].map((n) => new Uint8Array([n, n]).buffer);
  const [a, b, c] = buffers as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
  writer.append(1, 0, 0, 0, 0, 'before');
  writer.append(1, 0, 0, 0, 0, { image: transfer(a), again: transfer(a), other: transfer(b) });
  writer.append(1, 0, 0, 0, 0, transfer(c));
  writer.append(1, 0, 0, 0, 0, 'after');
  assert.equal(
    buffers.map((buffer) => buffer.byteLength),
    [0, 0, 0],
  );
  writer.flush();
  const arrived = drain(reader) as [
    string,
    { image: ArrayBuffer; again: ArrayBuffer; other: ArrayBuffer },
    ArrayBuffer,
    string,
  ];
  assert.is(arrived[1].image, arrived[1].again);
  assert.equal(
    [arrived[1].image, arrived[1].other, arrived[2]].map((buffer) => new Uint8Array(buffer)[0]),
    [1, 2, 3],
  );
  assert.equal([arrived[0], arrived[3]], ['before', 'after']);
  assert.match(
    codeOf(() => writer.append(1, 0, 0, 0, 0, transfer(a))),
    /^ERR_PAYLOAD_NOT_DATA .*path=payload, found=buffer that moved already/,
  );
  assert.throws(() => transfer(new Uint8Array(1) as unknown as ArrayBuffer), /payload is not data/);
  port1.close();
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
