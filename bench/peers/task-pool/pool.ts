/**
 * S6, S8 and S9 for any pool of workers that runs tasks. Tasks are submitted from the main thread, the only place a
 * pool takes them from, with a bounded number under way: submitted and not yet answered.
 */
import { absentInPools } from '../absent.ts';
import { nowMs } from '@millrace/testkit/bench';
import { lacks, runs, type Coverage, type Subject, type Tools } from '../../harness/system.ts';
import { dueBy, readRecovery } from '../../load/burst.ts';
import { MemorySampler } from '../../load/memory.ts';
import { driveOverload, overloadBoard } from '../../load/overload.ts';
import { findPeak } from '../../load/peak.ts';
import { sendBySchedule, type ScheduledSends } from '../../load/scheduled-sends.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import {
  cell as zipfCount,
  zipfCountLoad,
  type ZipfCountParams,
  type ZipfCountSample,
} from '../../macro/s6-zipf-count.ts';
import { cell as overload, type OverloadParams, type OverloadSample } from '../../macro/s8-overload.ts';
import { cell as burst, scheduleOf, type BurstParams, type BurstSample } from '../../macro/s9-burst.ts';
import { RECEIVED, SUM, type TaskData, type TaskMessage } from './task.ts';

/** What the cells need of a pool. */
export interface TaskPool {
  run(message: TaskMessage): Answer;
  stop(): Promise<void>;
}

/** The part of a promise that all pools agree on; not each gives a native one. */
export interface Answer {
  then(onDone: (answer: number) => void, onFailed: (error: Error) => void): unknown;
}

/** Starts a pool with that many workers, each given `data`. */
export type StartPool = (workers: number, data: TaskData) => Promise<TaskPool>;

const NO_IDENTITY = 'a task pool runs functions: there is no actor to send to';

/** The cells that a pool can answer. */
export function poolCovers(start: StartPool): Coverage[] {
  return [
    lacks(localTell, NO_IDENTITY),
    lacks(fanIn, NO_IDENTITY),
    runs(zipfCount, (params, tools) => startZipfCount(start, params, tools)),
    runs(overload, (params, tools) => startOverload(start, params, tools)),
    runs(burst, (params, tools) => startBurst(start, params, tools)),
    ...absentInPools,
  ];
}

async function startZipfCount(
  start: StartPool,
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const { workers, keys, capacity } = params;
  const { streams } = zipfCountLoad(params);
  const counts = new Int32Array(new SharedArrayBuffer(keys * Int32Array.BYTES_PER_ELEMENT));
  const sums = new Int32Array(new SharedArrayBuffer(keys * Int32Array.BYTES_PER_ELEMENT));
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const pool = await start(workers, { kind: 'count', counts, sums, workSteps });
  return {
    async run(messages) {
      counts.fill(0);
      sums.fill(0);
      const each = Math.ceil(messages / workers);
      const offered = each * workers;
      const messageAt = (i: number): TaskMessage => {
        const stream = streams[i % workers] as Int32Array;
        const value = Math.floor(i / workers);
        return { key: stream[value & (stream.length - 1)] as number, sentMs: 0, value };
      };
      const startMs = nowMs();
      await runAll(pool, offered, capacity, messageAt);
      return { elapsedMs: nowMs() - startMs, offered, counts: counts.slice(), sums: sums.slice() };
    },
    stop: () => pool.stop(),
  };
}

/** Runs tasks 0 … count − 1 with at most `underWayMax` unanswered. */
function runAll(
  pool: TaskPool,
  count: number,
  underWayMax: number,
  messageAt: (i: number) => TaskMessage,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let submitted = 0;
    let answered = 0;
    const submit = (): void => {
      while (submitted < count && submitted - answered < underWayMax) {
        const message = messageAt(submitted);
        submitted += 1;
        pool.run(message).then(onAnswer, reject);
      }
    };
    const onAnswer = (): void => {
      answered += 1;
      if (answered === count) resolve();
      else submit();
    };
    submit();
  });
}

async function startOverload(
  start: StartPool,
  params: OverloadParams,
  tools: Tools,
): Promise<Subject<OverloadSample>> {
  const board = overloadBoard(params.serviceUs * tools.stepsPerUs);
  const pool = await start(1, { kind: 'overload', board });
  return {
    async run() {
      const memory = new MemorySampler();
      let failure: Error | undefined;
      const tallies = await driveOverload(params, board, (sentMs, value) => {
        pool.run({ key: 0, sentMs, value }).then(
          () => {},
          (error) => {
            failure = error;
          },
        );
      });
      if (failure !== undefined) throw failure;
      return { ...tallies, elapsedMs: params.overloadMs, memory: memory.stop() };
    },
    stop: () => pool.stop(),
  };
}

/** Time before the first message of an open loop is due. */
const PREPARE_MS = 5;

async function startBurst(
  start: StartPool,
  params: BurstParams,
  tools: Tools,
): Promise<Subject<BurstSample>> {
  const tally = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const pool = await start(1, { kind: 'burst', tally, serviceSteps: params.serviceUs * tools.stepsPerUs });
  return {
    async run() {
      const peakPerSecond = await findPeak(async (count) => {
        const startMs = nowMs();
        await runAll(pool, count, params.capacity, (value) => ({ key: 0, sentMs: 0, value }));
        return { offered: count, elapsedMs: nowMs() - startMs };
      });
      const schedule = scheduleOf(params, peakPerSecond);
      const count = dueBy(schedule, Number.POSITIVE_INFINITY);
      tally.fill(0);
      const startMs = nowMs() + PREPARE_MS;
      const lateMs = await runBySchedule(pool, { schedule, startMs, count });
      return {
        elapsedMs: nowMs() - startMs,
        offered: count,
        received: tally[RECEIVED] as number,
        sum: tally[SUM] as number,
        peakPerSecond,
        recovery: readRecovery(schedule, lateMs),
      };
    },
    stop: () => pool.stop(),
  };
}

/** Submits each task when it is due, and resolves with how late each was once all are answered. */
async function runBySchedule(pool: TaskPool, sends: ScheduledSends): Promise<Float64Array> {
  const lateMs = new Float64Array(sends.count);
  const answers: Promise<void>[] = [];
  await sendBySchedule(sends, (value, sentMs) => {
    const answer = new Promise<void>((resolve, reject) => {
      pool.run({ key: 0, sentMs, value }).then((late) => {
        lateMs[value] = late;
        resolve();
      }, reject);
    });
    answers.push(answer);
  });
  await Promise.all(answers);
  return lateMs;
}
