/**
 * The yardstick of an open loop: how long a customer waits in a queue with one server, constant service time and
 * arrivals by chance (M/D/1). Pure; the same numbers in every run.
 */
import { seededRandom } from '@millrace/testkit/bench';

const ARRIVALS = 500_000;
const SEED = 7;

/**
 * The wait that only one customer in a hundred exceeds, in service times, at a utilisation below 1. By Lindley's
 * recursion: who comes waits as long as the one before, plus its service, less the time between them.
 */
export function queueWaitP99(utilisation: number): number {
  const random = seededRandom(SEED);
  const waits = new Float64Array(ARRIVALS);
  for (let i = 1; i < ARRIVALS; i += 1) {
    const gap = -Math.log(1 - random()) / utilisation;
    waits[i] = Math.max(0, (waits[i - 1] as number) + 1 - gap);
  }
  waits.sort();
  return waits[Math.floor(ARRIVALS * 0.99)] as number;
}
