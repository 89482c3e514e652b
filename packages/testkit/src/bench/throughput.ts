/**
 * Messages a second, with a checksum. Owns the run of a closed loop: sends the numbers 0 … n−1, waits until the
 * receivers say that all have arrived, and compares count and sum. Holds that a run whose messages do not add
 * up gives no figure. Must not know actors: sending and counting are functions of the caller.
 */
import { callable, checkOptions, integer, milliseconds } from '@millrace/core/remote';
import { BenchVoid } from './bench-void.ts';
import { nowMs } from './clock.ts';
import {
  ARRIVAL_DEFAULT_MS,
  RUN_MAX_MESSAGES,
  UNSETTLED_DEFAULT_SENDS,
  UNSETTLED_MAX_SENDS,
} from './limits.ts';
import { sumOfSequence } from './sequence-sum.ts';
import type { TimedRun } from './timed-run.ts';

/** What receivers have counted since they started, all together. */
export interface Tally {
  /** Messages handled. */
  readonly messages: number;
  /** The sum of their values, modulo 2³² or exact. */
  readonly sum: number;
}

/** What one run sends, and how it learns that everything arrived. */
export interface ThroughputOptions {
  /** Messages of one run, from 1 to 10,000,000. A run should take some milliseconds at least. */
  readonly messages: number;
  /** Sends one message that carries `value`. What it returns is awaited with the others of its portion. */
  readonly send: (value: number) => unknown;
  /** Asks the receivers what they have counted so far; only the difference within the run matters. */
  readonly tally: () => Tally | Promise<Tally>;
  /** Sends that may be unsettled together, from 1 to 1,024. Default 256. */
  readonly unsettledMax?: number;
  /** Time after the last send for everything to arrive. Default 10,000 ms. */
  readonly arriveWithinMs?: number;
}

/**
 * A function that measures one run: give it to `bench.add(name, …)`. The library then shows time per message and
 * messages a second.
 *
 * The function rejects with BenchVoid when the messages do not add up, whether some are missing, changed or too
 * many, or when a send was refused; the library shows that as an error, and there is no figure.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function throughput(options: ThroughputOptions): () => Promise<TimedRun> {
  checkOptions('throughput', options, {
    messages: integer(1, RUN_MAX_MESSAGES),
    send: callable,
    tally: callable,
    unsettledMax: integer(1, UNSETTLED_MAX_SENDS),
    arriveWithinMs: milliseconds(),
  });
  const {
    messages,
    send,
    tally,
    unsettledMax = UNSETTLED_DEFAULT_SENDS,
    arriveWithinMs = ARRIVAL_DEFAULT_MS,
  } = options;
  const expectedSum = sumOfSequence(messages);

  return async () => {
    const before = await tally();
    const startMs = nowMs();
    await sendAll(messages, send, unsettledMax);
    const deadlineMs = nowMs() + arriveWithinMs;
    let after = await tally();
    while (after.messages - before.messages < messages && nowMs() < deadlineMs) {
      // oxlint-disable-next-line no-await-in-loop -- this thread's own actors work between two looks
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      // oxlint-disable-next-line no-await-in-loop -- a second look makes sense only after the first
      after = await tally();
    }
    const elapsedMs = nowMs() - startMs;
    const received = after.messages - before.messages;
    const sum = (after.sum - before.sum) | 0;
    if (received !== messages || sum !== expectedSum) {
      throw new BenchVoid('the messages do not add up', { messages, received, expectedSum, sum });
    }
    return { overriddenDuration: elapsedMs / messages, overriddenIterationCost: elapsedMs };
  };
}

async function sendAll(
  messages: number,
  send: (value: number) => unknown,
  unsettledMax: number,
): Promise<void> {
  let unsettled: unknown[] = [];
  let sent = 0;
  try {
    for (; sent < messages; sent += 1) {
      const outcome = send(sent);
      if (outcome instanceof Promise) unsettled.push(outcome);
      if (unsettled.length < unsettledMax) continue;
      // oxlint-disable-next-line no-await-in-loop -- portions, so that what waits stays bounded
      await Promise.all(unsettled);
      unsettled = [];
    }
    await Promise.all(unsettled);
  } catch (cause) {
    throw new BenchVoid(`a send was refused (${String(cause)})`, { messages, sent }, { cause });
  }
}
