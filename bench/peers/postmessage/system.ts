/**
 * Raw worker threads: what is there without any library. None of it has actors, a bound, or a way to
 * slow a sender down. The same code with pairs of integers in a typed array is a floor and no peer: it
 * is as fast as numbers can be cloned, and it can carry nothing else.
 */
import { absentInBatches, absentInThreads } from '../absent.ts';
import { lacks, runs, type Coverage, type System } from '../../harness/system.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import { cell as pingPong } from '../../macro/s3-ping-pong.ts';
import { cell as zipfCount } from '../../macro/s6-zipf-count.ts';
import { cell as zipfOpen } from '../../macro/s7-zipf-open.ts';
import { cell as burst } from '../../macro/s9-burst.ts';
import { cell as overload } from '../../macro/s8-overload.ts';
import type { Packing } from './mail.ts';

const version = (): Promise<{ installed: string }> => Promise.resolve({ installed: process.version });

function floods(packing: Packing): Coverage[] {
  return [
    runs(
      fanIn,
      async (params) => (await import('./pair.ts')).startFanIn(packing, params),
      ({ placement, senders }) => {
        if (placement === 'same') return 'a thread does not post to itself';
        return senders === 1 ? undefined : 'a thread is a sender; there are no actors to be more';
      },
    ),
    runs(zipfOpen, async (params, tools) =>
      (await import('./zipf-count.ts')).startZipfOpen(packing, params, tools),
    ),
    runs(zipfCount, async (params, tools) =>
      (await import('./zipf-count.ts')).startZipfCount(packing, params, tools),
    ),
  ];
}

export const systems: readonly System[] = [
  {
    name: 'postmessage',
    kind: 'peer',
    version,
    covers: [
      lacks(localTell, 'a thread does not post to itself'),
      ...floods('each'),
      runs(
        pingPong,
        async (params) => (await import('./pair.ts')).startPingPong(params),
        ({ shape, placement, waiting }) => {
          if (placement === 'same') return 'a thread does not post to itself';
          if (shape === 'ring') return 'a hundred threads are not a hundred actors';
          return waiting === 'spin' ? 'a thread without messages always sleeps' : undefined;
        },
      ),
      runs(burst, async (params, tools) => (await import('./burst.ts')).startBurst(params, tools)),
      runs(overload, async (params, tools) => (await import('./overload.ts')).startOverload(params, tools)),
      ...absentInThreads,
    ],
  },
  {
    name: 'postmessage:64',
    kind: 'peer',
    version,
    covers: [lacks(localTell, 'a thread does not post to itself'), ...floods('objects'), ...absentInBatches],
  },
  { name: 'floor:postmessage-ints', kind: 'floor', version, covers: floods('ints') },
];
