// test-deadline-s: 180 because it makes hundreds of real requests, with worker threads beside them
/** Loads the gateway with a real client over loopback: what it accepts, what it refuses, what becomes of each. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, startSystem } from 'millrace';
import { ORDERS_PER_SHOP_MAX, Shop } from '../src/actors.ts';
import { createGateway } from '../src/gateway.ts';

const ACTORS = new URL('../src/actors.js', import.meta.url);
/** Clients of this test live fast: their second is this long. */
const SECOND_MS = 10;
const ORDER = JSON.stringify({ item: 'skis', count: 2 });

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A stock service that answers once the test has opened it, and at once from then on. */
class Stock {
  readonly server: Server;
  #open = false;
  #held: ServerResponse[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      request.resume();
      if (this.#open) response.writeHead(204).end();
      else this.#held.push(response);
    });
  }

  open(): void {
    this.#open = true;
    for (const response of this.#held.splice(0)) response.writeHead(204).end();
  }
}

interface Fixture {
  readonly stock: Stock;
  readonly url: string;
  readonly shop: ActorRef<typeof Shop>;
  readonly stop: () => Promise<unknown>;
}

async function withGateway(workers: number, body: (fixture: Fixture) => Promise<void>): Promise<void> {
  const stock = new Stock();
  const stockUrl = await listen(stock.server);
  const system = await startSystem({ actors: ACTORS, workers });
  const shop = await system.spawn(Shop, { args: { stockUrl } });
  const gateway = createGateway(new Map([['oslo', shop]]));
  try {
    await body({ stock, url: await listen(gateway), shop, stop: () => system.stop() });
  } finally {
    stock.open();
    const { problems, ledger } = await system.stop();
    for (const server of [gateway, stock.server]) {
      server.close();
      server.closeAllConnections();
    }
    assert.equal(problems, [], 'the ledger balances');
    assert.is(ledger.handled, ledger.accepted, 'what was accepted was handled');
  }
}

const place = (url: string, body: string = ORDER): Promise<Response> =>
  fetch(`${url}/shops/oslo/orders`, { method: 'POST', body });

for (const workers of [0, 1]) {
  test(`a shop that stands still accepts what its mailbox holds and refuses the rest, with ${workers} workers`, () =>
    withGateway(workers, async ({ stock, url, shop, stop }) => {
      const responses = await Promise.all(Array.from({ length: 60 }, () => place(url)));
      const refused = responses.filter(({ status }) => status === 429);
      const accepted = responses.filter(({ status }) => status === 202);
      // From another thread the gateway may spend only the credit that it was granted so far, and `tryTell` does
      // not wait for more: the mailbox is a bound from above there, and on one thread the exact count.
      if (workers === 0) assert.is(accepted.length, ORDERS_PER_SHOP_MAX);
      assert.ok(accepted.length > 0 && accepted.length <= ORDERS_PER_SHOP_MAX);
      assert.is(accepted.length + refused.length, 60);
      assert.ok(refused.every(({ headers }) => headers.get('retry-after') === '1'));
      stock.open();
      const placed = accepted.length;
      assert.equal(await shop.ask('account'), { placed, items: 2 * placed, outOfStock: 0 });
      assert.is((await place(url)).status, 202, 'there is room again');
      await stop();
      assert.is((await place(url)).status, 503, 'a system that has stopped says so');
    }));

  test(`clients that come back after a refusal get every order in, with ${workers} workers`, () =>
    withGateway(workers, async ({ stock, url }) => {
      stock.open();
      const orders = 120;
      let left = orders;
      const client = async (): Promise<void> => {
        for (; left > 0; ) {
          left -= 1;
          for (let reply = await place(url); reply.status !== 202; reply = await place(url)) {
            assert.is(reply.status, 429);
            await sleep(Number(reply.headers.get('retry-after')) * SECOND_MS);
          }
        }
      };
      await Promise.all(Array.from({ length: 32 }, client));
      const account: unknown = await (await fetch(`${url}/shops/oslo`)).json();
      assert.equal(account, { placed: orders, items: 2 * orders, outOfStock: 0 });
    }));
}

test('what is no order is refused before it reaches a shop', () =>
  withGateway(0, async ({ url, shop }) => {
    const bodies = ['', '{}', '{"item":"skis","count":0}', '{"item":7,"count":1}', 'x'.repeat(5_000)];
    for (const body of bodies) assert.is((await place(url, body)).status, 400, body.slice(0, 40));
    const elsewhere = await fetch(`${url}/shops/paris/orders`, { method: 'POST', body: ORDER });
    assert.is(elsewhere.status, 404);
    assert.is((await fetch(`${url}/shops/oslo`, { method: 'DELETE' })).status, 405);
    assert.equal(await shop.ask('account'), { placed: 0, items: 0, outOfStock: 0 });
  }));

test.run();
