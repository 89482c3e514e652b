/**
 * One run of one pipeline: starts the API and the pipeline in processes of their own, lets payments arrive
 * in the log, takes a sample of everything a few times a second, and reads the results back from the database.
 * Owns the processes and the folder of the run; holds that none of them is left behind.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventLogWriter } from './event-log.ts';
import type { ApiCounts, ApiMessage } from './fraud-api.ts';
import type { Farewell, PipelineArgs, PipelineMessage, Progress } from './pipeline.ts';
import { readResults, type StoredPayment } from './results.ts';
import { arrivedBy, callsPerSecond, type Scenario } from './scenario.ts';

/** The two ways to write the pipeline. */
export const WAYS = ['naive', 'millrace'] as const;

/** One of {@link WAYS}. */
export type Way = (typeof WAYS)[number];

/** Where everything stood at one moment. */
export interface Sample extends Progress, ApiCounts {
  readonly atMs: number;
  /** Payments that had arrived in the log. */
  readonly arrived: number;
  /** Resident memory of the pipeline's process. */
  readonly rssBytes: number;
}

/** What one run left behind. */
export interface Outcome extends Farewell {
  readonly way: Way;
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly startedAtMs: number;
  readonly samples: readonly Sample[];
  readonly stored: readonly StoredPayment[];
}

const ARRIVAL_TICK_MS = 10;
const SAMPLE_MS = 200;
/** A run may take this many times what the API's rate alone would need, and a while to start. */
const PATIENCE_FACTOR = 5;
const PATIENCE_MIN_MS = 30_000;

/** Runs a pipeline to its end. Rejects when one of its processes ends too early or it takes too long. */
export async function run(way: Way, scenario: Scenario, crash: boolean): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'payment-enrichment-'));
  const log = new EventLogWriter(join(folder, 'events.log'));
  const children: ChildProcess[] = [];
  const timers: NodeJS.Timeout[] = [];
  try {
    const api = start(children, 'fraud-api', String(callsPerSecond(scenario)));
    const { port } = await nextMessage<{ port: number }>(api);
    const args: PipelineArgs = {
      scenario,
      logPath: join(folder, 'events.log'),
      databasePath: join(folder, 'results.db'),
      apiPort: port,
      crash,
    };
    const samples: Sample[] = [];
    let startedAtMs = Number.NaN;
    const farewell = await new Promise<Farewell>((resolve, reject) => {
      let counts: ApiCounts = { scored: 0, limited: 0, failed: 0 };
      let killed = !crash || way === 'millrace';
      api.on('message', (message: ApiMessage) => {
        if ('counts' in message) ({ counts } = message);
      });
      const startPipeline = (): void => {
        const pipeline = start(children, `${way}-pipeline`, JSON.stringify(args));
        pipeline.on('message', (message: PipelineMessage) => {
          if (message.kind === 'finished') {
            resolve(message);
            return;
          }
          // Payments begin to arrive once somebody is there to take them.
          if (Number.isNaN(startedAtMs)) startedAtMs = Date.now();
          const { kind: _, ...progress } = message;
          samples.push({ atMs: Date.now() - startedAtMs, arrived: log.length, ...progress, ...counts });
          // The naive pipeline is one thread: its crash is the end of its process, and somebody starts it again.
          if (!killed && progress.accepted >= scenario.events / 2) {
            killed = true;
            pipeline.removeAllListeners().kill('SIGKILL');
            startPipeline();
          }
        });
        pipeline.on('exit', (code) => reject(new Error(`the ${way} pipeline ended early: code=${code}`)));
      };
      startPipeline();
      timers.push(
        setInterval(() => {
          const nowMs = Date.now();
          if (nowMs >= startedAtMs) log.appendUntil(arrivedBy(scenario, nowMs - startedAtMs), nowMs);
        }, ARRIVAL_TICK_MS),
        setInterval(() => api.send('counts'), SAMPLE_MS),
        setTimeout(() => reject(new Error(`the ${way} pipeline took too long`)), patienceMs(scenario)),
      );
    });
    const seconds = (Date.now() - startedAtMs) / 1_000;
    await ended(children.at(-1));
    return {
      way,
      scenario,
      seconds,
      startedAtMs,
      samples,
      stored: readResults(args.databasePath),
      ...farewell,
    };
  } finally {
    for (const timer of timers) clearInterval(timer);
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map(ended));
    log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function patienceMs(scenario: Scenario): number {
  return PATIENCE_MIN_MS + (scenario.events / callsPerSecond(scenario)) * 1_000 * PATIENCE_FACTOR;
}

function start(children: ChildProcess[], module: string, argument: string): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./${module}.js`, import.meta.url)), [argument]);
  children.push(child);
  return child;
}

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code) => reject(new Error(`a process ended before it was ready: code=${code}`)));
  });
}

function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
  });
}
