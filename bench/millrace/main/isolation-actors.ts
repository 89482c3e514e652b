/**
 * The actors of S11: quick ones that note how late their messages are, one that takes forever, one that
 * floods it, and one that sends to the quick ones in an open loop.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { defineActor, type ActorRef } from 'millrace';
import { LatencyRecorder, nowMs } from '@millrace/testkit/bench';
import type { CollectorRef } from './collector.ts';

/** Longer than all passes: a message that the stuck actor has begun is still being handled when they are over. */
const STUCK_MS = 60_000;
const TURN_SENDS = 256;
/** Sends that the flooder parks before it waits: all that an actor may. */
const FLOOD_SENDS = 16;

/** What the healthy actors of this thread have seen. */
const here = { received: 0, ages: new LatencyRecorder() };

/** Takes a message and is done with it. */
export const Healthy = defineActor({
  name: 'healthy',
  init: () => null,
  handlers: {
    take(_state, dueMs: number) {
      here.received += 1;
      here.ages.record(nowMs() - dueMs);
    },
    /** What all healthy actors of this thread have seen since they were asked last. */
    report() {
      const { received, ages } = here;
      here.received = 0;
      here.ages = new LatencyRecorder();
      return { received, age: ages.summary() };
    },
  },
});

/** Never comes to the end of a message. */
export const Stuck = defineActor({
  name: 'stuck',
  mailbox: { capacity: 64 },
  init: () => null,
  handlers: {
    async take() {
      await delay(STUCK_MS, undefined, { ref: false });
    },
  },
});

/** Sends as much to the stuck actor as it is allowed to. */
export const Flooder = defineActor({
  name: 'flooder',
  init: (stuck: ActorRef<typeof Stuck>) => ({ stuck }),
  handlers: {
    go({ stuck }, _: undefined, ctx) {
      for (let i = 0; i < FLOOD_SENDS; i += 1) void stuck.tell('take');
      void ctx.self.tell('go', undefined);
    },
  },
});

/** An open loop over the healthy actors. */
export interface Round {
  readonly startMs: number;
  readonly gapMs: number;
  readonly count: number;
}

/** Sends to the healthy actors in turn, when a message is due. */
export const Visitor = defineActor({
  name: 'visitor',
  init: (args: {
    readonly healthy: readonly ActorRef<typeof Healthy>[];
    readonly collector: CollectorRef;
  }) => ({
    ...args,
    round: { startMs: 0, gapMs: 1, count: 0 } as Round,
    sent: 0,
  }),
  handlers: {
    begin(state, round: Round, ctx) {
      state.round = round;
      state.sent = 0;
      void ctx.self.tell('turn', undefined);
    },
    turn(state, _: undefined, ctx) {
      const { healthy, round } = state;
      const due = Math.floor((nowMs() - round.startMs) / round.gapMs) + 1;
      const end = Math.min(round.count, due, state.sent + TURN_SENDS);
      for (; state.sent < end; state.sent += 1) {
        const target = healthy[state.sent % healthy.length] as ActorRef<typeof Healthy>;
        const dueMs = round.startMs + state.sent * round.gapMs;
        if (target.tryTell('take', dueMs) === 'sent') continue;
        void target.tell('take', dueMs);
        state.sent += 1;
        break;
      }
      if (state.sent < round.count) void ctx.self.tell('turn', undefined);
      else void state.collector.tell('done');
    },
  },
});
