/**
 * S15: a flood from one worker to another, with a fault in the middle. The account is read from the report
 * of the stop, when everything has settled.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import type { FaultsParams, FaultsSample } from '../../macro/s15-faults.ts';
import { Fragile, Pusher, type FragileRef } from './fault-actors.ts';
import { startStage } from './subject.ts';

/** Restarts that the root allows: one for each message that fails. */
const RESTARTS_MAX = 1_000_000;
/** The worker is killed when a tenth of the flood has been handled: it is under way, and far from its end. */
const KILL_AFTER_SHARE = 0.1;
const FRAGILE_WORKER = 1;
const PUSHER_WORKER = 2;
const PING_TIMEOUT_MS = 500;
const PING_EVERY_MS = 2;

export function startFaults({ fault, messages, failEvery }: FaultsParams): Promise<Subject<FaultsSample>> {
  return Promise.resolve({
    async run() {
      const { system, collector, told } = await startStage(['fault-actors'], {
        workers: 2,
        supervision: { intensity: RESTARTS_MAX, periodMs: 1_000 },
      });
      const target = await system.spawn(Fragile, {
        placement: FRAGILE_WORKER,
        args: fault === 'throws' ? failEvery : 0,
      });
      const pusher = await system.spawn(Pusher, {
        placement: PUSHER_WORKER,
        args: { target, count: messages, collector },
      });
      const done = told(1);
      const startMs = nowMs();
      void pusher.tell('go', undefined);
      let restartMs: number | undefined;
      if (fault === 'worker-killed') {
        await untilHandled(target, messages * KILL_AFTER_SHARE);
        const killedMs = nowMs();
        system.killWorker(FRAGILE_WORKER);
        await untilAnswers(target);
        restartMs = nowMs() - killedMs;
      }
      await done;
      const handled = await target.ask('handled', undefined, { timeoutMs: 60_000 });
      const elapsedMs = nowMs() - startMs;
      const { ledger, problems } = await system.stop();
      return {
        elapsedMs,
        offered: messages,
        handled: restartMs === undefined ? handled : undefined,
        failed: ledger.failed,
        lost: (ledger.lostWithHost ?? 0) + ledger.deadLettered,
        problems,
        restartMs,
      };
    },
    stop: () => Promise.resolve(),
  });
}

/** Asks until the actor has handled so many messages. */
async function untilHandled(target: FragileRef, count: number): Promise<void> {
  while ((await target.ask('handled', undefined, { timeoutMs: PING_TIMEOUT_MS })) < count) continue;
}

/** Asks until the actor answers: while its worker is away, an ask fails or times out. */
async function untilAnswers(target: FragileRef): Promise<void> {
  for (;;) {
    try {
      await target.ask('handled', undefined, { timeoutMs: PING_TIMEOUT_MS });
      return;
    } catch {
      await delay(PING_EVERY_MS);
    }
  }
}
