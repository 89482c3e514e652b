// `node packages/testkit/scripts/bench-credit.mjs [--rounds N]`: leases against one shared counter for each
// actor. Prints what a message costs alone, with two threads at one word, over two threads that send to each
// other's actors under Zipf skew, and how fair each is. Every message is counted: a run that loses one says
// VOID. Interleaved rounds in one process; only ratios inside one run mean something. Under a minute. Needs a
// built workspace.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  CounterLease,
  CounterLender,
  Lease,
  LeaseTable,
  LenderTable,
  leaseAt,
  Outbound,
  pageOf,
  pageWords,
} from '../../core/dist/credit/index.js';
import { directoryAt, packDirectory, unspentOf, WANTED, withSpent } from '../../core/dist/credit/layout.js';

const KINDS = ['lease', 'counter'];

/** Words in shared memory, as the runtime has them. */
class AtomicWords {
  #words;
  constructor(words) {
    this.#words = words;
  }
  load(index) {
    return Atomics.load(this.#words, index);
  }
  store(index, value) {
    Atomics.store(this.#words, index, value);
  }
  compareExchange(index, expected, replacement) {
    return Atomics.compareExchange(this.#words, index, expected, replacement);
  }
  add(index, delta) {
    return Atomics.add(this.#words, index, delta);
  }
}

const sharedWords = (length) => new Int32Array(new SharedArrayBuffer(length * 4));

/** The counters of a mailbox, and a line of this host that never waits. */
class Pool {
  lent = 0;
  overdraft = 0;
  depth = 0;
  sends = 0;
  senders = 0;
  constructor(capacity) {
    this.capacityMessages = capacity;
    this.free = capacity;
  }
  lend(count) {
    this.free -= count;
    this.lent += count;
  }
  takeBack(count) {
    this.lent -= count;
    this.free += count;
  }
  lendOverdraft() {}
  admit() {
    return 0;
  }
  evict() {
    return 0;
  }
  pushLent() {
    this.lent -= 1;
    this.depth += 1;
  }
  finish() {
    this.depth -= 1;
    this.free += 1;
  }
}

const silent = { post() {} };

/** One owner of one mailbox, and the sending side of host 1, of either kind. */
function pair(kind, words, capacity, port = silent, hosts = 3) {
  const pool = new Pool(capacity);
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
      for (let i = 0; i < taken; i += 1) if ((words.load(directoryAt(0)) | WANTED) === open) batch += 1;
    } else {
      while (batch < 16 && lease.trySpend() === 'paid') batch += 1;
    }
    for (let i = 0; i < batch; i += 1) {
      receive(1);
      pool.pushLent();
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
  const costs = await Promise.all(
    [1, 2].map((host) => runWorker({ task: 'spend', kind, words, host, count, gate })),
  );
  return (costs[0] + costs[1]) / 2;
}

// Two hosts that send to each other's actors.

const RING = 1 << 16;

/** A queue of numbers to one other thread; `push` becomes visible with `publish`. */
class NumberRing {
  #words;
  #tail = 0;
  #head = 0;
  #seen = 0;
  constructor(words) {
    this.#words = words;
  }
  get room() {
    return RING - ((this.#tail - Atomics.load(this.#words, 32)) | 0);
  }
  push(value) {
    this.#words[64 + (this.#tail & (RING - 1))] = value;
    this.#tail = (this.#tail + 1) | 0;
  }
  publish() {
    Atomics.store(this.#words, 0, this.#tail);
  }
  shift() {
    if (this.#head === this.#seen) {
      this.#seen = Atomics.load(this.#words, 0);
      if (this.#head === this.#seen) return -1;
    }
    const value = this.#words[64 + (this.#head & (RING - 1))];
    this.#head = (this.#head + 1) | 0;
    return value;
  }
  release() {
    Atomics.store(this.#words, 32, this.#head);
  }
}

function zipf(theta, count, seed) {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    sum += 1 / (i + 1) ** theta;
    sums[i] = sum;
  }
  const order = Int32Array.from({ length: count }, (_, i) => i);
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return () => {
    const goal = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < goal) low = middle + 1;
      else high = middle;
    }
    return order[low];
  };
}

/** One of two hosts: owns `actors` mailboxes and sends `messages` to those of the other. */
function exchange({ kind, self, actors, capacity, theta, messages, parkedMax, data, control, pages, gate }) {
  const other = 1 - self;
  const words = pages.map((host) => host.map((page) => new AtomicWords(page)));
  const out = new NumberRing(data[self]);
  const incoming = new NumberRing(data[other]);
  const outControl = new NumberRing(control[self]);
  const inControl = new NumberRing(control[other]);
  let signals = 0;
  const port = {
    post(_to, signal, slot) {
      signals += 1;
      outControl.push(slot * 2 + (signal === 'demand' ? 0 : 1));
      outControl.publish();
    },
  };
  const lenders = new LenderTable(self, 2, port, (page) => words[self][page]);
  const receivers = [];
  for (let slot = 0; slot < actors; slot += 1) {
    const pool = new Pool(capacity);
    if (kind === 'lease') {
      const lender = lenders.open(pool, pool);
      lender.attach(other);
      receivers.push({ pool, lender });
    } else {
      const lender = new CounterLender(words[self][pageOf(slot)], slot, self, 2, 1, pool, pool, port);
      receivers.push({ pool, lender });
    }
  }
  Atomics.add(gate, 0, 1);
  while (Atomics.load(gate, 0) < 2) continue;

  let shipped = 0;
  let dry = 0;
  const leases = new LeaseTable(self, port, (_owner, page) => words[other][page]);
  const host = {
    ship(outbound) {
      out.push(outbound.lease.slot);
      shipped += 1;
      return true;
    },
    closed() {
      throw new Error('VOID: a slot closed');
    },
  };
  const outbounds = [];
  const counterLeases = [];
  for (let slot = 0; slot < actors; slot += 1) {
    const outbound = new Outbound(host);
    outbounds.push(outbound);
    if (kind === 'lease') outbound.attach(leases.open(other, slot, 1, outbound));
    else {
      const lease = new CounterLease(words[other][pageOf(slot)], other, slot, self, 1, port);
      counterLeases.push(lease);
      outbound.attach(lease);
    }
  }
  const choose = zipf(theta, actors, 7 + self);
  const sender = {};
  const parked = { sender };
  let offered = 0;
  let received = 0;
  const batch = [];
  const start = performance.now();
  while (shipped < messages || received < messages) {
    // Control first, then messages, then handling, then grants, then sends.
    for (let value = inControl.shift(); value !== -1; value = inControl.shift()) {
      const slot = value >> 1;
      if ((value & 1) === 0) {
        if (kind === 'lease') lenders.look(other, slot);
        else receivers[slot].lender.look(other);
      } else if (kind === 'lease') leases.granted(other, slot);
      else {
        counterLeases[slot].acknowledge();
        outbounds[slot].granted();
      }
    }
    inControl.release();
    batch.length = 0;
    for (let i = 0; i < 512; i += 1) {
      const slot = incoming.shift();
      if (slot === -1) break;
      if (kind === 'lease' && lenders.receive(other, slot) !== 'admit') throw new Error('VOID: unpaid');
      const { pool } = receivers[slot];
      pool.pushLent();
      if (pool.depth > capacity) throw new Error('VOID: the bound is broken');
      batch.push(slot);
    }
    incoming.release();
    for (const slot of batch) {
      const { pool, lender } = receivers[slot];
      pool.finish();
      lender.released();
    }
    received += batch.length;
    if (kind === 'lease') lenders.endOfBatch();
    let waiting = offered - shipped;
    for (let i = 0; i < 256 && offered < messages && waiting < parkedMax && out.room > 1_024; i += 1) {
      const slot = choose();
      const outbound = outbounds[slot];
      offered += 1;
      if (outbound.tryPay() === 'paid') {
        out.push(slot);
        shipped += 1;
      } else {
        dry += 1;
        outbound.park(parked);
        waiting = offered - shipped;
      }
    }
    out.publish();
    if (batch.length === 0 && kind === 'lease') lenders.beforeSleep();
  }
  out.publish();
  return { seconds: (performance.now() - start) / 1e3, signals, dry };
}

async function throughput(kind, { theta, actors, capacity, messages, parkedMax }) {
  const pagesOf = () => Array.from({ length: pageOf(actors - 1) + 1 }, () => sharedWords(pageWords(2)));
  const shared = {
    task: 'exchange',
    kind,
    theta,
    actors,
    capacity,
    messages,
    parkedMax,
    data: [sharedWords(RING + 64), sharedWords(RING + 64)],
    control: [sharedWords(RING + 64), sharedWords(RING + 64)],
    pages: [pagesOf(), pagesOf()],
    gate: sharedWords(1),
  };
  const results = await Promise.all([0, 1].map((self) => runWorker({ ...shared, self })));
  const seconds = Math.max(...results.map((result) => result.seconds));
  const sum = (key) => results.reduce((total, result) => total + result[key], 0) / (2 * messages);
  return { rate: (2 * messages) / seconds / 1e6, signals: sum('signals'), dry: sum('dry') };
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
  const outbounds = [];
  for (let from = 1; from <= hosts; from += 1) {
    const outbound = new Outbound({
      ship: () => {
        if (receive(from) !== 'admit') throw new Error('VOID');
        pool.pushLent();
        handled[from] += 1;
        return true;
      },
      closed: () => undefined,
    });
    const lease = leaseOf(from, { post: () => demands.push(from) });
    outbound.attach(lease);
    outbounds[from] = { outbound, lease };
  }
  const sender = {};
  for (let round = 0; round < rounds; round += 1) {
    for (let from = 1; from <= hosts; from += 1) {
      // Host 1 looks for its signals in each round, the others in every fourth.
      if (from > 1 && round % 4 !== from % 4) continue;
      const { outbound, lease } = outbounds[from];
      while (outbound.line.size < 4) outbound.park({ sender });
      if (queues[from].length > 0) {
        queues[from].length = 0;
        lease.acknowledge();
        outbound.granted();
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
    for (const theta of [0, 0.99]) {
      for (const [actors, capacity] of [
        [10_000, 1_024],
        [100, 64],
        [1, 256],
      ]) {
        for (const kind of KINDS) {
          const result = await throughput(kind, {
            theta,
            actors,
            capacity,
            messages: 5e5,
            parkedMax: 1_024,
          });
          const row = `θ ${theta}, ${actors} actors of ${capacity}`;
          note(`${row}: M msg/s`, kind, result.rate);
          note(`${row}: signals per 1,000`, kind, result.signals * 1_000);
          note(`${row}: sends parked per 1,000`, kind, result.dry * 1_000);
        }
      }
    }
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
else if (workerData.task === 'spend') parentPort.postMessage(spendMany(workerData));
else parentPort.postMessage(exchange(workerData));
