/**
 * The actors of S9: one that works on each message and keeps how late it was, and one that sends what is
 * due by the schedule.
 */
import { defineActor, type ActorRef } from 'millrace';
import { nowMs } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { dueBy, dueMs, type BurstSchedule } from '../../load/burst.ts';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';

const TURN_SENDS = 256;

/** A schedule with its start, and the number of messages in it. */
export interface Plan {
  readonly startMs: number;
  readonly count: number;
  /** Undefined: as fast as it goes, to find the peak. */
  readonly schedule?: BurstSchedule;
}

/** Works, counts, and keeps how late each message was. */
export const Labourer = defineActor({
  name: 'labourer',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: (args: { readonly serviceSteps: number; readonly collector: CollectorRef }) => ({
    ...args,
    plan: { startMs: 0, count: 0 } as Plan,
    received: 0,
    sum: 0,
    sink: 0,
    lateMs: new Float64Array(0),
  }),
  handlers: {
    begin(state, plan: Plan) {
      state.plan = plan;
      state.received = 0;
      state.sum = 0;
      state.lateMs = new Float64Array(plan.schedule === undefined ? 0 : plan.count);
    },
    work(state, value: number) {
      const { startMs, schedule, count } = state.plan;
      if (schedule !== undefined) state.lateMs[value] = nowMs() - startMs - dueMs(schedule, value);
      state.sink ^= busyWork(state.serviceSteps, value);
      state.received += 1;
      state.sum = (state.sum + value) | 0;
      if (state.received === count) void state.collector.tell('done');
    },
    report: ({ received, sum, lateMs }) => ({ received, sum, lateMs }),
  },
});

/** Sends what is due. */
export const Surge = defineActor({
  name: 'surge',
  init: (target: ActorRef<typeof Labourer>) => ({
    target,
    plan: { startMs: 0, count: 0 } as Plan,
    sent: 0,
  }),
  handlers: {
    begin(state, plan: Plan, ctx) {
      state.plan = plan;
      state.sent = 0;
      void ctx.self.tell('turn', undefined);
    },
    turn(state, _: undefined, ctx) {
      const { startMs, schedule, count } = state.plan;
      const due = schedule === undefined ? count : dueBy(schedule, nowMs() - startMs);
      const end = Math.min(count, due, state.sent + TURN_SENDS);
      while (state.sent < end) {
        const value = state.sent;
        state.sent += 1;
        if (state.target.tryTell('work', value) === 'sent') continue;
        void state.target.tell('work', value);
        break;
      }
      if (state.sent >= count) return;
      if (state.sent < due) void ctx.self.tell('turn', undefined);
      else ctx.timers.once('turn', 1, 'turn');
    },
  },
});
