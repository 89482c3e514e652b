/**
 * Millrace itself, with its defaults. Lists the cells that it can answer so far; each is in a file of its own,
 * loaded only by the process that runs it.
 */
import { readFileSync } from 'node:fs';
import { BENCH_ROOT } from '../../harness/paths.ts';
import { runs, type System } from '../../harness/system.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import { cell as pingPong } from '../../macro/s3-ping-pong.ts';
import { cell as forkJoin } from '../../macro/s4-fork-join.ts';
import { cell as footprint } from '../../macro/s16-footprint.ts';

const NOT_YET = 'a system of many threads cannot be started yet';

function onlySame({ placement }: { placement: 'same' | 'other' }): string | undefined {
  return placement === 'other' ? NOT_YET : undefined;
}

export const systems: readonly System[] = [
  {
    name: 'millrace',
    kind: 'millrace',
    version: () => {
      const manifest = readFileSync(`${BENCH_ROOT}../packages/core/package.json`, 'utf8');
      return Promise.resolve({ installed: (JSON.parse(manifest) as { version: string }).version });
    },
    covers: [
      runs(localTell, async (params) => (await import('./floods.ts')).startLocalTell(params)),
      runs(fanIn, async (params) => (await import('./floods.ts')).startFanIn(params), onlySame),
      runs(pingPong, async (params) => (await import('./round-trips.ts')).startPingPong(params), onlySame),
      runs(forkJoin, async (params) => (await import('./floods.ts')).startForkJoin(params), onlySame),
      runs(footprint, async (params) => (await import('./footprint.ts')).startFootprint(params)),
    ],
  },
];
