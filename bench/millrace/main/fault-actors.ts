/**
 * The actors of S15: one that fails now and then, and one that sends to it whatever happens to it.
 */
import { defineActor, type ActorRef } from 'millrace';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';

const TURN_SENDS = 64;

/** What the fragile actor has handled, through all its restarts on this thread. */
const here = { handled: 0 };

/** Throws on every message whose number is a multiple of `failEvery`; 0 never throws. */
export const Fragile = defineActor({
  name: 'fragile',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: (failEvery: number) => ({ failEvery }),
  handlers: {
    take({ failEvery }, value: number) {
      if (failEvery > 0 && value % failEvery === 0) throw new Error('as planned');
      here.handled += 1;
    },
    handled: () => here.handled,
  },
});

/** Refs of {@link Fragile}. */
export type FragileRef = ActorRef<typeof Fragile>;

/** Sends 0 … count − 1 and says so. */
export const Pusher = defineActor({
  name: 'pusher',
  init: (args: {
    readonly target: FragileRef;
    readonly count: number;
    readonly collector: CollectorRef;
  }) => ({
    ...args,
    sent: 0,
  }),
  handlers: {
    go(state, _: undefined, ctx) {
      const end = Math.min(state.count, state.sent + TURN_SENDS);
      while (state.sent < end) {
        const value = state.sent;
        state.sent += 1;
        if (state.target.tryTell('take', value) === 'sent') continue;
        void state.target.tell('take', value);
        break;
      }
      if (state.sent < state.count) void ctx.self.tell('go', undefined);
      else void state.collector.tell('done');
    },
  },
});
