/**
 * Both ends of S2: one worker posts to a port without looking back, the other counts. Which of the two
 * this is depends on the request.
 */
import type { MessagePort } from 'node:worker_threads';
import { nowMs } from '@millrace/testkit/bench';
import { serveRequests, startData } from '../../load/thread.ts';
import { outbox, receive, type Packing } from './mail.ts';

export interface FanInData {
  readonly port: MessagePort;
  readonly packing: Packing;
}

export type FanInRequest = { readonly role: 'send' | 'receive'; readonly messages: number };

/** When the first was sent, or when the last had arrived and what had. */
export interface FanInReport {
  readonly atMs: number;
  readonly received: number;
  readonly sum: number;
}

const { port, packing } = startData<FanInData>();
let received = 0;
let sum = 0;
let expected = Number.POSITIVE_INFINITY;
let report: ((result: FanInReport) => void) | undefined;

receive(port, packing, (_sender, value) => {
  received += 1;
  sum = (sum + value) | 0;
  finishIfDone();
});

serveRequests<FanInRequest>(({ role, messages }) => (role === 'send' ? send(messages) : count(messages)));

function send(messages: number): FanInReport {
  const atMs = nowMs();
  const box = outbox(port, packing);
  for (let i = 0; i < messages; i += 1) box.send(0, i);
  box.flush();
  return { atMs, received: 0, sum: 0 };
}

function count(messages: number): Promise<FanInReport> {
  return new Promise((resolve) => {
    expected = messages;
    report = resolve;
    finishIfDone();
  });
}

function finishIfDone(): void {
  if (received < expected) return;
  report?.({ atMs: nowMs(), received, sum });
  received = 0;
  sum = 0;
  expected = Number.POSITIVE_INFINITY;
}
