/**
 * The task that every pool runs, in the worker: count a message for a key, or work on one of an
 * overload or of a burst. A pool has no keyed state and sends a key to any worker, so the state is shared memory and
 * every change is atomic: the way to count in a pool that counts right.
 */
import { nowMs } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { OverloadReceiver, type OverloadBoard } from '../../load/overload.ts';

/** What a worker starts with. */
export type TaskData =
  | {
      readonly kind: 'count';
      readonly counts: Int32Array;
      readonly sums: Int32Array;
      readonly workSteps: number;
    }
  | { readonly kind: 'overload'; readonly board: OverloadBoard }
  | { readonly kind: 'burst'; readonly tally: Int32Array; readonly serviceSteps: number };

/** Where the messages of a burst are counted and summed. */
export const RECEIVED = 0;
export const SUM = 1;

/**
 * One task. A count has a key; a message of an overload has the time it was sent, one of a burst the time it was
 * due.
 */
export interface TaskMessage {
  readonly key: number;
  readonly sentMs: number;
  readonly value: number;
}

/** The function that a worker registers. A message of a burst is answered with how late it was, in milliseconds. */
export function taskOf(data: TaskData): (message: TaskMessage) => number {
  if (data.kind === 'overload') {
    const receiver = new OverloadReceiver(data.board);
    return ({ sentMs, value }) => {
      receiver.take(sentMs, value);
      return 0;
    };
  }
  if (data.kind === 'burst') {
    const { tally, serviceSteps } = data;
    return ({ sentMs, value }) => {
      const lateMs = nowMs() - sentMs;
      Atomics.add(tally, RECEIVED, 1);
      Atomics.add(tally, SUM, value);
      // The work never adds up to this fraction; asking keeps it alive.
      return busyWork(serviceSteps, value) === 0.5 ? 0 : lateMs;
    };
  }
  const { counts, sums, workSteps } = data;
  return ({ key, value }) => {
    Atomics.add(counts, key, 1);
    Atomics.add(sums, key, value);
    return workSteps > 0 ? busyWork(workSteps, value) : 0;
  };
}
