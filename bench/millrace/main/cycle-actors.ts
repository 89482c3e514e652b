/**
 * The actors of S14: each passes a token on to the next, until the token has made its hops. One definition
 * for each capacity, because that is part of a definition.
 */
import type { HasHandlers } from '@millrace/core';
import { defineActor, type ActorRef } from 'millrace';
import type { CollectorRef } from './collector.ts';

type TokenTaker = ActorRef<HasHandlers<{ readonly token: (state: never, left: number) => void }>>;

function link(capacity: number) {
  return defineActor({
    name: `link-${capacity}`,
    mailbox: { capacity },
    init: (collector: CollectorRef) => ({
      collector,
      next: undefined as TokenTaker | undefined,
      hops: 0,
      ended: 0,
    }),
    handlers: {
      meet(state, next: TokenTaker) {
        state.next = next;
      },
      /** `left` is how many hops the token has still to make, this one included. */
      token(state, left: number) {
        state.hops += 1;
        if (left > 1) void state.next?.tell('token', left - 1);
        else {
          state.ended += 1;
          void state.collector.tell('done');
        }
      },
      report(state) {
        const { hops, ended } = state;
        state.hops = 0;
        state.ended = 0;
        return { hops, ended };
      },
    },
  });
}

export const Link1 = link(1);
export const Link2 = link(2);
export const Link4 = link(4);
export const Link8 = link(8);
