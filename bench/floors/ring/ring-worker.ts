/**
 * Both ends of S0 across threads, over the ring alone or over the whole link. Both ends spin, as two busy
 * hosts would find each other.
 */
import {
  attachLinkMemory,
  LinkReader,
  LinkWriter,
  RingReader,
  RingWriter,
  type WireSource,
} from 'millrace/link';
import { nowMs } from '@millrace/testkit/bench';
import { Spin } from '../../load/spin.ts';
import { serveRequests, startData } from '../../load/thread.ts';
import type { FloorRingParams } from '../../macro/s0-floor-ring.ts';
import { Arrivals, payloadMaker } from './payload.ts';

export interface RingData {
  readonly buffer: SharedArrayBuffer;
  readonly way: 'ring' | 'link';
  readonly role: 'write' | 'read';
  readonly params: FloorRingParams;
}

export interface RingReport {
  readonly startMs: number;
  readonly endMs: number;
  readonly received: number;
  readonly sum: number;
  readonly extra: number;
}

/** Words of a frame before its messages, and a kind that is not a pad: the ring asks for no more. */
const FRAME_HEADER_WORDS = 4;
const FRAME_KIND = 1;
const MESSAGE_MAX_BYTES = 1_000_000;

const nothing = (): never => {
  throw new Error('these payloads hold neither refs nor transfers');
};
const source: WireSource = { ref: nothing, transferred: nothing };

const { buffer, way, role, params } = startData<RingData>();
const memory = attachLinkMemory(buffer);
const { batch } = params;
const spin = new Spin();
const words = params.payloadBytes / Int32Array.BYTES_PER_ELEMENT;
const write = role === 'read' ? undefined : way === 'ring' ? ringWriter() : linkWriter();
const read = role === 'write' ? undefined : way === 'ring' ? ringReader() : linkReader();

serveRequests<{ messages: number }>(({ messages }): RingReport => {
  const startMs = nowMs();
  const arrivals = new Arrivals();
  write?.(messages);
  read?.(messages, arrivals);
  const { received, sum, extra } = arrivals;
  return { startMs, endMs: nowMs(), received, sum, extra };
});

/** Frames of `batch` messages of that many words: the value, then words that count the payload's bytes. */
function ringWriter(): (messages: number) => void {
  const ring = new RingWriter(memory);
  const frameWords = FRAME_HEADER_WORDS + batch * words;
  return (messages) => {
    for (let sent = 0; sent < messages; sent += batch) {
      let at = ring.claim(frameWords, FRAME_KIND, 0);
      while (at < 0) {
        spin.again();
        at = ring.claim(frameWords, FRAME_KIND, 0);
      }
      at += FRAME_HEADER_WORDS;
      for (let i = 0; i < batch; i += 1) {
        memory.words[at] = sent + i;
        for (let word = 1; word < words; word += 1) memory.words[at + word] = Int32Array.BYTES_PER_ELEMENT;
        at += words;
      }
      ring.publish();
    }
  };
}

function ringReader(): (messages: number, arrivals: Arrivals) => void {
  const ring = new RingReader(memory);
  return (messages, arrivals) => {
    let { sum, extra } = arrivals;
    for (let received = 0; received < messages; received += batch) {
      let at = ring.next();
      while (at < 0) {
        spin.again();
        at = ring.next();
      }
      at += FRAME_HEADER_WORDS;
      for (let i = 0; i < batch; i += 1) {
        sum = (sum + (memory.words[at] as number)) | 0;
        for (let word = 1; word < words; word += 1) extra += memory.words[at + word] as number;
        at += words;
      }
      ring.release();
    }
    arrivals.received += messages;
    arrivals.sum = sum;
    arrivals.extra = extra;
  };
}

/** Messages as a host sends them: appended one by one, flushed after each batch. */
function linkWriter(): (messages: number) => void {
  const link = new LinkWriter({ memory, wake: () => {}, messageMaxBytes: MESSAGE_MAX_BYTES });
  const payloadOf = payloadMaker(params);
  return (messages) => {
    for (let sent = 0; sent < messages; ) {
      const end = sent + batch;
      for (; sent < end; sent += 1) link.append(0, 0, 0, 0, 0, payloadOf(sent));
      while (!link.flush()) spin.again();
    }
  };
}

function linkReader(): (messages: number, arrivals: Arrivals) => void {
  const link = new LinkReader({ memory, wakeWriter: () => {}, messageMaxBytes: MESSAGE_MAX_BYTES, source });
  return (messages, arrivals) => {
    while (arrivals.received < messages) {
      const frame = link.take();
      if (frame === undefined) spin.again();
      else for (let i = 0; i < frame.count; i += 1) arrivals.add(frame.payloads[i]);
    }
  };
}
