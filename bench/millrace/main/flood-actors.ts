/**
 * The actors of S1, S2 and S4: receivers that count, senders that go on until they have sent everything.
 * A sender sends until a mailbox is full, parks that one message, and is given its next turn once it is
 * admitted: no loop polls and nothing is lost.
 */
import { defineActor, type ActorRef } from 'millrace';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';
import { ROOMY_CAPACITY_MESSAGES } from './limits.ts';

/** Sends of one turn of a sender, after which others have theirs. */
const TURN_SENDS = 32;

/** What a receiver is to expect in a pass. */
export interface Expectation {
  readonly senders: number;
  readonly messages: number;
}

/** What it has seen when the pass is over. */
export interface Received {
  readonly bySender: number[];
  readonly atHalf: number[];
  readonly sum: number;
}

/** A message that says who sent it. */
export interface Signed {
  readonly sender: number;
  readonly value: number;
}

interface ReceiverState {
  readonly collector: CollectorRef;
  bySender: number[];
  atHalf: number[];
  total: number;
  half: number;
  expected: number;
  sum: number;
}

/** Counts and sums what it is told, by sender where messages are signed. */
const receiver = {
  init: (collector: CollectorRef): ReceiverState => ({
    collector,
    bySender: [],
    atHalf: [],
    total: 0,
    half: 0,
    expected: 0,
    sum: 0,
  }),
  handlers: {
    expect(state: ReceiverState, { senders, messages }: Expectation) {
      state.bySender = new Array<number>(senders).fill(0);
      state.atHalf = [];
      state.total = 0;
      state.half = Math.ceil(messages / 2);
      state.expected = messages;
      state.sum = 0;
    },
    add(state: ReceiverState, value: number) {
      state.sum = (state.sum + value) | 0;
      state.total += 1;
      if (state.total === state.expected) void state.collector.tell('done');
    },
    addSigned(state: ReceiverState, { sender, value }: Signed) {
      state.bySender[sender] = (state.bySender[sender] as number) + 1;
      state.sum = (state.sum + value) | 0;
      state.total += 1;
      if (state.total === state.half) state.atHalf = [...state.bySender];
      if (state.total === state.expected) void state.collector.tell('done');
    },
    report: ({ bySender, atHalf, total, sum }: ReceiverState): Received => ({
      bySender: bySender.some((count) => count > 0) ? bySender : [total],
      atHalf,
      sum,
    }),
  },
};

/** A receiver with a mailbox like that of every bounded system under comparison. */
export const Receiver = defineActor({
  name: 'receiver',
  mailbox: { capacity: CAPACITY_MESSAGES },
  ...receiver,
});

/** A receiver whose senders wait as seldom as can be. */
export const RoomyReceiver = defineActor({
  name: 'roomy-receiver',
  mailbox: { capacity: ROOMY_CAPACITY_MESSAGES },
  ...receiver,
});

/** Refs of {@link Receiver}. */
export type ReceiverRef = ActorRef<typeof Receiver>;

/** Whom a sender sends to, and how. */
export interface SenderArgs {
  /** In turn, if there are several. */
  readonly targets: readonly ReceiverRef[];
  /** Its number, to sign messages with; −1 sends bare values. */
  readonly signs: number;
}

/** Sends 0 … count − 1 to each target. */
export const Sender = defineActor({
  name: 'sender',
  init: ({ targets, signs }: SenderArgs) => ({ targets, signs, sent: 0, count: 0 }),
  handlers: {
    prepare(state, count: number) {
      state.sent = 0;
      state.count = count * state.targets.length;
    },
    go(state, _: undefined, ctx) {
      const { targets, signs } = state;
      const end = Math.min(state.count, state.sent + TURN_SENDS);
      while (state.sent < end) {
        const target = targets[state.sent % targets.length] as ReceiverRef;
        const value = targets.length === 1 ? state.sent : Math.floor(state.sent / targets.length);
        state.sent += 1;
        if (signs < 0 ? !sendBare(target, value) : !sendSigned(target, { sender: signs, value })) break;
      }
      if (state.sent < state.count) void ctx.self.tell('go', undefined);
    },
  },
});

/** Spawns actors that are left alone. */
export const Nursery = defineActor({
  name: 'nursery',
  init: (collector: CollectorRef) => ({ collector }),
  handlers: {
    fill({ collector }, count: number, ctx) {
      for (let i = 0; i < count; i += 1) ctx.spawn(Receiver, { args: collector });
    },
  },
});

/** False when the message had to be parked. */
function sendBare(target: ReceiverRef, value: number): boolean {
  if (target.tryTell('add', value) === 'sent') return true;
  void target.tell('add', value);
  return false;
}

function sendSigned(target: ReceiverRef, message: Signed): boolean {
  if (target.tryTell('addSigned', message) === 'sent') return true;
  void target.tell('addSigned', message);
  return false;
}
