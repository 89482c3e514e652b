/** Actors for tests of the test kit: accounts, a teller that moves money between them, an audit. */
import { type ActorRef, defineActor } from '@millrace/core';

/** Told of every transfer. */
export const Audit = defineActor({
  name: 'audit',
  mailbox: { capacity: 2 },
  init: () => ({ transfers: 0 }),
  handlers: {
    transferred(state, _amount: number) {
      state.transfers += 1;
    },
    count: (state) => state.transfers,
  },
});

/** Holds money. */
export const Account = defineActor({
  name: 'account',
  mailbox: { capacity: 4 },
  init: (balance: number) => ({ balance }),
  handlers: {
    deposit(state, amount: number) {
      state.balance += amount;
      return state.balance;
    },
    withdraw(state, amount: number) {
      if (state.balance < amount) throw new RangeError(`only ${state.balance} are there`);
      state.balance -= amount;
      return state.balance;
    },
    balance: (state) => state.balance,
  },
});

/** One transfer. */
export interface Transfer {
  readonly from: ActorRef<typeof Account>;
  readonly to: ActorRef<typeof Account>;
  readonly amount: number;
}

/** Moves money. */
export const Teller = defineActor({
  name: 'teller',
  init: (audit: ActorRef<typeof Audit>) => ({ audit }),
  handlers: {
    async transfer(state, { from, to, amount }: Transfer) {
      await from.ask('withdraw', amount);
      await to.ask('deposit', amount);
      await state.audit.ask('transferred', amount);
    },
    later(_state, { delayMs, ...transfer }: Transfer & { readonly delayMs: number }, ctx) {
      ctx.timers.once('transfer', delayMs, 'transfer', transfer);
    },
  },
});
