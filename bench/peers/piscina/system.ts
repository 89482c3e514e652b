/** Piscina: a pool of worker threads with one queue, on the main thread. */
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { poolCovers } from '../task-pool/pool.ts';

export const systems: readonly System[] = [
  {
    name: 'piscina',
    kind: 'peer',
    version: () => Promise.resolve({ installed: pinnedVersion('piscina') }),
    covers: poolCovers(async (threads, workerData) => {
      const { Piscina } = await import('piscina');
      const pool = new Piscina({
        filename: new URL('./worker.js', import.meta.url).href,
        minThreads: threads,
        maxThreads: threads,
        workerData,
      });
      return { run: (message) => pool.run(message), stop: () => pool.destroy() };
    }),
  },
];
