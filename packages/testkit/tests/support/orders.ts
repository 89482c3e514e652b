/** The actors of the worked example in docs/testing.md: orders that reserve stock and are reminded of payment. */
import { type ActorRef, defineActor } from 'millrace';

export const Shipping = defineActor({
  name: 'shipping',
  init: () => ({ parcels: 0 }),
  handlers: {
    ship(state, _order: string) {
      state.parcels += 1;
    },
    parcels: (state) => state.parcels,
  },
});

export const Stock = defineActor({
  name: 'stock',
  init: (pieces: number) => ({ pieces }),
  handlers: {
    reserve(state, wanted: number) {
      if (wanted > state.pieces) return false;
      state.pieces -= wanted;
      return true;
    },
    pieces: (state) => state.pieces,
  },
});

export const Orders = defineActor({
  name: 'orders',
  init: (others: { stock: ActorRef<typeof Stock>; shipping: ActorRef<typeof Shipping> }) => ({
    ...others,
    cancelled: 0,
  }),
  handlers: {
    async place(state, order: { id: string; pieces: number }, ctx) {
      if (!(await state.stock.ask('reserve', order.pieces))) return 'sold out';
      ctx.timers.once(order.id, 30 * 60_000, 'unpaid', order.id);
      return 'reserved';
    },
    async paid(state, id: string, ctx) {
      ctx.timers.cancel(id);
      await state.shipping.tell('ship', id);
    },
    unpaid(state, _id: string) {
      state.cancelled += 1;
    },
    cancelled: (state) => state.cancelled,
  },
});
