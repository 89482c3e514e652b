/**
 * S8: a worker that is overrun from another worker. The peak is found by letting the generator send as fast
 * as it is allowed to; then it offers a multiple of that.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { MemorySampler } from '../../load/memory.ts';
import { PEAK_GAIN, PEAK_SETTLED_WINDOWS, PEAK_WINDOWS_MAX } from '../../load/overload.ts';
import type { OverloadParams, OverloadSample } from '../../macro/s8-overload.ts';
import { Generator, Worker, type Manner } from './overload-actors.ts';
import { startStage, subjectOf } from './subject.ts';

const POLL_MS = 1;
/** As fast as it is allowed to. */
const UNBOUNDED_RATE = 1e9;

export async function startOverload(
  manner: Manner,
  params: OverloadParams,
  tools: Tools,
): Promise<Subject<OverloadSample>> {
  const stage = await startStage(['overload-actors'], { workers: 2 });
  const { system, collector, told } = stage;
  const target = await system.spawn(Worker, { placement: 1, args: params.serviceUs * tools.stepsPerUs });
  const generator = await system.spawn(Generator, { placement: 2, args: { target, manner, collector } });

  const flood = async (ratePerSecond: number, durationMs: number): Promise<number> => {
    const startMs = nowMs();
    const untilMs = startMs + durationMs;
    await target.ask('begin', untilMs);
    const done = told(1);
    void generator.tell('begin', { ratePerSecond, startMs, untilMs });
    await done;
    return startMs;
  };
  const settled = async () => {
    const sent = await generator.ask('report', undefined);
    for (;;) {
      // Behind a full mailbox an answer takes as long as the mailbox does.
      const worked = await target.ask('report', undefined, { timeoutMs: 60_000 });
      if (worked.inTime + worked.drained + sent.refused >= sent.sent) return { ...sent, ...worked };
      await delay(POLL_MS);
    }
  };
  return subjectOf(stage, async () => {
    let peakPerSecond = 0;
    let noBetter = 0;
    for (let window = 0; window < PEAK_WINDOWS_MAX && noBetter < PEAK_SETTLED_WINDOWS; window += 1) {
      await flood(UNBOUNDED_RATE, params.peakMs);
      const rate = ((await settled()).inTime / params.peakMs) * 1_000;
      noBetter = rate < peakPerSecond * PEAK_GAIN ? noBetter + 1 : 0;
      peakPerSecond = Math.max(peakPerSecond, rate);
    }
    const memory = new MemorySampler();
    const floodStartMs = await flood(peakPerSecond * params.factor, params.overloadMs);
    const { sent, refused, refusedSum, inTime, drained, sum, age } = await settled();
    return {
      elapsedMs: params.overloadMs,
      floodStartMs,
      memory: memory.stop(),
      offered: sent,
      peakPerSecond,
      refused,
      refusedSum,
      inTime,
      drained,
      sum,
      age,
    };
  });
}
