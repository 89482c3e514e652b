/** Actors that several test files use. */
import { defineActor } from '../../src/index.ts';
import type { MailboxOptions } from '../../src/actor/definition.ts';
import type { ActorRef } from '../../src/ref.ts';
import { Gate, type World } from './world.ts';

/** An actor without a state, which answers, stops or fails when told. */
export const Plain = defineActor({
  name: 'plain',
  init: () => ({}),
  handlers: {
    ping: () => 'pong',
    stop: (_state, _payload, ctx) => {
      for (let n = 0; n < 10; n += 1) ctx.stop();
    },
    fail: () => {
      throw new Error('plain');
    },
  },
});

/** An account with a balance, which breaks down or waits when told. */
export const Account = defineActor({
  name: 'account',
  init: (owner: string) => ({ owner, balance: 0 }),
  handlers: {
    deposit(state, amount: number) {
      state.balance += amount;
      return state.balance;
    },
    balance: (state) => state.balance,
    owner: async (state) => state.owner,
    breakDown(_state, error: Error) {
      throw error;
    },
    breakOddly() {
      // oxlint-disable-next-line typescript/only-throw-error -- what users do
      throw 'only words';
    },
    wait: async (_state, gate: Promise<void>) => {
      await gate;
      return 'waited';
    },
  },
});

interface Busy {
  readonly seen: string[];
}

/** An actor that notes texts, and can be held busy at a gate. */
export function busyActor(mailbox: MailboxOptions = {}, name = 'busy') {
  return defineActor({
    name,
    mailbox,
    init: (): Busy => ({ seen: [] }),
    handlers: {
      note(state, text: string) {
        state.seen.push(text);
        return text;
      },
      hold: async (_state, gate: Promise<void>) => gate,
      seen: (state) => [...state.seen],
      keyed(state, message: { key: string; text: string }) {
        state.seen.push(message.text);
      },
    },
  });
}

/** A ref of {@link busyActor}. */
export type BusyRef = ActorRef<ReturnType<typeof busyActor>>;

/** A busy actor whose mailbox of `capacity` is full: one message is held at the gate, the others wait. */
export async function fullActor(
  w: World,
  mailbox: MailboxOptions & { readonly capacity: number },
): Promise<{ busy: BusyRef; gate: Gate }> {
  const busy = await w.spawn(busyActor(mailbox));
  const gate = new Gate();
  await busy.tell('hold', gate.opened);
  await w.settle();
  for (let n = 1; n < mailbox.capacity; n += 1) await busy.tell('note', `q${n}`);
  return { busy, gate };
}
