/**
 * The floor of S3 between threads: what it takes to ring another thread and be rung back, with nothing to
 * say. Whatever a system adds to that is its own.
 */
import { type LatencySummary, nowMs } from '@millrace/testkit/bench';
import { runs, type Subject, type System } from '../../harness/system.ts';
import { Thread } from '../../load/thread.ts';
import { cell as pingPong, type PingPongParams, type PingPongSample } from '../../macro/s3-ping-pong.ts';
import type { DoorbellData, DoorbellReport } from './doorbell-worker.ts';

/** Words of the two threads, on cache lines of their own. */
const FIRST_AT = 0;
const SECOND_AT = 32;

export const systems: readonly System[] = [
  {
    name: 'floor:doorbell',
    kind: 'floor',
    version: () => Promise.resolve({ installed: process.version }),
    covers: [
      runs(pingPong, startPingPong, ({ placement, shape, workers }) => {
        if (placement === 'same') return 'one thread has nobody to ring';
        return shape === 'ring' && workers > 2 ? 'the floor has two ends' : undefined;
      }),
    ],
  },
];

async function startPingPong(params: PingPongParams): Promise<Subject<PingPongSample>> {
  const waiting = params.waiting === 'spin' ? 'spin' : 'sleep';
  const words = new Int32Array(new SharedArrayBuffer(64 * Int32Array.BYTES_PER_ELEMENT));
  const file = new URL('./doorbell-worker.js', import.meta.url);
  const start = (mine: number, other: number, serves: boolean): Promise<Thread> =>
    Thread.start(file, { words, mine, other, waiting, serves } satisfies DoorbellData);
  const server = await start(FIRST_AT, SECOND_AT, true);
  const returner = await start(SECOND_AT, FIRST_AT, false);
  let base = 0;
  return {
    async run(messages) {
      const roundTrips = Math.ceil(messages / 2);
      const startMs = nowMs();
      const [served, returned] = await Promise.all([
        server.request<DoorbellReport>({ roundTrips }),
        returner.request<DoorbellReport>({ roundTrips }),
      ]);
      const sample = {
        elapsedMs: nowMs() - startMs,
        offered: roundTrips * 2,
        token: served.token - base,
        // The returner's last token is one behind: it has rung for the last time and heard nothing since.
        counted: returned.token + 1 - base,
        latency: params.shape === 'ring' ? halved(served.latency) : served.latency,
      };
      base = served.token;
      return sample;
    },
    stop: async () => {
      await Promise.all([server.stop(), returner.stop()]);
    },
  };
}

/** A hop of a ring, whose neighbours are on the two threads in turn, is half of a round trip. */
function halved({ samples, p50Us, p99Us, p999Us }: LatencySummary): LatencySummary {
  return { samples, p50Us: p50Us / 2, p99Us: p99Us / 2, p999Us: p999Us / 2 };
}
