// The defects that the checks must find: each takes one thing out of the credit protocol or the ring that
// somebody could believe superfluous. Owns the list; `check-mutants.mjs` plants them one at a time.

/**
 * @typedef {object} Mutant
 * @property {string} name what is wrong with it
 * @property {'core' | 'ring'} part where it is planted
 * @property {string} file path in the built package
 * @property {string} find the code as built; it occurs once
 * @property {string} replace
 */

const lease = 'credit/lease.js';
const outbound = 'credit/outbound.js';
const lender = 'credit/lender.js';
const loans = 'credit/loans.js';
const replenisher = 'credit/replenisher.js';
const demand = 'credit/demand.js';
const lenderTable = 'credit/lender-table.js';
const leaseTable = 'credit/lease-table.js';
const waitGraph = 'credit/wait-graph.js';
const replenish = 'credit/replenish.js';
const ring = 'ring/spsc-ring.js';

const core = (name, file, find, replace) => ({ name, part: 'core', file, find, replace });
const ofRing = (name, find, replace) => ({ name, part: 'ring', file: ring, find, replace });

/** @type {Mutant[]} */
export const mutants = [
  // The sending side.
  core(
    'park without trying again',
    outbound,
    'if (way.line?.size === 1)\n        serve(way);',
    'if (way.line?.size === 1)\n        lease.announce();',
  ),
  core(
    'pay without looking at the generation',
    lease,
    "if (!this.open) {\n            this.refund(drawn);\n            return 'closed';\n        }",
    '',
  ),
  core(
    'find the slot closed and keep the payment',
    lease,
    "this.refund(drawn);\n            return 'closed';",
    "return 'closed';",
  ),
  core(
    'run dry without looking whether the slot is closed',
    lease,
    "return this.open ? 'dry' : 'closed';",
    "return 'dry';",
  ),
  core('keep the stock when the pass ends', lease, 'if (this.#stock > 0)\n            this.refund(0);', ''),
  core(
    'draw more ahead than the owner may miss',
    lease,
    'Math.min(wish, unspent >> 1)',
    'Math.min(wish, unspent)',
  ),
  core(
    'draw ahead while somebody waits',
    lease,
    'if ((this.#directory() & WANTED) !== 0)\n            return 1;',
    '',
  ),
  core(
    'refund and keep the stock',
    lease,
    'const returned = count + this.#stock;',
    'const returned = count;',
  ),
  core('return the stock to the books of a host that died', leaseTable, 'entry?.lease.forfeit();', ';'),
  core(
    'refund and tell nobody',
    lease,
    'if ((this.#directory() & WANTED) !== 0)\n            this.announce();',
    '',
  ),
  core(
    'stop waiting and tell nobody',
    lease,
    'if (counts === 0 && (this.#directory() & WANTED) !== 0)\n            this.announce();',
    '',
  ),
  core(
    'announce again while a signal is under way',
    lease,
    'if ((demand & ANNOUNCED) !== 0)\n                return;',
    '',
  ),
  core(
    'see a grant without acknowledging it',
    lease,
    'if (words.compareExchange(this.#demandAt, demand, demand & ~NOTICED) === demand)\n                return;',
    'return;',
  ),
  core(
    'let an old lease write the demand of a reused slot',
    lease,
    'if (this.#superseded)\n            return;',
    '',
  ),
  core('write the demand after the second try', outbound, 'writeDemand(way, lease);\n    // Only', '// Only'),
  core('spend past parked sends', outbound, 'if (lease === null || waits(way))', 'if (lease === null)'),
  core(
    'refund without serving the own line',
    outbound,
    'lease?.refund(1);\n    if (waits(way))\n        serve(way);',
    'lease?.refund(1);',
  ),
  core('leave sends behind unannounced', outbound, 'if (waits(way))\n        lease.announce();', ''),
  core(
    'drop what cannot be encoded with its payment',
    outbound,
    'if (entry === undefined || !way.ship(entry))\n            lease.refund(1);',
    'if (entry !== undefined)\n            way.ship(entry);',
  ),
  core(
    'abort without lowering the demand',
    outbound,
    'if (way.lease !== null)\n        writeDemand(way, way.lease);',
    '',
  ),
  core(
    'attach a lease without announcing the line',
    outbound,
    'writeDemand(way, lease);\n    if (waits(way))\n        serve(way);',
    '',
  ),
  core('leave a closed slot without withdrawing the demand', outbound, 'lease.want(0, 0);', ''),
  core('hand a grant to the line without acknowledging it', leaseTable, 'entry.lease.acknowledge();', ''),

  // The receiving side.
  core(
    'reclaim what was not spent, not what was not received',
    loans,
    'const outstanding = this.outstanding(host);\n        this.#words.store(leaseAt',
    'const outstanding = this.unspent(host);\n        this.#words.store(leaseAt',
  ),
  core(
    'reclaim without clearing the demand',
    loans,
    'this.#words.store(demandAt(this.slot, host), 0);\n        const at',
    'const at',
  ),
  core(
    'reclaim without clearing the demand on free slots',
    lenderTable,
    'this.#pages[pageOf(slot)]?.store(demandAt(slot, host), 0);',
    ';',
  ),
  core('grant and tell nobody', loans, 'break;\n        }\n        this.notice(host);', 'break;\n        }'),
  core(
    'look who waits before granting, not after',
    loans,
    'this.#setBook(host, GRANTED, (this.#book(host, GRANTED) + count) & MODULO);\n        for (;;) {\n            const lease = words.load(at);\n            if (words.compareExchange(at, lease, withGranted(lease, count)) === lease)\n                break;\n        }\n        this.notice(host);',
    'this.#setBook(host, GRANTED, (this.#book(host, GRANTED) + count) & MODULO);\n        const waited = this.sends(host) > 0;\n        for (;;) {\n            const lease = words.load(at);\n            if (words.compareExchange(at, lease, withGranted(lease, count)) === lease)\n                break;\n        }\n        if (waited)\n            this.notice(host);',
  ),
  core(
    'revoke without taking the slots back',
    loans,
    'this.pool.takeBack(count);\n            return count;',
    'return count;',
  ),
  core(
    'revoke without compare-exchange',
    loans,
    'if (words.compareExchange(at, lease, withGranted(lease, -count)) !== lease)\n                continue;',
    'words.store(at, withGranted(lease, -count));',
  ),
  core(
    'grant without compare-exchange',
    loans,
    'if (words.compareExchange(at, lease, withGranted(lease, count)) === lease)\n                break;',
    'words.store(at, withGranted(lease, count));\n            break;',
  ),
  core(
    'free slots and list nobody for the end of the batch',
    lender,
    'if (this.#reclaimed >= releasesDue(this.pool))\n            this.#host.list(this);',
    '',
  ),
  core(
    'grant nothing at the end of a batch',
    lenderTable,
    'if (this.#urgent.length === 0)\n            return;',
    'return;',
  ),
  core(
    'grant nothing before sleep',
    lenderTable,
    'this.endOfBatch();\n        const lenders = this.#idle;',
    'return true;\n        const lenders = this.#idle;',
  ),
  core(
    'say that credit is wanted after reading the leases',
    replenisher,
    'this.#loans.setWanted(true);\n            const free = pool.free;\n            this.#revokeIdle(unmet);',
    'const free = pool.free;\n            this.#revokeIdle(unmet);\n            this.#loans.setWanted(true);',
  ),
  core(
    'grant what was dealt after reading the leases',
    replenisher,
    'this.#grantDealt(round);\n        if (unmet > 0) {',
    'if (unmet > 0) {',
  ),
  core(
    'never say that credit is wanted',
    replenisher,
    'this.#loans.setWanted(true);\n            const free',
    'const free',
  ),
  core('leave credit with idle hosts', replenisher, 'this.#revokeIdle(unmet);', ''),
  core(
    'take credit from hosts that wait',
    replenisher,
    'if (loans.sends(host) > 0)\n                continue;\n            const taken',
    'const taken',
  ),
  core(
    'do not count what was received',
    loans,
    'this.#setBook(host, RECEIVED, (received + 1) & MODULO);',
    '',
  ),
  core(
    'do not count what was received the short way',
    lenderTable,
    'books[at + RECEIVED] = (received + admitted) & MODULO;',
    '',
  ),
  core(
    'take the short way into a closed slot',
    lender,
    'this.#loans.setOpen(false);\n        this.#whenDrained = whenRetired;',
    'this.#whenDrained = whenRetired;',
  ),
  core(
    'take the short way into a frozen slot',
    lender,
    'this.#loans.setOpen(false);\n        this.#whenDrained = whenDrained;',
    'this.#whenDrained = whenDrained;',
  ),
  core(
    'say that credit is wanted to the first host alone',
    loans,
    'this.#wanted = wanted;\n        for (const host of this.#attached)',
    'this.#wanted = wanted;\n        for (const host of this.#attached.slice(0, 1))',
  ),
  core(
    'give a slot without saying that credit is wanted',
    loans,
    'this.#tell(host, this.generation);\n        return true;',
    'this.#words.store(directoryAt(this.slot, host), packDirectory(this.generation, false));\n        return true;',
  ),
  core(
    'close and tell nobody',
    loans,
    'this.#tell(host, this.generation + 1);\n            this.notice(host);',
    'this.#tell(host, this.generation + 1);',
  ),
  core(
    'close without a new generation',
    loans,
    'this.#tell(host, this.generation + 1);',
    'this.#tell(host, this.generation);',
  ),
  core(
    'close and keep the credit of late messages',
    lender,
    "this.pool.takeBack(1);\n            this.#drain();\n            return 'closed';",
    "this.#drain();\n            return 'closed';",
  ),
  core('retire while messages are under way', lender, 'if (this.pool.lent > 0 || this', 'if (this'),
  core(
    'report the barrier before the last message is queued',
    lender,
    "if (this.#state === 'frozen')\n            this.#host.list(this);\n        return 'admit';",
    "if (this.#state === 'frozen' && this.pool.lent === 1)\n            this.#whenDrained?.();\n        return 'admit';",
  ),
  core(
    'never look at the barrier again',
    lender,
    "if (this.#state === 'frozen')\n            this.#host.list(this);\n        return 'admit';",
    "return 'admit';",
  ),
  core(
    'begin a reused slot at zero',
    loans,
    'this.#setBook(other, RECEIVED, granted);',
    'this.#setBook(other, RECEIVED, 0);',
  ),
  core(
    'let a lender that is done touch its former slot',
    lender,
    "if (this.#state === 'closed')\n            this.#loans.retire();",
    '',
  ),
  core(
    'see a demand without acknowledging it',
    demand,
    'if (words.compareExchange(at, demand, demand & ~ANNOUNCED) === demand)\n            return;',
    'return;',
  ),
  core(
    "let a stranger's demand count",
    lender,
    'if (!this.attached.includes(host))\n            return;',
    '',
  ),
  core(
    'borrow without bound',
    lender,
    'if (this.pool.overdraft >= OVERDRAFT_MAX_MESSAGES)\n            return false;',
    '',
  ),
  core(
    'keep what was borrowed and not used',
    replenisher,
    'this.#loans.setWanted(true);\n            this.#revokeIdle(0);',
    '',
  ),
  core(
    'see a demand and let nobody wait for it',
    replenisher,
    'this.enter(host);\n        const window',
    'const window',
  ),
  core(
    'park here without taking a turn',
    lender,
    'const entered = this.#replenisher.enter(this.#host.self);',
    'const entered = true;',
  ),
  core(
    'deal to this host and let nobody in',
    replenisher,
    'if (local > 0)\n            this.#local.admit(local);',
    '',
  ),
  core('evict nothing for who waits', replenisher, 'this.#local.evict(short);', ';'),
  core(
    'hold no slots for the messages of a former owner',
    lender,
    'this.pool.lend(this.#held);',
    'this.#held = 0;',
  ),
  core('never give back held slots', lender, 'if (held > 0)\n            this.pool.takeBack(held);', ''),
  core(
    'count without wrap',
    lenderTable,
    '(books[at + GRANTED] - received) & MODULO',
    'books[at + GRANTED] - received',
  ),
  core(
    'serve always the same host first',
    replenish,
    'this.hosts.shift();\n        this.hosts.push(host);',
    '',
  ),
  core(
    'deal more than is free',
    replenish,
    'const share = Math.min(deficit, need, left);',
    'const share = Math.min(deficit, need);',
  ),

  // The wait graph.
  core(
    'believe a cycle after one reading',
    waitGraph,
    "this.#confirm({ ...probe, stage: 'confirm', at: 0 });",
    'this.#resolve(probe.path);',
  ),
  core(
    'chase a wait only once',
    waitGraph,
    'if (nowMs < wait.chaseAtMs)',
    'if (nowMs < wait.chaseAtMs || wait.attempts > 0)',
  ),
  core('keep waits that ended', waitGraph, 'if (at !== -1)\n            waits.splice(at, 1);', ''),
  core(
    'let every wait of a cycle act',
    waitGraph,
    'waits.filter((wait) => isOlder(wait, first))',
    'waits.filter(() => true)',
  ),
  core('never fail a wait', waitGraph, 'this.#host.fail(wait, path);', ';'),

  // The ring.
  ofRing(
    'publish before the frame is filled',
    'this.#claimedTail = (this.#tail + pad + length) | 0;',
    'this.#claimedTail = (this.#tail + pad + length) | 0;\n        this.#control.store(TAIL_AT, this.#claimedTail);',
  ),
  ofRing('forget how far the reader is', 'this.#head = this.#control.load(HEAD_AT);\n            if', 'if'),
  ofRing('believe that there is room', 'if (!this.#fits(pad + length))\n                return -1;', ''),
  ofRing('want room and say nothing', 'this.#control.store(WANTED_AT, 1);', ''),
  ofRing(
    'release what was not seen',
    'this.#nextHead = (position + length) | 0;',
    'this.#nextHead = this.#tail;',
  ),
  ofRing(
    'never say that there is room',
    'return used <= this.#capacity >>> 1 && this.#control.load(WANTED_AT) !== 0;',
    'return false;',
  ),
  ofRing(
    'wrap without a pad',
    'if (pad > 0)\n            this.#writeHeader',
    'if (pad > 1_000_000)\n            this.#writeHeader',
  ),
];
