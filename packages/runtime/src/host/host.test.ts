/**
 * Tests of what a host shows of the frames that it was sent, with frames that no other host would send, and of what
 * it does when its own are not taken.
 */
import { ROW } from '@millrace/core/remote';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FRAME_HEADER_WORDS } from '../ring/layout.ts';
import { RingWriter } from '../ring/spsc-ring.ts';
import { LinkReader } from '../transport/link-reader.ts';
import { LinkWriter } from '../transport/link-writer.ts';
import { collectDefinitions } from './definitions.ts';
import { Host } from './host.ts';
import { createSharedMemory, ringMemory, type SharedMemory } from './shared-memory.ts';

const NO_FRAME_KIND = 0x7f;
const NO_ROW_KIND = 31;

/** Rows of the runtime that fit nowhere, so that sends begin to wait. */
const MANY_ROWS = 70_000;

function hostOn(memory: SharedMemory): Host {
  return new Host({
    self: 0,
    incarnation: 1,
    memory,
    definitions: collectDefinitions([]),
    messageMaxBytes: 1_024,
    spinMaxUs: 0,
    system: {},
    log: () => undefined,
  });
}

/** What the inspection of host 0 says after it took what `send` put into its ring. */
function countsAfter(send: (memory: SharedMemory) => void): number[] {
  const memory = createSharedMemory(2, 4_096);
  const host = hostOn(memory);
  send(memory);
  while (host.pending()) host.receive();
  const { corruptFrames, lostPayloads, strayRows } = host.inspect();
  host.close();
  return [corruptFrames, lostPayloads, strayRows];
}

function linkTo(memory: SharedMemory): LinkWriter {
  return new LinkWriter({ memory: ringMemory(memory, 1, 0), wake: () => undefined, messageMaxBytes: 1_024 });
}

test('a host shows how many frames came to it that made no sense', () => {
  const counts = countsAfter((memory) => {
    const ring = new RingWriter(ringMemory(memory, 1, 0));
    ring.claim(FRAME_HEADER_WORDS, NO_FRAME_KIND, 0);
    ring.publish();
  });
  assert.equal(counts, [1, 0, 0]);
});

test('a host shows how many rows came to it that were for nobody', () => {
  const counts = countsAfter((memory) => {
    const link = linkTo(memory);
    link.append(NO_ROW_KIND, 0, 0, 0, 0, undefined);
    // A message for a slot that no mailbox has, and the demand of somebody who waits for such a slot.
    link.append(ROW.tell, 0, 7, 0, 0, 'unpaid');
    link.append(ROW.demand, 0, 7, 0, 0, undefined);
    link.flush();
  });
  assert.equal(counts, [0, 0, 3]);
});

test('a host shows how many payloads it could not read', () => {
  const counts = countsAfter((memory) => {
    const link = linkTo(memory);
    const payload: unknown[] = [1];
    link.append(ROW.tell, 0, 7, 0, 0, payload);
    payload[0] = Symbol('no data');
    link.flush();
  });
  assert.equal(counts, [0, 1, 1]);
});

test('sends wait while a host does not take what it was sent, and go on when it has', () => {
  const memory = createSharedMemory(2, 4_096);
  const host = hostOn(memory);
  const resumed: string[] = [];
  const waiter = { host: 1, resume: () => resumed.push('resumed') };
  for (let n = 0; n < MANY_ROWS; n += 1) host.node.post(1, 'demand', n);
  assert.ok(host.node.congested(waiter));
  const reader = new LinkReader({
    memory: ringMemory(memory, 0, 1),
    wakeWriter: () => undefined,
    messageMaxBytes: 1_024,
    source: { ref: () => undefined, transferred: () => new ArrayBuffer(0) },
  });
  let taken = 0;
  do {
    for (let batch = reader.take(); batch !== undefined; batch = reader.take()) taken += batch.count;
    host.send();
  } while (taken < MANY_ROWS);
  assert.equal(resumed, ['resumed']);
  assert.not(host.node.congested(waiter));
  host.close();
});

test.run();
