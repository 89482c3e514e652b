/**
 * The actors of S12. The buffer is a mailbox: an actor with room for fifty messages that hands them on in
 * turn, and waits where a consumer has its hands full, so that its own mailbox fills and producers wait.
 */
import { defineActor, type ActorRef } from 'millrace';
import { busyWork } from '../../load/busy-work.ts';
import { BUFFER_ITEMS } from '../../macro/s12-bounded-buffer.ts';
import type { CollectorRef } from './collector.ts';

/** One item being used, one waiting: a consumer is never idle for the way to the buffer and back. */
const CONSUMER_ITEMS = 2;

/** Uses items one after the other. */
export const Consumer = defineActor({
  name: 'consumer',
  mailbox: { capacity: CONSUMER_ITEMS },
  init: (args: { readonly costSteps: number; readonly collector: CollectorRef }) => ({
    ...args,
    expected: 0,
    used: 0,
    sum: 0,
    sink: 0,
  }),
  handlers: {
    expect(state, items: number) {
      state.expected = items;
      state.used = 0;
      state.sum = 0;
    },
    take(state, item: number) {
      if (state.costSteps > 0) state.sink ^= busyWork(state.costSteps, item);
      state.used += 1;
      state.sum = (state.sum + item) | 0;
      if (state.used === state.expected) void state.collector.tell('done');
    },
    report: ({ used, sum }) => ({ used, sum }),
  },
});

/** Hands items on in turn. */
export const Buffer = defineActor({
  name: 'buffer',
  mailbox: { capacity: BUFFER_ITEMS },
  init: (consumers: readonly ActorRef<typeof Consumer>[]) => ({ consumers, next: 0 }),
  handlers: {
    rewind(state) {
      state.next = 0;
    },
    put(state, item: number) {
      void state.consumers[state.next]?.tell('take', item);
      state.next = (state.next + 1) % state.consumers.length;
    },
  },
});

/** Makes items one after the other. */
export const Maker = defineActor({
  name: 'maker',
  init: (args: { readonly costSteps: number; readonly buffer: ActorRef<typeof Buffer> }) => ({
    ...args,
    made: 0,
    count: 0,
    sink: 0,
  }),
  handlers: {
    make(state, count: number, ctx) {
      state.made = 0;
      state.count = count;
      void ctx.self.tell('next', undefined);
    },
    next(state, _: undefined, ctx) {
      if (state.costSteps > 0) state.sink ^= busyWork(state.costSteps, state.made);
      void state.buffer.tell('put', state.made);
      state.made += 1;
      if (state.made < state.count) void ctx.self.tell('next', undefined);
    },
  },
});
