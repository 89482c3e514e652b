/**
 * `npm start`: three shops behind one gateway, and a stock service that takes its time. Ends in order on
 * Ctrl-C and SIGTERM: no more requests, then every order that was accepted is worked off.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatLedger, startSystem } from 'millrace';
import { Shop } from './actors.ts';
import { createGateway } from './gateway.ts';

const PORT_DEFAULT = 8_080;
const STOCK_MS = 50;

const stock = createServer((request, response) => {
  request.resume();
  setTimeout(() => response.writeHead(204).end(), STOCK_MS);
}).listen(0, '127.0.0.1');
await once(stock, 'listening');
const stockUrl = `http://127.0.0.1:${(stock.address() as AddressInfo).port}/`;

const system = await startSystem({ actors: new URL('./actors.js', import.meta.url) });
const names = ['london', 'nairobi', 'oslo'];
const shops = new Map(
  await Promise.all(
    names.map(async (name) => [name, await system.spawn(Shop, { name, args: { stockUrl } })] as const),
  ),
);

const gateway = createGateway(shops).listen(Number(process.env['PORT'] ?? PORT_DEFAULT), '127.0.0.1');
await once(gateway, 'listening');
const { port } = gateway.address() as AddressInfo;
console.log(`Try: curl -i http://127.0.0.1:${port}/shops/oslo/orders -d '{"item":"skis","count":2}'`);

const stopAsked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopAsked.abort());
await once(stopAsked.signal, 'abort');

gateway.close();
gateway.closeIdleConnections();
const { ledger, problems } = await system.stop();
stock.close();
stock.closeAllConnections();
console.log(formatLedger(ledger));
if (problems.length > 0) process.exitCode = 1;
