/**
 * The actors of S8: a worker that needs its time for each message, and a generator that offers a multiple
 * of what that allows. It meets a full mailbox in one of two ways: it waits, or it is told and sheds.
 */
import { defineActor, type ActorRef } from 'millrace';
import { LatencyRecorder, nowMs } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';

/** Waiting for a slot, or being told that there is none. */
export type Manner = 'park' | 'try';

/** Sends that wait before the generator stops: below the sixteen that an actor may park. */
const PARKED_BEFORE_STOP = 12;
const TURN_SENDS = 256;

/** One message. */
export interface Job {
  readonly sentMs: number;
  readonly value: number;
}

/** Works on each message until time is up; then it only counts, so that what waits can be accounted for. */
export const Worker = defineActor({
  name: 'worker',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: (serviceSteps: number) => ({
    serviceSteps,
    untilMs: 0,
    inTime: 0,
    drained: 0,
    sum: 0,
    sink: 0,
    ages: new LatencyRecorder(),
  }),
  handlers: {
    begin(state, untilMs: number) {
      state.untilMs = untilMs;
      state.inTime = 0;
      state.drained = 0;
      state.sum = 0;
      state.ages = new LatencyRecorder();
    },
    work(state, { sentMs, value }: Job) {
      const startMs = nowMs();
      state.sum = (state.sum + value) | 0;
      if (startMs > state.untilMs) {
        state.drained += 1;
        return;
      }
      state.ages.record(startMs - sentMs);
      state.sink ^= busyWork(state.serviceSteps, value);
      if (nowMs() > state.untilMs) state.drained += 1;
      else state.inTime += 1;
    },
    report: ({ inTime, drained, sum, ages }) => ({
      inTime,
      drained,
      sum,
      age: ages.summary(),
      atMs: nowMs(),
    }),
  },
});

/** What a generator is to do. */
export interface Flood {
  readonly ratePerSecond: number;
  readonly startMs: number;
  readonly untilMs: number;
}

/** What a generator starts with. */
export interface GeneratorArgs {
  readonly target: ActorRef<typeof Worker>;
  readonly manner: Manner;
  readonly collector: CollectorRef;
}

/** Sends what is due until time is up, in an open loop as far as it is not made to wait. */
export const Generator = defineActor({
  name: 'generator',
  init: (args: GeneratorArgs) => ({
    ...args,
    flood: { ratePerSecond: 0, startMs: 0, untilMs: 0 } as Flood,
    sent: 0,
    refused: 0,
    refusedSum: 0,
  }),
  handlers: {
    begin(state, flood: Flood, ctx) {
      state.flood = flood;
      state.sent = 0;
      state.refused = 0;
      state.refusedSum = 0;
      void ctx.self.tell('turn', undefined);
    },
    turn(state, _: undefined, ctx) {
      const { target, manner, flood } = state;
      const now = nowMs();
      if (now >= flood.untilMs) {
        void state.collector.tell('done');
        return;
      }
      const due = Math.floor(((now - flood.startMs) / 1_000) * flood.ratePerSecond) + 1;
      const end = Math.min(due, state.sent + TURN_SENDS);
      let parked = 0;
      while (state.sent < end && parked < PARKED_BEFORE_STOP) {
        const job: Job = { sentMs: nowMs(), value: state.sent };
        if (target.tryTell('work', job) !== 'sent') {
          if (manner === 'park') {
            void target.tell('work', job);
            parked += 1;
          } else {
            state.refused += 1;
            state.refusedSum = (state.refusedSum + job.value) | 0;
          }
        }
        state.sent += 1;
      }
      if (state.sent < due) void ctx.self.tell('turn', undefined);
      else ctx.timers.once('turn', 1, 'turn');
    },
    report: ({ sent, refused, refusedSum }) => ({ sent, refused, refusedSum }),
  },
});
