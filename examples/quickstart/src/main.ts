/** The quickstart: an actor on another core, told a thousand times and asked once. The README shows it. */
import { formatLedger, startSystem } from 'millrace';
import { Account } from './actors.js';

const system = await startSystem({ actors: new URL('./actors.js', import.meta.url) });
const alice = await system.spawn(Account, { args: 'alice' }); // on a worker thread

for (let i = 0; i < 1_000; i += 1) {
  await alice.tell('deposit', 5); // waits while the mailbox is full
}
console.log(await alice.ask('statement'));

const { ledger } = await system.stop(); // drains, then says what became of every message
console.log(formatLedger(ledger));
