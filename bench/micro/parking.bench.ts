/**
 * What it takes a sender to park and to be woken: the same messages from as many actors, once to a mailbox with
 * room for all and once to one that is full from the second message on. The passes of the system are run by hand,
 * so that nothing is waited for.
 */
import { type ActorRef, createSystem, defineActor } from '@millrace/core';
import type { Primitive } from './primitive.ts';

const SENDERS = 512;

const passes: (() => void)[] = [];
const system = createSystem({
  clock: { now: () => performance.now(), setTimer: () => ({ cancel: () => undefined }) },
  scheduler: { defer: (pass) => passes.push(pass) },
  random: Math.random,
  log: () => undefined,
});

const sinkOf = (capacity: number) =>
  defineActor({
    name: `sink-${capacity}`,
    mailbox: { capacity },
    init: () => ({ received: 0 }),
    handlers: {
      take(state, _value: number) {
        state.received += 1;
      },
      count: (state) => state.received,
    },
  });
type Sink = ReturnType<typeof sinkOf>;

const Sender = defineActor({
  name: 'sender',
  init: (sink: ActorRef<Sink>) => sink,
  handlers: {
    pass(sink, value: number) {
      void sink.tell('take', value);
    },
  },
});

function runAll(): void {
  for (let pass = passes.shift(); pass !== undefined; pass = passes.shift()) pass();
}

async function spawned<T>(started: Promise<T>): Promise<T> {
  runAll();
  return started;
}

/** A way that has each of many actors send one message to a mailbox of that capacity. */
async function through(capacity: number): Promise<() => number> {
  const sink = await spawned(system.spawn(sinkOf(capacity)));
  const senders = await Promise.all(
    Array.from({ length: SENDERS }, () => spawned(system.spawn(Sender, { args: sink }))),
  );
  return () => {
    for (const sender of senders) void sender.tell('pass', 1);
    runAll();
    return SENDERS;
  };
}

export const primitive: Primitive = {
  name: 'two messages on one thread: to a sender, and from it to one receiver of many senders',
  operations: SENDERS,
  ways: {
    'the receiver has room': await through(SENDERS),
    'the sender parks and is woken': await through(1),
  },
};
