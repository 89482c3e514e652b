/** What waits for an actor when it comes to live on the host of those who wait: real hosts on virtual threads. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor } from '@millrace/core';
import { startVirtual } from '@millrace/testkit';

const CAPACITY = 4;
const SENT = 16;
const SEEDS = 32;

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
