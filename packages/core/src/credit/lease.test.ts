/** Tests of the lease alone: paying from the shared word, drawing ahead, and giving back what was not used. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STOCK_MAX_CREDITS } from '../limits.ts';
import { directoryAt, leaseAt, packDirectory, pageWords, spentOf, unspentOf, withGranted } from './layout.ts';
import { LeaseTable } from './lease-table.ts';
import { Lease } from './lease.ts';
import { PlainWords } from './shared-words.ts';
import { Stocks } from './stocks.ts';

const OWNER = 0;
const SENDER = 1;
const SLOT = 0;
const GENERATION = 1;
const LISTENER = { granted: () => {} };

/** One lease with `credits` on it, and what its owner would see. */
class Rig {
  readonly words: PlainWords = new PlainWords(pageWords(2));
  readonly posted: string[] = [];
  readonly table: LeaseTable;
  readonly lease: Lease;

  constructor(credits: number) {
    this.directory(GENERATION, false);
    this.words.store(leaseAt(SLOT, SENDER), withGranted(0, credits));
    const port = { post: (_to: number, signal: string) => void this.posted.push(signal) };
    this.table = new LeaseTable(SENDER, port, () => this.words);
    this.lease = this.table.open(OWNER, SLOT, GENERATION, LISTENER);
  }

  directory(generation: number, wanted: boolean): void {
    this.words.store(directoryAt(SLOT, SENDER), packDirectory(generation, wanted));
  }

  get word(): number {
    return this.words.load(leaseAt(SLOT, SENDER));
  }

  /** Pays `count` times. Returns what the owner sees spent afterwards. */
  pay(count: number): number {
    for (let i = 0; i < count; i += 1) assert.is(this.lease.trySpend(), 'paid');
    return spentOf(this.word);
  }
}

test('the first payment of a pass takes one credit, each that follows draws twice as many, up to a bound', () => {
  const rig = new Rig(1_000);
  assert.is(rig.pay(1), 1);
  assert.is(rig.pay(1), 3, 'one for this message, one ahead');
  assert.is(rig.pay(1), 3, 'paid from the stock');
  assert.is(rig.pay(1), 7);
  rig.pay(200);
  const before = spentOf(rig.word);
  rig.pay(rig.lease.stock + 1);
  assert.is(spentOf(rig.word) - before, STOCK_MAX_CREDITS);
});

test('what is left of the stock goes back at the end of the pass, and the next pass begins with one', () => {
  const rig = new Rig(1_000);
  rig.pay(5);
  assert.ok(rig.lease.stock > 0);
  rig.table.endOfPass();
  assert.is(rig.lease.stock, 0);
  assert.is(spentOf(rig.word), 5);
  assert.is(rig.pay(1), 6);
  assert.equal(rig.posted, [], 'nobody waits, so nobody is told');
});

test('however often a lease draws in a pass, it is drained once', () => {
  const { words } = new Rig(10_000);
  let entered = 0;
  class Counted extends Stocks {
    override add(lease: Lease): void {
      entered += 1;
      super.add(lease);
    }
  }
  const stocks = new Counted();
  const lease = new Lease(words, OWNER, SLOT, SENDER, GENERATION, { post: () => {} }, stocks);
  for (const expected of [1, 2]) {
    for (let i = 0; i < 1_000; i += 1) assert.is(lease.trySpend(), 'paid');
    assert.is(entered, expected);
    stocks.drain();
    assert.is(lease.stock, 0);
  }
});

test('half of what the owner could take back stays where it can', () => {
  const rig = new Rig(9);
  rig.pay(2);
  assert.is(unspentOf(rig.word), 6);
  rig.pay(2);
  assert.is(unspentOf(rig.word), 3);
  assert.is(rig.lease.stock, 2);
});

test('every credit can be spent, whatever was drawn ahead', () => {
  const rig = new Rig(100);
  rig.pay(100);
  assert.is(rig.lease.trySpend(), 'dry');
  assert.is(rig.lease.stock, 0);
});

test('nothing is drawn ahead while somebody waits for credit', () => {
  const rig = new Rig(1_000);
  rig.directory(GENERATION, true);
  assert.is(rig.pay(20), 20);
});

test('a stock that goes back while somebody waits is announced', () => {
  const rig = new Rig(1_000);
  rig.pay(2);
  assert.is(rig.lease.stock, 1);
  rig.directory(GENERATION, true);
  rig.table.endOfPass();
  assert.equal(rig.posted, ['demand']);
});

test('a refund returns the stock too: a stock without a message sent would outlive its pass', () => {
  const rig = new Rig(1_000);
  rig.pay(4);
  rig.lease.refund(1);
  assert.is(rig.lease.stock, 0);
  assert.is(spentOf(rig.word), 3);
});

test('a lease whose slot closes pays from its stock, and answers closed after that', () => {
  const rig = new Rig(1_000);
  rig.pay(4);
  const { stock } = rig.lease;
  rig.directory(GENERATION + 1, true);
  rig.pay(stock);
  assert.is(rig.lease.trySpend(), 'closed');
  rig.table.endOfPass();
  assert.is(spentOf(rig.word), 4 + stock);
});

test('a stock of a host that died is void: its books are gone', () => {
  const rig = new Rig(1_000);
  rig.pay(4);
  assert.ok(rig.lease.stock > 0);
  rig.table.forget(OWNER);
  rig.words.store(leaseAt(SLOT, SENDER), 0);
  rig.table.endOfPass();
  assert.is(rig.word, 0);
});

test.run();
