/**
 * Both ends of S9 over a port: one worker posts what is due by the schedule, the other works on each message
 * and keeps how late it was.
 */
import type { MessagePort } from 'node:worker_threads';
import { nowMs } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { dueMs, type BurstSchedule } from '../../load/burst.ts';
import { sendBySchedule } from '../../load/scheduled-sends.ts';
import { serveRequests, startData } from '../../load/thread.ts';

export interface BurstData {
  readonly port: MessagePort;
  readonly serviceSteps: number;
}

export interface BurstRequest {
  /** Prepare to receive, send, or answer once all has been received. */
  readonly role: 'prepare' | 'send' | 'report';
  readonly startMs: number;
  readonly count: number;
  readonly schedule?: BurstSchedule;
}

export interface BurstReport {
  readonly received: number;
  readonly sum: number;
  readonly lateMs: Float64Array;
}

const { port, serviceSteps } = startData<BurstData>();
let request: BurstRequest | undefined;
let report: ((result: BurstReport) => void) | undefined;
let received = 0;
let sum = 0;
let sink = 0;
let lateMs = new Float64Array(0);

port.on('message', (value: number) => {
  if (request?.schedule !== undefined)
    lateMs[value] = nowMs() - request.startMs - dueMs(request.schedule, value);
  sink ^= busyWork(serviceSteps, value);
  received += 1;
  sum = (sum + value) | 0;
  answerIfDone();
});

serveRequests<BurstRequest>((next) => {
  if (next.role === 'send') return send(next);
  if (next.role === 'prepare') return prepare(next);
  return new Promise<BurstReport>((resolve) => {
    report = resolve;
    answerIfDone();
  });
});

function prepare(next: BurstRequest): void {
  request = next;
  report = undefined;
  received = 0;
  sum = 0;
  lateMs = new Float64Array(next.schedule === undefined ? 0 : next.count);
}

function answerIfDone(): void {
  if (received === request?.count) report?.({ received, sum: sink === 0.5 ? 0 : sum, lateMs });
}

async function send({ startMs, count, schedule }: BurstRequest): Promise<void> {
  if (schedule !== undefined) {
    await sendBySchedule({ schedule, startMs, count }, (value) => port.postMessage(value));
    return;
  }
  for (let value = 0; value < count; value += 1) port.postMessage(value);
}
