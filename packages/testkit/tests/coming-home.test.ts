/** What waits for an actor when it comes to live on the host of those who wait: real hosts on virtual threads. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor, isMillraceError } from '@millrace/core';
import { startVirtual } from '@millrace/testkit';

const CAPACITY = 4;
const SENT = 16;
/** Even ones are tells, odd ones asks. */
const ABORTED = [8, 9, 12, 13];
const LATE = [10, 11, 14, 15];
const SEEDS = 32;

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`a send that waits for an actor which comes home is still aborted or timed out (seed ${seed})`, async () => {
    const handled: number[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const Slow = defineActor({
      name: 'slow',
      mailbox: { capacity: CAPACITY },
      init: () => null,
      handlers: {
        async take(_state, n: number) {
          handled.push(n);
          await gate;
        },
      },
    });
    const aborts = Array.from({ length: SENT }, () => new AbortController());
    const outcomes = aborts.map(() => 'waits');
    const Sender = defineActor({
      name: 'sender',
      init: (slow: ActorRef<typeof Slow>) => slow,
      handlers: {
        send(slow) {
          for (const [n, { signal }] of aborts.entries()) {
            const options = { signal, timeoutMs: LATE.includes(n) ? 60_000 : 3_600_000 };
            const sent = n % 2 === 0 ? slow.tell('take', n, options) : slow.ask('take', n, options);
            void sent.then(
              () => (outcomes[n] = 'sent'),
              (error: unknown) => (outcomes[n] = isMillraceError(error) ? error.code : String(error)),
            );
          }
        },
      },
    });
    const system = await startVirtual({ actors: [Slow, Sender], workers: 2, seed });
    const slow = await system.spawn(Slow, { placement: 1 });
    const sender = await system.spawn(Sender, { args: slow, placement: 2 });
    await system.settle();
    // What was paid for lies in the ring unread, and comes back; the others wait.
    system.stall(1, 1_000);
    await sender.ask('send');
    system.killWorker(1);
    await system.advance(10_000);
    assert.equal(handled, [0], 'it lives where they wait, and is at work');
    assert.is((await system.ledger()).parked, SENT - CAPACITY);
    // The first was accepted before: that can be taken back no more.
    for (const n of [0, ...ABORTED]) aborts[n]?.abort();
    await system.advance(60_000);
    const ledger = await system.ledger();
    assert.equal([ledger.parked, ledger.refused], [SENT - CAPACITY - 8, 8]);
    open();
    await system.settle();
    assert.equal(handled, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(outcomes, [
      ...Array.from({ length: 8 }, () => 'sent'),
      ...['ERR_SEND_ABORTED', 'ERR_ASK_ABORTED', 'ERR_SEND_TIMEOUT', 'ERR_ASK_TIMEOUT'],
      ...['ERR_SEND_ABORTED', 'ERR_ASK_ABORTED', 'ERR_SEND_TIMEOUT', 'ERR_ASK_TIMEOUT'],
    ]);
    await system.stop();
  });
}

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`what a worker had not taken when it died comes first where its actor is made again (seed ${seed})`, async () => {
    const handled: number[][] = [[], []];
    const Taker = defineActor({
      name: 'taker',
      mailbox: { capacity: CAPACITY },
      init: () => null,
      handlers: { take: (_state, [from, n]: readonly [number, number]) => void handled[from]?.push(n) },
    });
    const Sender = defineActor({
      name: 'sender',
      init: (args: { from: number; taker: ActorRef<typeof Taker> }) => args,
      handlers: {
        send({ from, taker }) {
          for (let n = 0; n < SENT; n += 1) void taker.tell('take', [from, n]);
        },
      },
    });
    const system = await startVirtual({ actors: [Taker, Sender], workers: 3, seed });
    const taker = await system.spawn(Taker, { placement: 1 });
    const senders = await Promise.all(
      [0, 1].map((from) => system.spawn(Sender, { args: { from, taker }, placement: from + 2 })),
    );
    await system.settle();
    system.stall(1, 1_000);
    await Promise.all(senders.map((sender) => sender.ask('send')));
    system.killWorker(1);
    await system.advance(10_000);
    // It comes home to one of the two, and lives on another worker for the other.
    const all = Array.from({ length: SENT }, (_, n) => n);
    assert.equal(handled, [all, all]);
    await system.stop();
  });
}

test.run();
