/**
 * The steps of docs/guide.md, one after another, then it waits for SIGTERM. Reads `orders.csv` of the folder where it
 * is started, and keeps carts there: `node …/dist/guide/main.js`.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openFeed, startSystem, writableTo } from 'millrace';
import { Account, Cart, Desk, type Invoice, Orders } from './actors.js';

const system = await startSystem({ actors: new URL('./actors.js', import.meta.url) });
process.once('SIGTERM', () => {
  void system.stop({ drainMs: 20_000 }).then(({ problems }) => process.exit(problems.length === 0 ? 0 : 1));
});

const alice = await system.spawn(Account, { args: 'alice' });
await alice.tell('deposit', 5);
console.log(`alice has ${await alice.ask('balance')}`);

const desk = await system.spawn(Desk);
const atDesk = (await system.inspect())
  .flatMap(({ actors }) => actors.map(({ address }) => address.path))
  .filter((path) => path.startsWith(`${desk.address.path}/`));
console.log(`at the desk: ${atDesk.map((path) => path.slice(path.lastIndexOf('/') + 1)).join(', ')}`);

await system.keyed(Cart).ref('anna').tell('add', 'lamp'); // made by its first message, found by the next
console.log(`anna has ${(await system.keyed(Cart).ref('anna').ask('items')).join(', ')}`);

const lines = (chunks: AsyncIterable<Buffer>): AsyncIterable<string> =>
  createInterface({ input: Readable.from(chunks) });
const print = (invoice: Invoice): void => console.log(`invoice ${invoice.number}: ${invoice.order}`);
const orders = await system.spawn(Orders);

// into an actor: one `tell` for each chunk, written on when it is admitted
await pipeline(createReadStream('orders.csv'), lines, writableTo(orders, 'add'));

// out of actors: give the ref of a feed to any of them, on any thread
const feed = await openFeed<Invoice>(system, { capacity: 16 });
await orders.tell('sendInvoicesTo', feed.ref); // there: await to.tell('push', invoice), at last to.tell('end')
for await (const invoice of feed) print(invoice);

console.log('ready');
