/**
 * The cells that a library of actors on one thread can answer, and why it has no answer to the others.
 */
import { lacks, runs, type Coverage } from '../../harness/system.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import { cell as pingPong } from '../../macro/s3-ping-pong.ts';
import { cell as forkJoin } from '../../macro/s4-fork-join.ts';
import { cell as big } from '../../macro/s5-big.ts';
import { cell as zipfCount } from '../../macro/s6-zipf-count.ts';
import { cell as overload } from '../../macro/s8-overload.ts';
import { cell as footprint } from '../../macro/s16-footprint.ts';
import { absentOnOneThread } from '../absent.ts';
import type { StartLibrary } from './library.ts';

const ONE_THREAD = 'one thread: there is no other to send to';

function onlySame({ placement }: { placement: 'same' | 'other' }): string | undefined {
  return placement === 'other' ? ONE_THREAD : undefined;
}

/** All cells of one thread. S5 and S6 run too, on one core, because that is what its users have. */
export function oneThreadCovers(start: StartLibrary): Coverage[] {
  return [
    runs(localTell, async (params) => (await import('./floods.ts')).startLocalTell(start, params)),
    runs(fanIn, async (params) => (await import('./floods.ts')).startFanIn(start, params), onlySame),
    runs(
      pingPong,
      async (params) => (await import('./round-trips.ts')).startPingPong(start, params),
      onlySame,
    ),
    runs(forkJoin, async (params) => (await import('./floods.ts')).startForkJoin(start, params), onlySame),
    runs(big, async (params) => (await import('./round-trips.ts')).startBig(start, params)),
    runs(zipfCount, async (params, tools) =>
      (await import('./floods.ts')).startZipfCount(start, params, tools),
    ),
    lacks(overload, 'one thread: sender and receiver share it, so neither can overrun the other for long'),
    runs(footprint, async (params) => (await import('./footprint.ts')).startFootprint(start, params)),
    ...absentOnOneThread,
  ];
}
