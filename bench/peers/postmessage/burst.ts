/**
 * S9 between two workers that share one message channel.
 */
import { MessageChannel } from 'node:worker_threads';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { dueBy, readRecovery } from '../../load/burst.ts';
import { findPeak } from '../../load/peak.ts';
import { Thread } from '../../load/thread.ts';
import { scheduleOf, type BurstParams, type BurstSample } from '../../macro/s9-burst.ts';
import type { BurstData, BurstReport, BurstRequest } from './burst-worker.ts';

const PREPARE_MS = 5;

export async function startBurst(params: BurstParams, tools: Tools): Promise<Subject<BurstSample>> {
  const { port1, port2 } = new MessageChannel();
  const file = new URL('./burst-worker.js', import.meta.url);
  const serviceSteps = params.serviceUs * tools.stepsPerUs;
  const sender = await Thread.start(file, { port: port1, serviceSteps } satisfies BurstData, [port1]);
  const receiver = await Thread.start(file, { port: port2, serviceSteps } satisfies BurstData, [port2]);
  const pass = async (plan: Omit<BurstRequest, 'role'>): Promise<BurstReport & { elapsedMs: number }> => {
    await receiver.request({ ...plan, role: 'prepare' } satisfies BurstRequest);
    const startMs = nowMs();
    await sender.request({ ...plan, role: 'send' } satisfies BurstRequest);
    const report = await receiver.request<BurstReport>({ ...plan, role: 'report' } satisfies BurstRequest);
    return { ...report, elapsedMs: nowMs() - startMs };
  };
  return {
    async run() {
      const peakPerSecond = await findPeak(async (count) => ({
        offered: count,
        elapsedMs: (await pass({ startMs: nowMs(), count })).elapsedMs,
      }));
      const schedule = scheduleOf(params, peakPerSecond);
      const count = dueBy(schedule, Number.POSITIVE_INFINITY);
      const { elapsedMs, received, sum, lateMs } = await pass({
        startMs: nowMs() + PREPARE_MS,
        count,
        schedule,
      });
      return {
        elapsedMs,
        offered: count,
        received,
        sum,
        peakPerSecond,
        recovery: readRecovery(schedule, lateMs),
      };
    },
    stop: async () => {
      await Promise.all([sender.stop(), receiver.stop()]);
    },
  };
}
