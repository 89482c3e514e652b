/**
 * HTTP in front of actors: a route is a `tryTell`, and what it answers is the status. `sent` is 202, `full`
 * is 429 with Retry-After, `stopped` is 503. Nothing waits in here, so a flood costs a refusal each and no
 * memory. Owns the routes; must not know what a shop does with an order.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ActorRef, TryTell } from 'millrace';
import type { Order, Shop } from './actors.ts';

/** Bytes of a request's body at most. */
const BODY_MAX_BYTES = 4_096;

/** When a client whose order was refused may try again. */
const RETRY_AFTER_SECONDS = 1;

const ITEM_PATTERN = /^[\w-]{1,40}$/;
const COUNT_MAX = 1_000;

const STATUS: Readonly<Record<TryTell, number>> = { sent: 202, full: 429, stopped: 503 };

/** The shops that a gateway serves, by name. */
export type Shops = ReadonlyMap<string, ActorRef<typeof Shop>>;

/** A server with `POST /shops/<name>/orders` and `GET /shops/<name>`. It does not listen yet. */
export function createGateway(shops: Shops): Server {
  return createServer((request, response) => {
    route(shops, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: String(error) });
    });
  });
}

async function route(shops: Shops, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, root, name = '', leaf] = (request.url ?? '').split('/');
  const shop = root === 'shops' ? shops.get(name) : undefined;
  if (shop === undefined) {
    send(response, 404, { error: 'no such shop' });
  } else if (request.method === 'POST' && leaf === 'orders') {
    await placeOrder(shop, request, response);
  } else if (request.method === 'GET' && leaf === undefined) {
    send(response, 200, await shop.ask('account'));
  } else {
    send(response, 405, { error: 'only POST /shops/<name>/orders and GET /shops/<name>' });
  }
}

async function placeOrder(
  shop: ActorRef<typeof Shop>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const order = decodeOrder(await readBody(request));
  if (order === undefined) {
    send(response, 400, { error: `an order is {"item": text, "count": 1 to ${COUNT_MAX}}` });
    return;
  }
  const outcome = shop.tryTell('place', order);
  if (outcome !== 'sent') response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  send(response, STATUS[outcome], { outcome });
}

/** The body as text; empty when it is larger than a request may be. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
  }
  return bytes <= BODY_MAX_BYTES ? Buffer.concat(chunks).toString() : '';
}

/** What a client sent, checked; undefined when it is no order. */
function decodeOrder(body: string): Order | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('item' in value) || !('count' in value))
    return undefined;
  const { item, count } = value;
  if (typeof item !== 'string' || !ITEM_PATTERN.test(item)) return undefined;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > COUNT_MAX)
    return undefined;
  return { item, count };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
