/** Poolifier: a fixed pool of worker threads that chooses a worker for each task. */
import { fileURLToPath } from 'node:url';
import { pinnedVersion } from '../../harness/paths.ts';
import type { System } from '../../harness/system.ts';
import { poolCovers } from '../task-pool/pool.ts';
import type { TaskMessage } from '../task-pool/task.ts';

export const systems: readonly System[] = [
  {
    name: 'poolifier',
    kind: 'peer',
    onlyInFull: true,
    version: () => Promise.resolve({ installed: pinnedVersion('poolifier') }),
    covers: poolCovers(async (workers, workerData) => {
      const { FixedThreadPool } = await import('poolifier');
      const file = fileURLToPath(new URL('./worker.js', import.meta.url));
      const pool = new FixedThreadPool<TaskMessage, number>(workers, file, { workerOptions: { workerData } });
      return { run: (message) => pool.execute(message), stop: () => pool.destroy() };
    }),
  },
];
