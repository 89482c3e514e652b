/**
 * S6 and S7 by static sharding: key modulo workers decides the owner, every pair of workers has its own
 * message channel, nothing is bounded.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { nowMs, SharedHistogram } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { findPeak } from '../../load/peak.ts';
import { Thread } from '../../load/thread.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import {
  scheduleOf,
  WARM_UP_SHARE,
  type ZipfOpenParams,
  type ZipfOpenSample,
} from '../../macro/s7-zipf-open.ts';
import type { Packing } from './mail.ts';
import type { ShardData, ShardReport, ShardRequest } from './zipf-worker.ts';

/** S6. */
export async function startZipfCount(
  packing: Packing,
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const shards = await startShards(packing, params, tools);
  return {
    run: (messages) => shards.pass({ messages: Math.ceil(messages / params.workers) }),
    stop: shards.stop,
  };
}

/** S7: the same shards, whose producers send when a message is due. */
export async function startZipfOpen(
  packing: Packing,
  params: ZipfOpenParams,
  tools: Tools,
): Promise<Subject<ZipfOpenSample>> {
  const shards = await startShards(packing, params, tools);
  return {
    async run() {
      const peakPerSecond = await findPeak((messages) =>
        shards.pass({ messages: Math.ceil(messages / params.workers) }),
      );
      const { each, gapMs } = scheduleOf(params, peakPerSecond);
      const open = (messages: number) => {
        shards.all.clear();
        shards.cold.clear();
        return shards.pass({ messages, pace: { startMs: nowMs() + 1, gapMs } });
      };
      await open(Math.ceil(each * WARM_UP_SHARE));
      const sample = await open(each);
      return { ...sample, peakPerSecond, latency: shards.all.summary(), cold: shards.cold.summary() };
    },
    stop: shards.stop,
  };
}

interface Shards {
  readonly all: SharedHistogram;
  readonly cold: SharedHistogram;
  /** Every shard sends that many messages of its stream. */
  readonly pass: (request: ShardRequest) => Promise<ZipfCountSample>;
  readonly stop: () => Promise<void>;
}

async function startShards(
  packing: Packing,
  params: Pick<ZipfCountParams, 'workers' | 'keys' | 'theta' | 'workUs'>,
  tools: Tools,
): Promise<Shards> {
  const { workers, keys } = params;
  const { streams } = zipfCountLoad(params);
  const ports = meshOfPorts(workers);
  const all = new SharedHistogram();
  const cold = new SharedHistogram();
  const latencies = { all: all.buckets, cold: cold.buckets };
  const threads = await Promise.all(
    streams.map((stream, index) => {
      const mine = ports[index] as (MessagePort | null)[];
      const workSteps = Math.round(params.workUs * tools.stepsPerUs);
      return Thread.start(
        new URL('./zipf-worker.js', import.meta.url),
        { index, ports: mine, packing, stream, keys, workSteps, latencies } satisfies ShardData,
        mine.filter((port) => port !== null),
      );
    }),
  );
  return {
    all,
    cold,
    async pass(request) {
      const startMs = nowMs();
      const reports = await Promise.all(threads.map((thread) => thread.request<ShardReport>(request)));
      const elapsedMs = nowMs() - startMs;
      const counts = new Int32Array(keys);
      const sums = new Int32Array(keys);
      for (const report of reports) {
        for (let key = 0; key < keys; key += 1) {
          counts[key] = (counts[key] as number) + (report.counts[key] as number);
          sums[key] = ((sums[key] as number) + (report.sums[key] as number)) | 0;
        }
      }
      const perWorker = reports.map((report) => report.handled);
      return { elapsedMs, offered: request.messages * workers, counts, sums, perWorker };
    },
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

/** `mesh[a][b]` is a's port to b, null where a is b. */
function meshOfPorts(size: number): (MessagePort | null)[][] {
  const mesh = Array.from({ length: size }, () => new Array<MessagePort | null>(size).fill(null));
  for (let a = 0; a < size; a += 1) {
    for (let b = a + 1; b < size; b += 1) {
      const { port1, port2 } = new MessageChannel();
      (mesh[a] as (MessagePort | null)[])[b] = port1;
      (mesh[b] as (MessagePort | null)[])[a] = port2;
    }
  }
  return mesh;
}
