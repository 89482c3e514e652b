/**
 * Ablations below the actors: S6 with Millrace's link and credit alone, without mailboxes, handlers and turns, and
 * the same with one decision changed. There a decision can be changed that a whole system cannot do without. Their
 * figures are to be read against each other.
 */
import { runs, type System } from '../../harness/system.ts';
import { cell as zipfCount, type ZipfCountParams } from '../../macro/s6-zipf-count.ts';
import { version } from '../version.ts';
import type { BareWays } from './zipf-count.ts';

export const systems: readonly System[] = [
  bare('bare', { credit: 'leases', flushes: 'batches' }),
  // One shared counter of free credits for each mailbox instead of a lease for each sending host.
  bare('bare-counter', { credit: 'counter', flushes: 'batches' }),
  // Every message in a frame of its own.
  bare('bare-batch-1', { credit: 'leases', flushes: 'each' }),
];

function bare(name: string, ways: BareWays): System {
  return {
    name: `millrace:${name}`,
    kind: 'millrace',
    onlyInFull: true,
    version,
    covers: [
      runs(
        zipfCount,
        async (params) => (await import('./zipf-count.ts')).startZipfCount(params, ways),
        lacksPoint,
      ),
    ],
  };
}

function lacksPoint({ workUs, workers }: ZipfCountParams): string | undefined {
  if (workers < 2) return 'one worker has no other';
  return workUs > 0 ? 'an ablation, run without work' : undefined;
}
