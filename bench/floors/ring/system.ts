/**
 * The floors of S0: the ring alone, the codec alone, and the link of both. They are Millrace's own pieces,
 * measured without the rest, so that what the rest costs can be seen.
 */
import { nowMs } from '@millrace/testkit/bench';
import { runs, type Coverage, type Subject, type System } from '../../harness/system.ts';
import { Thread } from '../../load/thread.ts';
import { cell as floorRing, type FloorRingParams, type FloorRingSample } from '../../macro/s0-floor-ring.ts';
import { cell as fanIn, messagesPerSender } from '../../macro/s2-fan-in.ts';
import { cell as forkJoin } from '../../macro/s4-fork-join.ts';
import type { FloodData, FloodReport } from './flood-worker.ts';
import type { RingData, RingReport } from './ring-worker.ts';

const version = (): Promise<{ installed: string }> => Promise.resolve({ installed: process.version });

const SAME_THREAD = 'nothing crosses on one thread';

function floor(
  name: string,
  start: (params: FloorRingParams) => Promise<Subject<FloorRingSample>>,
  more: readonly Coverage[] = [],
): System {
  return { name: `floor:${name}`, kind: 'floor', version, covers: [runs(floorRing, start), ...more] };
}

/** The floods between threads: the same messages over one link, with nobody to send or receive them. */
const floods: readonly Coverage[] = [
  runs(
    fanIn,
    async (params) => {
      const flood = await startFlood('signed', params.senders);
      return {
        async run(messages) {
          const sample = await flood.pass(messagesPerSender(params, messages));
          return { ...sample, receivedAtHalf: undefined, sum: sample.sums.reduce((a, b) => (a + b) | 0, 0) };
        },
        stop: flood.stop,
      };
    },
    ({ placement }) => (placement === 'same' ? SAME_THREAD : undefined),
  ),
  runs(
    forkJoin,
    async ({ actors }) => {
      const flood = await startFlood('bare', actors);
      return { run: (messages) => flood.pass(Math.ceil(messages / actors)), stop: flood.stop };
    },
    ({ placement }) => (placement === 'same' ? SAME_THREAD : undefined),
  ),
];

export const systems: readonly System[] = [
  floor('ring', (params) => startAcross('ring', params)),
  floor('link', (params) => startAcross('link', params), floods),
  floor('codec', startCodec),
];

async function startAcross(way: 'ring' | 'link', params: FloorRingParams): Promise<Subject<FloorRingSample>> {
  const { createLinkMemory, RING_DEFAULT_BYTES } = await import('millrace/link');
  const { buffer } = createLinkMemory(RING_DEFAULT_BYTES);
  const file = new URL('./ring-worker.js', import.meta.url);
  const start = (role: 'write' | 'read'): Promise<Thread> =>
    Thread.start(file, { buffer, way, role, params } satisfies RingData);
  const writer = await start('write');
  const reader = await start('read');
  return {
    async run(asked) {
      const messages = Math.ceil(asked / params.batch) * params.batch;
      const [wrote, { endMs, received, sum, extra }] = await Promise.all([
        writer.request<RingReport>({ messages }),
        reader.request<RingReport>({ messages }),
      ]);
      return { elapsedMs: endMs - wrote.startMs, offered: messages, received, sum, extra };
    },
    stop: async () => {
      await Promise.all([writer.stop(), reader.stop()]);
    },
  };
}

/** Packs a batch and unpacks it again on one thread: twice the work that each of two threads has. */
async function startCodec(params: FloorRingParams): Promise<Subject<FloorRingSample>> {
  const { createLinkMemory, PayloadDecoder, PayloadEncoder, RING_DEFAULT_BYTES } = await import(
    'millrace/link'
  );
  const { Arrivals, payloadMaker } = await import('./payload.ts');
  const memory = createLinkMemory(RING_DEFAULT_BYTES);
  const nothing = (): never => {
    throw new Error('these payloads hold neither refs nor transfers');
  };
  const encoder = new PayloadEncoder(memory);
  const decoder = new PayloadDecoder(memory, { ref: nothing, transferred: nothing });
  const payloadOf = payloadMaker(params);
  const { batch } = params;
  return {
    run: (asked) => {
      const messages = Math.ceil(asked / batch) * batch;
      const arrivals = new Arrivals();
      const column = new Array<unknown>(batch);
      const startMs = nowMs();
      for (let sent = 0; sent < messages; sent += batch) {
        for (let i = 0; i < batch; i += 1) column[i] = payloadOf(sent + i);
        const bytes = encoder.pack(column);
        for (const payload of decoder.unpack(bytes, 0, bytes.length, batch)) arrivals.add(payload);
      }
      const { received, sum, extra } = arrivals;
      return Promise.resolve({ elapsedMs: nowMs() - startMs, offered: messages, received, sum, extra });
    },
    stop: () => Promise.resolve(),
  };
}

interface Flood {
  readonly pass: (each: number) => Promise<FloodSample>;
  readonly stop: () => Promise<void>;
}

interface FloodSample {
  readonly elapsedMs: number;
  readonly offered: number;
  readonly received: Int32Array;
  readonly sums: Int32Array;
}

async function startFlood(payload: 'signed' | 'bare', parties: number): Promise<Flood> {
  const { createLinkMemory, RING_DEFAULT_BYTES } = await import('millrace/link');
  const { buffer } = createLinkMemory(RING_DEFAULT_BYTES);
  const file = new URL('./flood-worker.js', import.meta.url);
  const start = (role: 'write' | 'read'): Promise<Thread> =>
    Thread.start(file, { buffer, role, payload, parties } satisfies FloodData);
  const writer = await start('write');
  const reader = await start('read');
  return {
    async pass(each) {
      const [wrote, read] = await Promise.all([
        writer.request<FloodReport>({ each }),
        reader.request<FloodReport>({ each }),
      ]);
      const { received, sums } = read;
      return { elapsedMs: read.atMs - wrote.atMs, offered: each * parties, received, sums };
    },
    stop: async () => {
      await Promise.all([writer.stop(), reader.stop()]);
    },
  };
}
