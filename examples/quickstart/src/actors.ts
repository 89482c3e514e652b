/** The actor of the quickstart. Every thread loads this file; the README shows it. */
import { defineActor } from 'millrace';

export const Account = defineActor({
  name: 'account',
  mailbox: { capacity: 256 }, // a bound for all senders together
  init: (owner: string) => ({ owner, balance: 0 }),
  handlers: {
    deposit(state, amount: number) {
      state.balance += amount;
    },
    statement: (state) => `${state.owner} has ${state.balance}`,
  },
});
