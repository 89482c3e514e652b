/**
 * The actors of S6: ten thousand keys that count, and a producer on each worker. A producer goes on with
 * other keys while a few of its sends wait for a hot one; once as many wait as it may park, its turn ends
 * and the runtime gives it the next when they are through.
 */
import { defineActor, type ActorRef } from 'millrace';
import { busyWork } from '../../load/busy-work.ts';
import { keyStream } from '../../load/keyed-load.ts';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';

/** Sends of one turn of a producer. */
const TURN_SENDS = 256;
/** Sends that wait before a producer stops: below the sixteen that an actor may park. */
const PARKED_BEFORE_STOP = 12;

/** What this thread has handled: keys that live on it count here, so that one of them notices the end. */
const here = { handled: 0, expected: 0, sink: 0, collector: undefined as CollectorRef | undefined };

/** What a key has seen. */
export interface KeyTally {
  readonly count: number;
  readonly sum: number;
}

/** Counts, sums and works. */
export const Key = defineActor({
  name: 'key',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: (workSteps: number) => ({ workSteps, count: 0, sum: 0 }),
  handlers: {
    add(state, value: number) {
      state.count += 1;
      state.sum = (state.sum + value) | 0;
      if (state.workSteps > 0) here.sink ^= busyWork(state.workSteps, value);
      here.handled += 1;
      if (here.handled === here.expected) void here.collector?.tell('done');
    },
    /** Reports, and begins anew. */
    report(state): KeyTally {
      const { count, sum } = state;
      state.count = 0;
      state.sum = 0;
      return { count, sum };
    },
  },
});

/** Refs of {@link Key}. */
export type KeyRef = ActorRef<typeof Key>;

/** Knows what the keys of its worker are to see in a pass. */
export const Meter = defineActor({
  name: 'meter',
  init: (collector: CollectorRef) => ({ collector }),
  handlers: {
    expect({ collector }, messages: number) {
      here.collector = collector;
      here.handled = 0;
      here.expected = messages;
    },
    handled: () => here.handled,
  },
});

/** What a producer starts with. */
export interface ProducerArgs {
  readonly keys: readonly KeyRef[];
  readonly theta: number;
  readonly producer: number;
}

/** Sends its stream of keys. */
export const Producer = defineActor({
  name: 'producer',
  init: ({ keys, theta, producer }: ProducerArgs) => ({
    keys,
    stream: keyStream({ keys: keys.length, theta, producer }),
    sent: 0,
    count: 0,
  }),
  handlers: {
    prepare(state, count: number) {
      state.sent = 0;
      state.count = count;
    },
    go(state, _: undefined, ctx) {
      const { keys, stream } = state;
      const mask = stream.length - 1;
      const end = Math.min(state.count, state.sent + TURN_SENDS);
      let parked = 0;
      while (state.sent < end && parked < PARKED_BEFORE_STOP) {
        const key = keys[stream[state.sent & mask] as number] as KeyRef;
        if (key.tryTell('add', state.sent) !== 'sent') {
          void key.tell('add', state.sent);
          parked += 1;
        }
        state.sent += 1;
      }
      if (state.sent < state.count) void ctx.self.tell('go', undefined);
    },
  },
});
