// The actor of the quickstart in JavaScript. Every thread loads this file.
import { defineActor } from 'millrace';

export const Account = defineActor({
  name: 'account',
  mailbox: { capacity: 256 }, // a bound for all senders together
  init: (owner) => ({ owner, balance: 0 }),
  handlers: {
    deposit(state, amount) {
      state.balance += amount;
    },
    statement: (state) => `${state.owner} has ${state.balance}`,
  },
});
