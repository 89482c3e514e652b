/**
 * Erlang/OTP: processes on the BEAM, one scheduler for each worker. Mailboxes have no bound and a send
 * never waits, as is usual there.
 */
import { absentOnBeam } from '../absent.ts';
import { type LatencySummary, nowMs } from '@millrace/testkit/bench';
import { runs, type Subject, type System } from '../../harness/system.ts';
import { dueBy, readRecovery } from '../../load/burst.ts';
import { hottestKeys } from '../../load/keyed-load.ts';
import { MemorySampler } from '../../load/memory.ts';
import { findPeak } from '../../load/peak.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import { cell as pingPong, TIMED_TOGETHER_SAME_THREAD } from '../../macro/s3-ping-pong.ts';
import { cell as forkJoin } from '../../macro/s4-fork-join.ts';
import { bigLoad, cell as big } from '../../macro/s5-big.ts';
import { cell as zipfCount, zipfCountLoad, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import {
  cell as zipfOpen,
  HOT_KEYS,
  scheduleOf as scheduleOfZipf,
  WARM_UP_SHARE,
  type ZipfOpenSample,
} from '../../macro/s7-zipf-open.ts';
import { cell as overload } from '../../macro/s8-overload.ts';
import { cell as burst, scheduleOf as scheduleOfBurst } from '../../macro/s9-burst.ts';
import { cell as footprint } from '../../macro/s16-footprint.ts';
import type { Sample } from '../../harness/cell.ts';
import { Beam, installedRelease, listIn, numberIn, type BeamReport } from './beam.ts';

/** Binds a started BEAM to the shape of a cell's samples. */
function subject<S extends Sample>(
  beam: Beam,
  sampleOf: (report: BeamReport) => Omit<S, keyof Sample>,
): Subject<S> {
  return {
    async run(messages) {
      const report = await beam.run(messages);
      const base = { elapsedMs: numberIn(report, 'elapsedMs'), offered: numberIn(report, 'offered') };
      return { ...base, ...sampleOf(report) } as S;
    },
    stop: () => beam.stop(),
  };
}

function latencyIn(report: BeamReport): { samples: number; p50Us: number; p99Us: number; p999Us: number } {
  return {
    samples: numberIn(report, 'samples'),
    p50Us: numberIn(report, 'p50Us'),
    p99Us: numberIn(report, 'p99Us'),
    p999Us: numberIn(report, 'p999Us'),
  };
}

/** The same of a list: how many, and the percentiles. */
function summaryIn(report: BeamReport, name: string): LatencySummary {
  const [samples = 0, p50Us = 0, p99Us = 0, p999Us = 0] = listIn(report, name);
  return { samples, p50Us, p99Us, p999Us };
}

/** Messages by key. Its integers do not wrap: sums come modulo 2³² without a sign. */
function keysIn(report: BeamReport): Pick<ZipfCountSample, 'counts' | 'sums'> {
  return { counts: listIn(report, 'counts'), sums: Int32Array.from(listIn(report, 'sums')) };
}

/** The best rate of closed loops of the cell that is loaded. */
function peakOf(beam: Beam): Promise<number> {
  return findPeak(async (messages) => {
    const report = await beam.run(messages);
    return { elapsedMs: numberIn(report, 'elapsedMs'), offered: numberIn(report, 'offered') };
  });
}

const flood = (schedulers: number, senders: number, receivers: number, idle = 0): Promise<Beam> =>
  Beam.start({ module: 'floods', schedulers, words: { senders, receivers, idle } });

export const systems: readonly System[] = [
  {
    name: 'erlang',
    kind: 'peer',
    version: () => {
      const release = installedRelease();
      return Promise.resolve(
        release === undefined ? { missing: 'erl is not installed' } : { installed: `OTP ${release}` },
      );
    },
    covers: [
      runs(localTell, async ({ idle }) =>
        subject(await flood(1, 1, 1, idle), (report) => ({
          received: listIn(report, 'received')[0] as number,
          sum: listIn(report, 'sums')[0] as number,
        })),
      ),
      runs(fanIn, async ({ placement, senders, workers }) =>
        subject(await flood(placement === 'same' ? 1 : workers, senders, 1), (report) => ({
          received: listIn(report, 'received'),
          receivedAtHalf: listIn(report, 'atHalf'),
          sum: listIn(report, 'sums')[0] as number,
        })),
      ),
      runs(pingPong, async ({ placement, waiting, actors, workers }) => {
        const together = placement === 'same' ? TIMED_TOGETHER_SAME_THREAD : 1;
        const beam = await Beam.start({
          module: 'round_trips',
          schedulers: workers,
          sleepAtOnce: waiting === 'sleep',
          words: { actors, together },
        });
        return subject(beam, (report) => ({
          token: numberIn(report, 'token'),
          counted: numberIn(report, 'counted'),
          latency: latencyIn(report),
        }));
      }),
      runs(forkJoin, async ({ actors, workers }) =>
        subject(await flood(workers, 1, actors), (report) => ({
          received: listIn(report, 'received'),
          sums: listIn(report, 'sums'),
        })),
      ),
      runs(big, async (params) => {
        const { actors, workers } = params;
        const { streams } = bigLoad(params);
        const beam = await Beam.start({ module: 'big', schedulers: workers, words: { actors }, streams });
        return subject(beam, (report) => ({
          pings: listIn(report, 'pings'),
          pongs: listIn(report, 'pongs'),
        }));
      }),
      runs(zipfCount, async (params, tools) => {
        const { workers, keys, workUs } = params;
        const { streams } = zipfCountLoad(params);
        const words = { workers, keys };
        const beam = await Beam.start({ module: 'zipf_count', schedulers: workers, words, streams });
        if (workUs > 0) await beam.setWork(workUs, tools);
        return subject(beam, keysIn);
      }),
      runs(zipfOpen, async (params, tools) => {
        const { workers, keys, workUs } = params;
        const streams = [...zipfCountLoad(params).streams, hottestKeys(keys, HOT_KEYS)];
        const words = { workers, keys };
        const beam = await Beam.start({ module: 'zipf_open', schedulers: workers, words, streams });
        await beam.setWork(workUs, tools);
        return {
          async run(): Promise<ZipfOpenSample> {
            const peakPerSecond = await peakOf(beam);
            const { each, gapMs } = scheduleOfZipf(params, peakPerSecond);
            const pace = { gapUs: gapMs * 1_000 };
            await beam.run(Math.ceil(each * WARM_UP_SHARE) * workers, pace);
            const report = await beam.run(each * workers, pace);
            return {
              elapsedMs: numberIn(report, 'elapsedMs'),
              offered: numberIn(report, 'offered'),
              ...keysIn(report),
              peakPerSecond,
              latency: summaryIn(report, 'lateUs'),
              cold: summaryIn(report, 'coldUs'),
            };
          },
          stop: () => beam.stop(),
        };
      }),
      runs(overload, async ({ factor, serviceUs, capacity, peakMs, overloadMs }, tools) => {
        const words = { factor, capacity, peakMs, overloadMs };
        const beam = await Beam.start({ module: 'overload', schedulers: 2, words });
        await beam.setWork(serviceUs, tools);
        return {
          async run() {
            const memory = new MemorySampler(() => beam.readRss());
            const startMs = nowMs();
            const report = await beam.run(0);
            return {
              elapsedMs: overloadMs,
              floodStartMs: startMs + numberIn(report, 'floodAfterMs'),
              offered: numberIn(report, 'offered'),
              peakPerSecond: numberIn(report, 'peakPerSecond'),
              refused: 0,
              refusedSum: 0,
              inTime: numberIn(report, 'inTime'),
              drained: numberIn(report, 'drained'),
              sum: numberIn(report, 'sum'),
              age: latencyIn(report),
              memory: memory.stop(),
            };
          },
          stop: () => beam.stop(),
        };
      }),
      runs(burst, async (params, tools) => {
        const beam = await Beam.start({ module: 'burst', schedulers: 2, words: {} });
        await beam.setWork(params.serviceUs, tools);
        return {
          async run() {
            const peakPerSecond = await peakOf(beam);
            const schedule = scheduleOfBurst(params, peakPerSecond);
            const count = dueBy(schedule, Number.POSITIVE_INFINITY);
            const report = await beam.run(count, { ...schedule });
            return {
              elapsedMs: numberIn(report, 'elapsedMs'),
              offered: numberIn(report, 'offered'),
              received: numberIn(report, 'received'),
              sum: numberIn(report, 'sum'),
              peakPerSecond,
              recovery: readRecovery(schedule, listIn(report, 'lateMs')),
            };
          },
          stop: () => beam.stop(),
        };
      }),
      runs(footprint, async ({ actors }) => {
        const beam = await Beam.start({ module: 'footprint', schedulers: 1, words: { actors } });
        return {
          async run() {
            const report = await beam.run(0);
            const spawnMs = numberIn(report, 'spawnMs');
            return {
              elapsedMs: spawnMs,
              offered: actors,
              spawnMs,
              bytesPerActor: numberIn(report, 'bytesPerActor'),
              received: numberIn(report, 'received'),
              sum: numberIn(report, 'sum'),
            };
          },
          stop: () => beam.stop(),
        };
      }),
      ...absentOnBeam,
    ],
  },
];
