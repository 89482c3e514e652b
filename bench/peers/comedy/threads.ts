/**
 * Comedy over worker threads: the root and its threaded children. A child knows its parent and its own
 * children only, so all load comes from the root, which picks the shard by key modulo workers.
 */
import type { ActorRef } from 'comedy';
import { LatencyRecorder, nowMs } from '@millrace/testkit/bench';
import { COMPILED_ROOT } from '../../harness/paths.ts';
import type { Subject, Tools } from '../../harness/system.ts';
import { dueBy, readRecovery } from '../../load/burst.ts';
import { MemorySampler } from '../../load/memory.ts';
import { driveOverload, overloadBoard } from '../../load/overload.ts';
import { findPeak } from '../../load/peak.ts';
import { sendBySchedule } from '../../load/scheduled-sends.ts';
import type { FanInParams, FanInSample } from '../../macro/s2-fan-in.ts';
import type { PingPongSample } from '../../macro/s3-ping-pong.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import type { OverloadParams, OverloadSample } from '../../macro/s8-overload.ts';
import { scheduleOf, type BurstParams, type BurstSample } from '../../macro/s9-burst.ts';

interface ShardReport {
  readonly counts: Int32Array;
  readonly sums: Int32Array;
  readonly handled: number;
  readonly lateMs: Float64Array;
}

/** Sends of one turn of the root, after which its event loop gets to the messages it has posted. */
const TURN_SENDS = 256;

async function startShards(count: number): Promise<{ shards: ActorRef[]; stop: () => Promise<void> }> {
  // Comedy looks a module up below the root of the application, in every thread again.
  process.env['APP_ROOT_PATH'] = COMPILED_ROOT;
  const { createSystem } = await import('comedy');
  const system = createSystem({ test: true });
  const root = await system.rootActor();
  const shards: ActorRef[] = [];
  for (let i = 0; i < count; i += 1) {
    shards.push(await root.createChild('/peers/comedy/shard.cjs', { mode: 'threaded', name: `shard-${i}` }));
  }
  return { shards, stop: () => system.destroy() };
}

export async function startZipfCount(
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const { workers, keys } = params;
  const { streams } = zipfCountLoad(params);
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const { shards, stop } = await startShards(workers);
  return {
    async run(messages) {
      const each = Math.ceil(messages / workers);
      const expected = new Int32Array(workers);
      for (const stream of streams) {
        for (let i = 0; i < each; i += 1) {
          const owner = (stream[i & (stream.length - 1)] as number) % workers;
          expected[owner] = (expected[owner] as number) + 1;
        }
      }
      await Promise.all(
        shards.map((shard, i) => shard.sendAndReceive('begin', { keys, workSteps, expected: expected[i] })),
      );
      const startMs = nowMs();
      await inTurns(each, (i) => {
        for (const stream of streams) {
          const key = stream[i & (stream.length - 1)] as number;
          post(shards[key % workers] as ActorRef, 'count', key, i);
        }
      });
      const reports = await Promise.all(
        shards.map((shard) => shard.sendAndReceive('finish') as Promise<ShardReport>),
      );
      const elapsedMs = nowMs() - startMs;
      const counts = new Int32Array(keys);
      const sums = new Int32Array(keys);
      for (const report of reports) {
        for (let key = 0; key < keys; key += 1) {
          counts[key] = (counts[key] as number) + (report.counts[key] as number);
          sums[key] = ((sums[key] as number) + (report.sums[key] as number)) | 0;
        }
      }
      return {
        elapsedMs,
        offered: each * workers,
        counts,
        sums,
        perWorker: reports.map((report) => report.handled),
      };
    },
    stop,
  };
}

export async function startFanIn(_params: FanInParams): Promise<Subject<FanInSample>> {
  const { shards, stop } = await startShards(1);
  const shard = shards[0] as ActorRef;
  return {
    async run(messages) {
      await shard.sendAndReceive('begin', { keys: 1, workSteps: 0, expected: messages });
      const startMs = nowMs();
      await inTurns(messages, (i) => post(shard, 'count', 0, i));
      const { counts, sums } = (await shard.sendAndReceive('finish')) as ShardReport;
      return {
        elapsedMs: nowMs() - startMs,
        offered: messages,
        received: counts,
        receivedAtHalf: undefined,
        sum: sums[0] as number,
      };
    },
    stop,
  };
}

export async function startPingPong(): Promise<Subject<PingPongSample>> {
  const { shards, stop } = await startShards(1);
  const shard = shards[0] as ActorRef;
  return {
    async run(messages) {
      const roundTrips = Math.ceil(messages / 2);
      const latency = new LatencyRecorder();
      let token = 0;
      const startMs = nowMs();
      for (let i = 0; i < roundTrips; i += 1) {
        const sentMs = nowMs();
        token = ((await shard.sendAndReceive('echo', token)) as number) + 1;
        latency.record(nowMs() - sentMs);
      }
      return {
        elapsedMs: nowMs() - startMs,
        offered: roundTrips * 2,
        token,
        counted: token,
        latency: latency.summary(),
      };
    },
    stop,
  };
}

export async function startOverload(params: OverloadParams, tools: Tools): Promise<Subject<OverloadSample>> {
  const board = overloadBoard(params.serviceUs * tools.stepsPerUs);
  const { shards, stop } = await startShards(1);
  const shard = shards[0] as ActorRef;
  await shard.sendAndReceive('openBoard', board);
  return {
    async run() {
      const memory = new MemorySampler();
      const tallies = await driveOverload(params, board, (sentMs, value) =>
        post(shard, 'take', sentMs, value),
      );
      return { ...tallies, elapsedMs: params.overloadMs, memory: memory.stop() };
    },
    stop,
  };
}

/** Time before the first message of an open loop is due. */
const PREPARE_MS = 5;

export async function startBurst(params: BurstParams, tools: Tools): Promise<Subject<BurstSample>> {
  const workSteps = params.serviceUs * tools.stepsPerUs;
  const { shards, stop } = await startShards(1);
  const shard = shards[0] as ActorRef;
  const finish = (): Promise<ShardReport> => shard.sendAndReceive('finish') as Promise<ShardReport>;
  return {
    async run() {
      const peakPerSecond = await findPeak(async (count) => {
        await shard.sendAndReceive('begin', { keys: 1, workSteps, expected: count });
        const startMs = nowMs();
        await inTurns(count, (i) => post(shard, 'count', 0, i));
        await finish();
        return { offered: count, elapsedMs: nowMs() - startMs };
      });
      const schedule = scheduleOf(params, peakPerSecond);
      const count = dueBy(schedule, Number.POSITIVE_INFINITY);
      await shard.sendAndReceive('beginBurst', { workSteps, expected: count });
      const startMs = nowMs() + PREPARE_MS;
      await sendBySchedule({ schedule, startMs, count }, (value, dueMs) => {
        if (failure !== undefined) throw failure;
        post(shard, 'labour', value, dueMs);
      });
      const { counts, sums, lateMs } = await finish();
      return {
        elapsedMs: nowMs() - startMs,
        offered: count,
        received: counts[0] as number,
        sum: sums[0] as number,
        peakPerSecond,
        recovery: readRecovery(schedule, lateMs),
      };
    },
    stop,
  };
}

let failure: Error | undefined;

/** Sends without waiting; a send that fails is reported by the next turn. */
function post(shard: ActorRef, topic: string, ...message: number[]): void {
  shard.send(topic, ...message).catch((error: Error) => {
    failure = error;
  });
}

/** Calls `send` with 0 … count − 1, some in each turn of the event loop. */
function inTurns(count: number, send: (i: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const turn = (): void => {
      if (failure !== undefined) {
        reject(failure);
        return;
      }
      const end = Math.min(count, sent + TURN_SENDS);
      for (; sent < end; sent += 1) send(sent);
      if (sent < count) setImmediate(turn);
      else resolve();
    };
    turn();
  });
}
