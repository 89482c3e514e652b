/**
 * S6 between threads that have a link to each other and credit, and no actors: keys are dealt out by their number,
 * and each thread counts for its own. Owns the threads and the memory that they share.
 */
import { pageOf, pageWords } from '@millrace/core/credit';
import { createLinkMemory, RING_DEFAULT_BYTES } from 'millrace/link';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import { Thread } from '../../load/thread.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import type { HostData, HostReport } from './host-worker.ts';

/** The decisions that are changed. */
export interface BareWays {
  /** How a mailbox is bounded. */
  readonly credit: 'leases' | 'counter';
  /** When messages leave for the ring: after a slice of sends, or each by itself. */
  readonly flushes: 'batches' | 'each';
}

export async function startZipfCount(
  params: ZipfCountParams,
  ways: BareWays,
): Promise<Subject<ZipfCountSample>> {
  const { workers, keys, capacity } = params;
  const { streams } = zipfCountLoad(params);
  const each = Array.from({ length: workers }, (_, host) => host);
  const links = each.map((from) =>
    each.map((to) => (from === to ? null : createLinkMemory(RING_DEFAULT_BYTES).buffer)),
  );
  const pages = each.map(() => {
    const count = pageOf(Math.ceil(keys / workers) - 1) + 1;
    return Array.from(
      { length: count },
      () => new SharedArrayBuffer(pageWords(workers) * Int32Array.BYTES_PER_ELEMENT),
    );
  });
  const threads = await Promise.all(
    streams.map((stream, self) =>
      Thread.start(new URL('./host-worker.js', import.meta.url), {
        self,
        links,
        pages,
        ways,
        stream,
        keys,
        capacity,
      } satisfies HostData),
    ),
  );
  return {
    async run(asked) {
      const messages = Math.ceil(asked / workers);
      const startMs = nowMs();
      const reports = await Promise.all(threads.map((thread) => thread.request<HostReport>({ messages })));
      const elapsedMs = nowMs() - startMs;
      const counts = new Int32Array(keys);
      const sums = new Int32Array(keys);
      for (const report of reports) {
        for (let key = 0; key < keys; key += 1) {
          counts[key] = (counts[key] as number) + (report.counts[key] as number);
          sums[key] = ((sums[key] as number) + (report.sums[key] as number)) | 0;
        }
      }
      const perWorker = reports.map(({ handled }) => handled);
      return { elapsedMs, offered: messages * workers, counts, sums, perWorker };
    },
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}
