/** Tests of what a payload may hold on a link: records of any fields, refs, and buffers that move. */
import { MessageChannel } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf, drain, NO_SOURCE, readerOn, writerOn } from '../../tests/helpers/links.ts';
import type { RefCodec } from '../codec/payload-walk.ts';
import { transfer } from '../codec/transfer.ts';
import { createLinkMemory } from '../ring/link-memory.ts';
import { TransferReceiver, TransferSender } from './transfer-channel.ts';

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

test.run();
