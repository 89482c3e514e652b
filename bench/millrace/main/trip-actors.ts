/**
 * The actors of S3 and S5: a token passed round, and pings that are answered.
 */
import type { HasHandlers } from '@millrace/core';
import { defineActor, type ActorRef } from 'millrace';
import { LatencyRecorder, type LatencySummary, nowMs } from '@millrace/testkit/bench';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import { bigStream, type BigParams } from '../../macro/s5-big.ts';
import type { CollectorRef } from './collector.ts';

/** What players know of each other: a definition cannot name itself before it is there. */
type TokenTaker = ActorRef<HasHandlers<{ readonly token: (state: never, token: number) => void }>>;

/** What pingers know of each other. */
type PingTaker = ActorRef<
  HasHandlers<{
    readonly ping: (state: never, from: number) => void;
    readonly pong: (state: never) => void;
  }>
>;

/** What a player is to do in a pass. */
export interface Lap {
  readonly hops: number;
  /** Hops that are timed as one, by the player who makes the last of them. */
  readonly hopsTimed: number;
  /** What a timing is divided by. */
  readonly per: number;
}

/** What a player has seen when the pass is over. */
export interface Played {
  readonly counted: number;
  /** The token as this player passed it last. */
  readonly last: number;
  readonly latency: LatencySummary;
}

/** Raises the token by one and passes it on. */
export const Player = defineActor({
  name: 'player',
  init: (collector: CollectorRef) => ({
    collector,
    next: undefined as TokenTaker | undefined,
    lap: { hops: 0, hopsTimed: 1, per: 1 } as Lap,
    counted: 0,
    last: 0,
    timedMs: 0,
    latency: new LatencyRecorder(),
  }),
  handlers: {
    meet(state, next: TokenTaker) {
      state.next = next;
    },
    prepare(state, lap: Lap) {
      state.lap = lap;
      state.counted = 0;
      state.last = 0;
      state.timedMs = 0;
      state.latency = new LatencyRecorder();
    },
    token(state, token: number) {
      state.counted += 1;
      state.last = token + 1;
      if (state.last % state.lap.hopsTimed === 0) {
        const now = nowMs();
        if (state.timedMs > 0) state.latency.record((now - state.timedMs) / state.lap.per);
        state.timedMs = now;
      }
      if (state.last < state.lap.hops) void state.next?.tell('token', state.last);
      else void state.collector.tell('done');
    },
    report: ({ counted, last, latency }): Played => ({ counted, last, latency: latency.summary() }),
  },
});

/** What a pinger starts with. */
export interface PingerArgs {
  readonly me: number;
  readonly params: BigParams;
  readonly collector: CollectorRef;
}

/** Pings one of the others, waits for the pong, and pings the next. */
export const Pinger = defineActor({
  name: 'pinger',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: ({ me, params, collector }: PingerArgs) => ({
    me,
    collector,
    stream: bigStream(params, me),
    all: [] as readonly PingTaker[],
    each: 0,
    pings: 0,
    pongs: 0,
  }),
  handlers: {
    meet(state, all: readonly PingTaker[]) {
      state.all = all;
    },
    prepare(state, each: number) {
      state.each = each;
      state.pings = 0;
      state.pongs = 0;
    },
    go(state) {
      const target = state.stream[state.pongs & (state.stream.length - 1)] as number;
      void state.all[target]?.tell('ping', state.me);
    },
    ping(state, from: number) {
      state.pings += 1;
      void state.all[from]?.tell('pong');
    },
    pong(state) {
      state.pongs += 1;
      if (state.pongs < state.each) {
        const target = state.stream[state.pongs & (state.stream.length - 1)] as number;
        void state.all[target]?.tell('ping', state.me);
      } else {
        void state.collector.tell('done');
      }
    },
    report: ({ pings, pongs }) => ({ pings, pongs }),
  },
});
