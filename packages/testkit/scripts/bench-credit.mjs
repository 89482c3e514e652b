// `node packages/testkit/scripts/bench-credit.mjs [--rounds N]`: one lease for each host against one shared counter, a
// payment at a time: what it costs alone, what it costs with two threads at one mailbox, and how fair each is. What
// whole streams of messages cost with either, the bench says (`millrace:bare` and `millrace:bare-counter` in S6).
// Interleaved rounds in one process; only ratios inside one run mean something. Needs a built workspace.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  attach,
  CounterLease,
  CounterLender,
  Lease,
  LenderTable,
  leaseAt,
  pageWords,
} from '../../core/dist/credit/index.js';
import { directoryAt, packDirectory, unspentOf, WANTED, withSpent } from '../../core/dist/credit/layout.js';
import { AtomicWords } from '../../runtime/dist/link.js';
import { CountedSlots, LinedWay } from '../dist/protocol.js';

const KINDS = ['lease', 'counter'];

const sharedWords = (length) => new Int32Array(new SharedArrayBuffer(length * 4));

const silent = { post() {} };

/** One owner of one mailbox, and the sending side of host 1, of either kind. */
function pair(kind, words, capacity, port = silent, hosts = 3) {
  const pool = new CountedSlots(capacity);
  if (kind === 'counter') {
    const lender = new CounterLender(words, 0, 0, hosts, 1, pool, pool, port);
    const receive = () => 'admit';
    return { pool, lender, receive, leaseOf: (host, p = port) => new CounterLease(words, 0, 0, host, 1, p) };
  }
  const lenders = new LenderTable(0, hosts, port, () => words);
  const lender = lenders.open(pool, pool);
  for (let host = 1; host < hosts; host += 1) lender.attach(host);
  const receive = (host) => lenders.receive(host, 0);
  return { pool, lender, lenders, receive, leaseOf: (host, p = port) => new Lease(words, 0, 0, host, 1, p) };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`;

// What one message costs on one thread.

function costAlone(kind, bulk, messages) {
  const words = new AtomicWords(sharedWords(pageWords(3)));
  const { pool, lender, receive, leaseOf } = pair(kind, words, 1_024);
  const lease = leaseOf(1);
  let paid = 0;
  // Time on the processor, not on the clock: others work on this machine too.
  const start = process.cpuUsage();
  while (paid < messages) {
    let batch = 0;
    if (bulk) {
      // Sixteen payments by one compare-exchange, the rest given back at the end of the turn.
      const taken = take(words, leaseAt(0, 1), 16);
      const open = packDirectory(1, true);
      for (let i = 0; i < taken; i += 1) if ((words.load(directoryAt(0, 1)) | WANTED) === open) batch += 1;
    } else {
      while (batch < 16 && lease.trySpend() === 'paid') batch += 1;
    }
    for (let i = 0; i < batch; i += 1) {
      receive(1);
      pool.take();
    }
    for (let i = 0; i < batch; i += 1) {
      pool.finish();
      lender.released();
    }
    paid += batch;
    if (batch === 0) lender.flush();
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1e3) / messages;
}

/** Pays for up to `countMax` messages by one compare-and-exchange. */
function take(words, index, countMax) {
  for (;;) {
    const lease = words.load(index);
    const count = Math.min(unspentOf(lease), countMax);
    if (count === 0 || words.compareExchange(index, lease, withSpent(lease, count)) === lease) return count;
  }
}

// What a payment costs while another thread pays at the same mailbox.

function spendMany({ kind, words, host, count, gate }) {
  const Kind = kind === 'lease' ? Lease : CounterLease;
  const lease = new Kind(new AtomicWords(words), 0, 0, host, 1, silent);
  Atomics.add(gate, 0, 1);
  while (Atomics.load(gate, 0) < 2) continue;
  const start = performance.now();
  let paid = 0;
  while (paid < count) {
    if (lease.trySpend() !== 'paid') throw new Error('VOID: a payment failed');
    lease.refund(1);
    paid += 1;
  }
  return ((performance.now() - start) * 1e6) / count;
}

async function costTogether(kind, count) {
  const words = sharedWords(pageWords(3));
  const gate = sharedWords(1);
  // Plenty of credit, and an owner that looks away: only the sending sides meet.
  words[0] = 2;
  if (kind === 'counter') words[leaseAt(0, 0)] = 1_000;
  else for (const host of [1, 2]) words[leaseAt(0, host)] = 1_000 << 16;
  const costs = await Promise.all([1, 2].map((host) => runWorker({ kind, words, host, count, gate })));
  return (costs[0] + costs[1]) / 2;
}

// How fair: hosts that look for credit more often than others, on one thread, without a clock.

function fairness(kind, hosts, rounds) {
  const words = new AtomicWords(sharedWords(pageWords(hosts + 1)));
  const queues = Array.from({ length: hosts + 1 }, () => []);
  const demands = [];
  const { pool, lender, lenders, receive, leaseOf } = pair(
    kind,
    words,
    8,
    { post: (to, signal, slot) => (signal === 'grant' ? queues[to].push(slot) : demands.push(slot)) },
    hosts + 1,
  );
  const handled = new Array(hosts + 1).fill(0);
  const ways = [];
  for (let from = 1; from <= hosts; from += 1) {
    class Way extends LinedWay {
      ship() {
        if (receive(from) !== 'admit') throw new Error('VOID');
        pool.take();
        handled[from] += 1;
        return true;
      }

      closed() {}
    }
    const way = new Way();
    attach(way, leaseOf(from, { post: () => demands.push(from) }));
    ways[from] = way;
  }
  const sender = {};
  for (let round = 0; round < rounds; round += 1) {
    for (let from = 1; from <= hosts; from += 1) {
      // Host 1 looks for its signals in each round, the others in every fourth.
      if (from > 1 && round % 4 !== from % 4) continue;
      const way = ways[from];
      while (way.line.size < 4) way.park({ sender });
      if (queues[from].length > 0) {
        queues[from].length = 0;
        way.lease.acknowledge();
        way.granted();
      }
    }
    for (const from of demands.splice(0)) {
      if (kind === 'lease') lenders.look(from, 0);
      else lender.look(from);
    }
    for (let n = 0; n < 2 && pool.depth > 0; n += 1) {
      pool.finish();
      lender.released();
    }
    lenders?.endOfBatch();
  }
  const shares = handled.slice(1);
  const sum = shares.reduce((a, b) => a + b, 0);
  const jain = sum ** 2 / (hosts * shares.reduce((a, b) => a + b ** 2, 0));
  return { jain, least: Math.min(...shares) / (sum / hosts), most: Math.max(...shares) / (sum / hosts) };
}

function runWorker(data) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function main() {
  const at = process.argv.indexOf('--rounds');
  const rounds = at === -1 ? 3 : Number(process.argv[at + 1]);
  const table = new Map();
  const note = (row, kind, value) => {
    const key = `${row} · ${kind}`;
    if (!table.has(key)) table.set(key, []);
    table.get(key).push(value);
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of KINDS) note('alone, ns a message', kind, costAlone(kind, false, 3e6));
    note('alone, ns a message', 'lease, 16 at a time', costAlone('lease', true, 3e6));
    for (const kind of KINDS)
      note('two threads pay and refund, ns each', kind, await costTogether(kind, 2e6));
  }
  for (const kind of KINDS) {
    const { jain, least, most } = fairness(kind, 8, 200_000);
    note("one eager host among eight: Jain's index", kind, jain);
    note('one eager host among eight: least share of the mean', kind, least);
    note('one eager host among eight: most share of the mean', kind, most);
  }
  for (const [row, values] of table)
    console.log(`${row.padEnd(64)} ${median(values).toFixed(3).padStart(9)}   ${spread(values)}`);
}

if (isMainThread) await main();
else parentPort.postMessage(spendMany(workerData));
