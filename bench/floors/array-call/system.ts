/**
 * The floor of S1: push a message (what to call, with what) on an array, then call each. No bound, no
 * fairness, no supervision: what is left when an actor system is taken away.
 */
import { nowMs } from '@millrace/testkit/bench';
import { runs, type Subject, type System } from '../../harness/system.ts';
import { cell as localTell, type LocalTellParams } from '../../macro/s1-local-tell.ts';
import type { TallySample } from '../../macro/tally.ts';

interface Tally {
  received: number;
  sum: number;
}

interface Message {
  readonly handler: (state: Tally, payload: number) => void;
  readonly payload: number;
}

function add(state: Tally, value: number): void {
  state.received += 1;
  state.sum = (state.sum + value) | 0;
}

function startLocalTell(
  { capacity }: LocalTellParams,
  loses: (message: number, messages: number) => boolean,
): Promise<Subject<TallySample>> {
  return Promise.resolve({
    run: (messages) => {
      const state: Tally = { received: 0, sum: 0 };
      const queue: Message[] = [];
      const startMs = nowMs();
      for (let sent = 0; sent < messages; ) {
        const end = Math.min(messages, sent + capacity);
        for (; sent < end; sent += 1) if (!loses(sent, messages)) queue.push({ handler: add, payload: sent });
        for (const { handler, payload } of queue) handler(state, payload);
        queue.length = 0;
      }
      return Promise.resolve({ elapsedMs: nowMs() - startMs, offered: messages, ...state });
    },
    stop: () => Promise.resolve(),
  });
}

function onlyWithoutIdle({ idle }: LocalTellParams): string | undefined {
  return idle > 0 ? 'an array has no actors that could be idle' : undefined;
}

/** The defect that every cell must notice: one message in a million goes missing. */
const ONE_IN_MESSAGES = 1_000_000;

/** The last of each million, and of a pass: one that a slow machine kept short must not hide the defect. */
function losesOneInAMillion(message: number, messages: number): boolean {
  return message % ONE_IN_MESSAGES === ONE_IN_MESSAGES - 1 || message === messages - 1;
}

export const systems: readonly System[] = [
  {
    name: 'floor:array-call',
    kind: 'floor',
    version: () => Promise.resolve({ installed: process.version }),
    covers: [runs(localTell, (params) => startLocalTell(params, () => false), onlyWithoutIdle)],
  },
  {
    name: 'control:loses-one-in-a-million',
    kind: 'control',
    version: () => Promise.resolve({ installed: process.version }),
    covers: [runs(localTell, (params) => startLocalTell(params, losesOneInAMillion), onlyWithoutIdle)],
  },
];
