/** The actors of docs/guide.md. Every thread loads this file; the guide shows parts of it. */
import { type ActorRef, defineActor, type FeedActor, isMillraceError } from 'millrace';
import { store } from './store.js';

export const Account = defineActor({
  name: 'account',
  init: (owner: string) => ({ owner, balance: 0 }),
  handlers: {
    deposit(state, amount: number) {
      state.balance += amount;
    },
    balance: (state) => state.balance,
  },
});

/** One line of `orders.csv`, charged for. */
export interface Invoice {
  readonly order: string;
  readonly number: number;
}

export const Connection = defineActor({ name: 'connection', init: () => null, handlers: {} });

export const Orders = defineActor({
  name: 'orders',
  init: () => ({ lines: [] as string[] }),
  handlers: {
    add(state, line: string) {
      state.lines.push(line);
    },
    count: (state) => state.lines.length,
    async sendInvoicesTo(state, to: ActorRef<FeedActor<Invoice>>) {
      for (const [i, order] of state.lines.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- one after another: the reader of the feed sets the pace
        await to.tell('push', { order, number: i + 1 });
      }
      await to.tell('end');
    },
  },
});

export const Desk = defineActor({
  name: 'desk',
  supervision: {
    strategy: 'rest-for-one', // those started after the one that failed begin again with it
    intensity: 3,
    periodMs: 10_000,
    backoff: { minMs: 200, maxMs: 5_000 },
    onFailure: (error) => (isMillraceError(error) ? 'restart' : 'escalate'),
    children: [
      { name: 'connection', actor: Connection },
      { name: 'orders', actor: Orders, restart: 'transient' },
    ],
  },
  init: () => null,
  handlers: {},
});

export const Cart = defineActor({
  name: 'cart',
  keyed: {
    idleMs: 60_000, // unused for so long, it is saved and let go
    save: async (state, key) => store.put(key, state),
  },
  init: async (key: string) => (await store.get(key)) ?? { items: [] },
  handlers: {
    add(state, item: string) {
      state.items.push(item);
    },
    items: (state) => state.items,
  },
});
