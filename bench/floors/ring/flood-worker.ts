/**
 * Both ends of the link under the floods of S2 and S4: the messages of those cells between two threads that do
 * nothing else, in the batches that the link makes by itself.
 */
import { attachLinkMemory, LinkReader, LinkWriter } from 'millrace/link';
import { nowMs } from '@millrace/testkit/bench';
import { Spin } from '../../load/spin.ts';
import { serveRequests, startData } from '../../load/thread.ts';

export interface FloodData {
  readonly buffer: SharedArrayBuffer;
  readonly role: 'write' | 'read';
  /** Senders that sign their messages, or receivers to whom bare numbers are dealt out. */
  readonly payload: 'signed' | 'bare';
  readonly parties: number;
}

export interface FloodReport {
  /** When the first was sent, or when the last had come. */
  readonly atMs: number;
  /** Messages and sums, by sender or receiver. */
  readonly received: Int32Array;
  readonly sums: Int32Array;
}

interface Signed {
  readonly sender: number;
  readonly value: number;
}

const MESSAGE_MAX_BYTES = 1_000_000;
/** A batch of the link. */
const BATCH_MESSAGES = 256;

const { buffer, role, payload, parties } = startData<FloodData>();
const memory = attachLinkMemory(buffer);
const spin = new Spin();
const nothing = (): never => {
  throw new Error('these payloads hold neither refs nor transfers');
};

/** `each` is how many messages every party sends or gets. */
serveRequests<{ each: number }>(role === 'write' ? writer() : reader());

function writer(): (request: { each: number }) => FloodReport {
  const link = new LinkWriter({ memory, wake: () => {}, messageMaxBytes: MESSAGE_MAX_BYTES });
  return ({ each }) => {
    const atMs = nowMs();
    for (let value = 0; value < each; value += 1) {
      for (let party = 0; party < parties; party += 1) {
        link.append(0, 0, party, 0, 0, payload === 'signed' ? { sender: party, value } : value);
        // A batch that is full has left, unless the ring was full too.
        while (link.pending >= BATCH_MESSAGES && !link.flush()) spin.again();
      }
    }
    while (!link.flush()) spin.again();
    return { atMs, received: new Int32Array(0), sums: new Int32Array(0) };
  };
}

function reader(): (request: { each: number }) => FloodReport {
  const source = { ref: nothing, transferred: nothing };
  const link = new LinkReader({ memory, wakeWriter: () => {}, messageMaxBytes: MESSAGE_MAX_BYTES, source });
  return ({ each }) => {
    const received = new Int32Array(parties);
    const sums = new Int32Array(parties);
    for (let left = each * parties; left > 0; ) {
      const batch = link.take();
      if (batch === undefined) {
        spin.again();
        continue;
      }
      left -= batch.count;
      for (let i = 0; i < batch.count; i += 1) {
        const message = batch.payloads[i] as number | Signed;
        const party = typeof message === 'number' ? batch.target(i) : message.sender;
        const value = typeof message === 'number' ? message : message.value;
        received[party] = (received[party] as number) + 1;
        sums[party] = ((sums[party] as number) + value) | 0;
      }
    }
    return { atMs: nowMs(), received, sums };
  };
}
