/** The worked example of docs/testing.md, as it stands there. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ALL_FAULTS,
  assertLedger,
  type Scenario,
  simulate,
  simulateSeeds,
  startVirtual,
} from '@millrace/testkit';
import { Orders, Shipping, Stock } from './support/orders.ts';

test('a paid order is shipped', async () => {
  const system = await startVirtual({ actors: [Orders, Shipping, Stock] });
  const shipping = await system.probe(Shipping);
  const stock = await system.spawn(Stock, { args: 10 });
  const orders = await system.spawn(Orders, { args: { stock, shipping: shipping.ref } });

  assert.is(await orders.ask('place', { id: 'a', pieces: 3 }), 'reserved');
  await orders.tell('paid', 'a');

  assert.is(await shipping.next('ship'), 'a');
  await shipping.nothing();
  assertLedger(await system.stop(), { failed: 0, dropped: 0, deadLettered: 0 });
});

test('an order is cancelled when half an hour has passed', async () => {
  const system = await startVirtual({ actors: [Orders, Shipping, Stock] });
  const shipping = await system.probe(Shipping);
  const stock = await system.spawn(Stock, { args: 10 });
  const orders = await system.spawn(Orders, { args: { stock, shipping: shipping.ref } });
  await orders.ask('place', { id: 'a', pieces: 3 });
  await orders.ask('place', { id: 'b', pieces: 3 });

  await system.advance(29 * 60_000);
  await orders.tell('paid', 'a');
  await system.advance(60_000);

  assert.is(await orders.ask('cancelled'), 1);
  await system.stop();
});

test('orders wait while the worker of the stock is dead', async () => {
  const system = await startVirtual({ actors: [Orders, Shipping, Stock], workers: 2 });
  const shipping = await system.probe(Shipping);
  const stock = await system.spawn(Stock, { args: 10, placement: 1 });
  const orders = await system.spawn(Orders, { args: { stock, shipping: shipping.ref }, placement: 2 });

  system.killWorker(1);
  const placed = orders.ask('place', { id: 'a', pieces: 3 });
  await system.advance(1_000);

  assert.is(await placed, 'reserved');
  await system.stop();
});

const neverOversold: Scenario = {
  actors: [Orders, Shipping, Stock],
  workers: 3,
  faults: ['stall', 'late-grant', 'clock-jump'],
  run: async (system, random) => {
    const shipping = await system.spawn(Shipping);
    const stock = await system.spawn(Stock, { args: 10 });
    const shops = await Promise.all([1, 2, 3].map(() => system.spawn(Orders, { args: { stock, shipping } })));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        random.pick(shops).ask('place', { id: `order-${n}`, pieces: 2 }, { timeoutMs: 60_000 }),
      ),
    );
    assert.is(answers.filter((answer) => answer === 'reserved').length, 5);
    assert.is(await stock.ask('pieces', undefined, { timeoutMs: 60_000 }), 0);
  },
};

test('no piece is sold twice, in whatever order things happen', async () => {
  await simulateSeeds(neverOversold, { seeds: 25 });
});

test('a run is repeated by its seed', async () => {
  const { hash } = await simulate(7, neverOversold);
  assert.is((await simulate(7, neverOversold)).hash, hash);
});

test('every ask is answered or refused, whatever dies', async () => {
  await simulateSeeds(
    {
      ...neverOversold,
      faults: ALL_FAULTS,
      run: async (system, random) => {
        const shipping = await system.spawn(Shipping);
        const stock = await system.spawn(Stock, { args: 10 });
        const orders = await system.spawn(Orders, { args: { stock, shipping } });
        await Promise.allSettled(
          Array.from({ length: 12 }, (_, n) =>
            orders.ask('place', { id: `order-${n}`, pieces: 1 + random.next(2) }),
          ),
        );
      },
    },
    { seeds: 25 },
  );
});

test.run();
