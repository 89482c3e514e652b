/**
 * S6 by static sharding: key modulo workers decides the owner, every pair of workers has its own
 * message channel, nothing is bounded.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Subject, Tools } from '../../harness/system.ts';
import { nowMs } from '../../load/clock.ts';
import { Thread } from '../../load/thread.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import type { Packing } from './mail.ts';
import type { ShardData, ShardReport } from './zipf-worker.ts';

export async function startZipfCount(
  packing: Packing,
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const { workers, keys } = params;
  const { streams } = zipfCountLoad(params);
  const ports = meshOfPorts(workers);
  const threads = await Promise.all(
    streams.map((stream, index) => {
      const mine = ports[index] as (MessagePort | null)[];
      const workSteps = Math.round(params.workUs * tools.stepsPerUs);
      return Thread.start(
        new URL('./zipf-worker.js', import.meta.url),
        { index, ports: mine, packing, stream, keys, workSteps } satisfies ShardData,
        mine.filter((port) => port !== null),
      );
    }),
  );
  return {
    async run(messages) {
      const each = Math.ceil(messages / workers);
      const startMs = nowMs();
      const reports = await Promise.all(
        threads.map((thread) => thread.request<ShardReport>({ messages: each })),
      );
      const elapsedMs = nowMs() - startMs;
      const counts = new Int32Array(keys);
      const sums = new Int32Array(keys);
      for (const report of reports) {
        for (let key = 0; key < keys; key += 1) {
          counts[key] = (counts[key] as number) + (report.counts[key] as number);
          sums[key] = ((sums[key] as number) + (report.sums[key] as number)) | 0;
        }
      }
      return {
        elapsedMs,
        offered: each * workers,
        counts,
        sums,
        perWorker: reports.map((report) => report.handled),
      };
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
