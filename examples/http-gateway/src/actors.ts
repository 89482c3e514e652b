/**
 * One actor for each shop: it takes orders one by one, asks the shop's stock service about each, and keeps
 * the account. Its mailbox is the only queue between the socket and the work, so its capacity is the answer
 * to "how many orders may wait?".
 */
import { defineActor } from 'millrace';

/** An order as it came in. */
export interface Order {
  readonly item: string;
  readonly count: number;
}

/** What a shop is made of. */
export interface ShopArgs {
  /** The service that reserves stock; slower than orders come. */
  readonly stockUrl: string;
}

/** Orders that wait for one shop, the one at hand included. */
export const ORDERS_PER_SHOP_MAX = 16;

/** Takes the orders of one shop. */
export const Shop = defineActor({
  name: 'shop',
  mailbox: { capacity: ORDERS_PER_SHOP_MAX },
  init: ({ stockUrl }: ShopArgs) => ({ stockUrl, placed: 0, items: 0, outOfStock: 0 }),
  handlers: {
    async place(state, order: Order, ctx) {
      const response = await fetch(state.stockUrl, {
        method: 'POST',
        body: JSON.stringify(order),
        signal: ctx.signal,
      });
      await response.arrayBuffer();
      if (!response.ok) {
        state.outOfStock += 1;
        return;
      }
      state.placed += 1;
      state.items += order.count;
    },
    account: ({ placed, items, outOfStock }) => ({ placed, items, outOfStock }),
  },
});
