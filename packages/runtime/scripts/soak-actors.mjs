/** Actors of the soak: counters that are fed from another worker, and tallies by key. */
import { defineActor } from '@millrace/core';

export const Counter = defineActor({
  name: 'soak-counter',
  mailbox: { capacity: 32 },
  init: () => ({ count: 0 }),
  handlers: {
    add(state, by) {
      state.count += by;
    },
    get: (state) => state.count,
  },
});

export const Tally = defineActor({
  name: 'soak-tally',
  mailbox: { capacity: 16 },
  keyed: { idleMs: 200 },
  init: () => ({ count: 0 }),
  handlers: {
    add(state, by) {
      state.count += by;
    },
    get: (state) => state.count,
  },
});

/** Feeds a counter and tallies from wherever it lives. */
export const Feeder = defineActor({
  name: 'soak-feeder',
  init: (counter) => ({ counter }),
  handlers: {
    async feed({ counter }, { times, keys }, ctx) {
      const tallies = ctx.keyed(Tally);
      for (let i = 0; i < times; i += 1) {
        await counter.tell('add', 1);
        await tallies.ref(keys[i % keys.length]).tell('add', 1);
      }
    },
  },
});
