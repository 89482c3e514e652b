/** Workerpool: methods registered in workers and called by name. */
import { fileURLToPath } from 'node:url';
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { poolCovers } from '../task-pool/pool.ts';

export const systems: readonly System[] = [
  {
    name: 'workerpool',
    kind: 'peer',
    onlyInFull: true,
    version: () => Promise.resolve({ installed: pinnedVersion('workerpool') }),
    covers: poolCovers(async (workers, workerData) => {
      const { default: workerpool } = await import('workerpool');
      const pool = workerpool.pool(fileURLToPath(new URL('./worker.js', import.meta.url)), {
        workerType: 'thread',
        minWorkers: workers,
        maxWorkers: workers,
        workerThreadOpts: { workerData },
      });
      return {
        run: (message) => pool.exec('task', [message]),
        stop: async () => {
          await pool.terminate();
        },
      };
    }),
  },
];
