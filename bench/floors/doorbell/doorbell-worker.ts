/**
 * Both ends of the doorbell's floor: two threads and one word for each. A token is stored in the other's
 * word and the bell rung; nothing else crosses. Asleep means `Atomics.waitAsync`, the only way to sleep
 * that leaves an event loop alive.
 */
import { LatencyRecorder, type LatencySummary, nowMs } from '@millrace/testkit/bench';
import { Spin } from '../../load/spin.ts';
import { serveRequests, startData } from '../../load/thread.ts';

export interface DoorbellData {
  readonly words: Int32Array;
  /** The word at which this thread waits. */
  readonly mine: number;
  /** The word at which the other thread waits. */
  readonly other: number;
  readonly waiting: 'spin' | 'sleep';
  readonly serves: boolean;
}

export interface DoorbellReport {
  readonly token: number;
  readonly latency: LatencySummary;
}

const { words, mine, other, waiting, serves } = startData<DoorbellData>();
/** The token that this thread has seen last; passes go on from there. */
let seen = 0;
const pause = new Spin();

serveRequests<{ roundTrips: number }>(({ roundTrips }) =>
  waiting === 'spin' ? spin(roundTrips) : sleep(roundTrips),
);

function spin(roundTrips: number): DoorbellReport {
  const latency = new LatencyRecorder();
  for (let i = 0; i < roundTrips; i += 1) {
    if (!serves) spinUntilNext();
    const startMs = serves ? nowMs() : 0;
    Atomics.store(words, other, seen + 1);
    if (!serves) continue;
    spinUntilNext();
    latency.record(nowMs() - startMs);
  }
  return { token: seen, latency: latency.summary() };
}

async function sleep(roundTrips: number): Promise<DoorbellReport> {
  const latency = new LatencyRecorder();
  for (let i = 0; i < roundTrips; i += 1) {
    if (!serves) await sleepUntilNext();
    const startMs = serves ? nowMs() : 0;
    Atomics.store(words, other, seen + 1);
    Atomics.notify(words, other);
    if (!serves) continue;
    await sleepUntilNext();
    latency.record(nowMs() - startMs);
  }
  return { token: seen, latency: latency.summary() };
}

function spinUntilNext(): void {
  let token = Atomics.load(words, mine);
  while (token === seen) {
    pause.again();
    token = Atomics.load(words, mine);
  }
  seen = token;
}

async function sleepUntilNext(): Promise<void> {
  while (Atomics.load(words, mine) === seen) {
    const wait = Atomics.waitAsync(words, mine, seen);
    if (wait.async) await wait.value;
  }
  seen = Atomics.load(words, mine);
}
