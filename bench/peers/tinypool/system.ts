/** Tinypool: a pool of worker threads with one queue, on the main thread. */
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { poolCovers } from '../task-pool/pool.ts';

export const systems: readonly System[] = [
  {
    name: 'tinypool',
    kind: 'peer',
    onlyInFull: true,
    version: () => Promise.resolve({ installed: pinnedVersion('tinypool') }),
    covers: poolCovers(async (threads, workerData) => {
      const { Tinypool } = await import('tinypool');
      const pool = new Tinypool({
        filename: new URL('./worker.js', import.meta.url).href,
        minThreads: threads,
        maxThreads: threads,
        workerData,
      });
      return { run: (message) => pool.run(message), stop: () => pool.destroy() };
    }),
  },
];
