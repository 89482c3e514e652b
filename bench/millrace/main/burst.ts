/**
 * S9: a sender on one worker, the actor that works on another.
 */
import { nowMs } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { dueBy, readRecovery } from '../../load/burst.ts';
import { findPeak } from '../../load/peak.ts';
import { scheduleOf, type BurstParams, type BurstSample } from '../../macro/s9-burst.ts';
import { Labourer, Surge, type Plan } from './burst-actors.ts';
import { startStage, subjectOf } from './subject.ts';

const PREPARE_MS = 5;

export async function startBurst(params: BurstParams, tools: Tools): Promise<Subject<BurstSample>> {
  const stage = await startStage(['burst-actors'], { workers: 2 });
  const { system, collector, told } = stage;
  const target = await system.spawn(Labourer, {
    placement: 1,
    args: { serviceSteps: params.serviceUs * tools.stepsPerUs, collector },
  });
  const surge = await system.spawn(Surge, { placement: 2, args: target });
  const pass = async (plan: Plan): Promise<number> => {
    await target.ask('begin', plan);
    const done = told(1);
    const startMs = nowMs();
    void surge.tell('begin', plan);
    await done;
    return nowMs() - startMs;
  };
  return subjectOf(stage, async () => {
    const peakPerSecond = await findPeak(async (count) => ({
      offered: count,
      elapsedMs: await pass({ startMs: nowMs(), count }),
    }));
    const schedule = scheduleOf(params, peakPerSecond);
    const count = dueBy(schedule, Number.POSITIVE_INFINITY);
    const elapsedMs = await pass({ startMs: nowMs() + PREPARE_MS, count, schedule });
    const { received, sum, lateMs } = await target.ask('report', undefined);
    return {
      elapsedMs,
      offered: count,
      received,
      sum,
      peakPerSecond,
      recovery: readRecovery(schedule, lateMs),
    };
  });
}
