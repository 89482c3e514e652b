/**
 * A shard of S6: the worker owns the keys that hash to it, counts what it owns directly, and posts the
 * rest to the owner's port. Producer and shard share the thread: after each slice the event loop gets
 * its turn.
 */
import type { MessagePort } from 'node:worker_threads';
import { nowMs, SharedHistogram } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { hottestKeys } from '../../load/keyed-load.ts';
import { HOT_KEYS } from '../../macro/s7-zipf-open.ts';
import { serveRequests, startData } from '../../load/thread.ts';
import { outbox, receive, type Packing } from './mail.ts';

export interface ShardData {
  readonly index: number;
  /** One port to each other shard; null at our own place. */
  readonly ports: readonly (MessagePort | null)[];
  readonly packing: Packing;
  readonly stream: Int32Array;
  readonly keys: number;
  readonly workSteps: number;
  /** Where latencies go in an open loop: of all keys, and of the cold ones. */
  readonly latencies: { readonly all: Int32Array; readonly cold: Int32Array };
}

/** A pass: as fast as it goes, or with the times at which messages are due. */
export interface ShardRequest {
  readonly messages: number;
  readonly pace?: { readonly startMs: number; readonly gapMs: number };
}

/** What a shard counted in one pass. */
export interface ShardReport {
  readonly counts: Int32Array;
  readonly sums: Int32Array;
  readonly handled: number;
  readonly sink: number;
}

/** Sends of one slice. */
const SLICE_MESSAGES = 1_024;
/** A key that no actor has: the sender has sent everything. */
const FINISHED = -1;

const { index, ports, packing, stream, keys, workSteps, latencies } = startData<ShardData>();
const shards = ports.length;
const mask = stream.length - 1;
const outboxes = ports.map((port) => (port === null ? undefined : outbox(port, packing)));

let counts = new Int32Array(keys);
let sums = new Int32Array(keys);
let handled = 0;
let sink = 0;
let producersLeft = shards;
let pace: ShardRequest['pace'];
const all = new SharedHistogram(latencies.all);
const cold = new SharedHistogram(latencies.cold);
const isHot = new Set(hottestKeys(keys, HOT_KEYS));
let report: ((result: ShardReport) => void) | undefined;

for (const port of ports) if (port !== null) receive(port, packing, handle);

serveRequests<ShardRequest>(
  (request) =>
    new Promise<ShardReport>((resolve) => {
      report = resolve;
      pace = request.pace;
      produce(0, request.messages);
    }),
);

function handle(key: number, value: number): void {
  if (key === FINISHED) {
    producersLeft -= 1;
    finishIfDone();
    return;
  }
  if (pace !== undefined) {
    const lateMs = nowMs() - (pace.startMs + value * pace.gapMs);
    all.record(lateMs);
    if (!isHot.has(key)) cold.record(lateMs);
  }
  counts[key] = (counts[key] as number) + 1;
  sums[key] = ((sums[key] as number) + value) | 0;
  handled += 1;
  if (workSteps > 0) sink ^= busyWork(workSteps, value);
}

function produce(from: number, messages: number): void {
  const due = pace === undefined ? messages : Math.floor((nowMs() - pace.startMs) / pace.gapMs) + 1;
  const end = Math.max(from, Math.min(messages, due, from + SLICE_MESSAGES));
  for (let i = from; i < end; i += 1) {
    const key = stream[i & mask] as number;
    const owner = key % shards;
    if (owner === index) handle(key, i);
    else outboxes[owner]?.send(key, i);
  }
  for (const box of outboxes) box?.flush();
  if (end < messages) {
    setImmediate(produce, end, messages);
    return;
  }
  for (const box of outboxes) {
    box?.send(FINISHED, 0);
    box?.flush();
  }
  handle(FINISHED, 0);
}

function finishIfDone(): void {
  if (producersLeft > 0) return;
  report?.({ counts, sums, handled, sink });
  counts = new Int32Array(keys);
  sums = new Int32Array(keys);
  handled = 0;
  producersLeft = shards;
}
