/** The actor that is measured, with the two numbers that a benchmark needs of it. Every thread loads this file. */
import { defineActor } from 'millrace';

export const Counter = defineActor({
  name: 'counter',
  mailbox: { capacity: 1_024 },
  init: () => ({ messages: 0, sum: 0 }),
  handlers: {
    add(state, value: number) {
      state.messages += 1;
      state.sum += value;
      return state.sum;
    },
    tally: ({ messages, sum }) => ({ messages, sum }),
  },
});
