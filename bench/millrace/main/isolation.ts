/**
 * S11: the quick and the stuck on one worker, their senders on another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type LatencySummary, nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import type { IsolationParams, IsolationSample } from '../../macro/s11-isolation.ts';
import { Flooder, Healthy, Stuck, Visitor } from './isolation-actors.ts';
import { startStage } from './subject.ts';

const POLL_MS = 2;
/**
 * Passes before each that counts. The code must be warm before two passes are compared, and it cools down when the
 * flood begins: the first sends that wait take ways that the engine had compiled for those that never do.
 */
const WARM_UP_PASSES = 4;
/** Time for the flood to fill the mailbox of the stuck actor. */
const FLOOD_MS = 100;

export async function startIsolation(params: IsolationParams): Promise<Subject<IsolationSample>> {
  const { healthy, ratePerSecond, durationMs } = params;
  const { system, collector, told } = await startStage(['isolation-actors'], { workers: 2 });
  const refs = await Promise.all(
    Array.from({ length: healthy }, () => system.spawn(Healthy, { placement: 1 })),
  );
  const [first] = refs;
  if (first === undefined) throw new Error('no healthy actor: healthy=0');
  const stuck = await system.spawn(Stuck, { placement: 1 });
  const visitor = await system.spawn(Visitor, { placement: 2, args: { healthy: refs, collector } });
  const flooder = await system.spawn(Flooder, { placement: 2, args: stuck });
  const count = Math.floor((durationMs * ratePerSecond) / 1_000);

  const visit = async (): Promise<{ received: number; age: LatencySummary }> => {
    const done = told(1);
    void visitor.tell('begin', { startMs: nowMs() + POLL_MS, gapMs: 1_000 / ratePerSecond, count });
    await done;
    // What was sent last may still be on its way.
    await delay(POLL_MS * 10);
    return first.ask('report', undefined);
  };
  const warmVisit = async (): ReturnType<typeof visit> => {
    for (let pass = 0; pass < WARM_UP_PASSES; pass += 1) await visit();
    return visit();
  };
  return {
    async run() {
      const without = await warmVisit();
      void flooder.tell('go', undefined);
      await delay(FLOOD_MS);
      const withStuck = await warmVisit();
      return {
        elapsedMs: 2 * durationMs,
        offered: 2 * count,
        received: without.received + withStuck.received,
        without: without.age,
        withStuck: withStuck.age,
      };
    },
    // What the stuck actor holds is not waited for: that it is never handled is the point.
    stop: async () => {
      await system.stop({ drainMs: 0, actorsMs: 100 });
    },
  };
}
