/**
 * The actors of the cells on one thread: senders that go on until they have sent everything, receivers
 * that count and sum. A sender sends until a mailbox is full, parks one message there, and is given its
 * next turn once that one is admitted: no loop polls and nothing is lost.
 */
import { defineActor, type ActorRef } from '@millrace/core';

/** What a receiver has seen so far. */
export interface Tally {
  received: number;
  sum: number;
  /** Called when `received` reaches this. */
  readonly expected: number;
  readonly whenAll: () => void;
}

/** Sends of one turn of a sender, after which others have theirs. */
export const TURN_SENDS = 64;

/** Something a sender does with each number: false when the message was parked. */
export type SendOne = (value: number) => boolean;

/** What a sender starts with. */
export interface SenderArgs {
  readonly count: number;
  readonly send: SendOne;
}

/** Sends the numbers 0 … count − 1. */
export const Sender = defineActor({
  name: 'sender',
  init: ({ count, send }: SenderArgs) => ({ count, send, sent: 0 }),
  handlers: {
    go(state, _: undefined, ctx) {
      const end = Math.min(state.count, state.sent + TURN_SENDS);
      while (state.sent < end) {
        const admitted = state.send(state.sent);
        state.sent += 1;
        if (!admitted) break;
      }
      if (state.sent < state.count) void ctx.self.tell('go', undefined);
    },
  },
});

/** Counts numbers. */
export function receiver(capacity: number) {
  return defineActor({
    name: 'receiver',
    mailbox: { capacity },
    init: (tally: Tally) => tally,
    handlers: {
      add(state, value: number) {
        state.received += 1;
        state.sum = (state.sum + value) | 0;
        if (state.received === state.expected) state.whenAll();
      },
    },
  });
}

/** Refs of {@link receiver}. */
export type ReceiverRef = ActorRef<ReturnType<typeof receiver>>;

/** Sends now if there is room, and parks otherwise. True when it was admitted at once. */
export function sendOrPark(target: ReceiverRef, value: number): boolean {
  if (target.tryTell('add', value) === 'sent') return true;
  void target.tell('add', value);
  return false;
}
