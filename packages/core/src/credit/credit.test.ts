/** Tests of lease, outbound line and lender together, over plain words and signals delivered by hand. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OVERDRAFT_MAX_MESSAGES } from '../limits.ts';
import { LeaseTable } from './lease-table.ts';
import type { Lender } from './lender.ts';
import { LenderTable } from './lender-table.ts';
import { Outbound } from './outbound.ts';
import type { CreditPort, CreditSignal, LocalLine, SlotPool } from './ports.ts';
import { PlainWords, type SharedWords } from './shared-words.ts';

/** A mailbox reduced to its counters. */
class Pool implements SlotPool, LocalLine {
  readonly capacityMessages: number;
  free: number;
  depth = 0;
  lent = 0;
  overdraft = 0;
  contended = false;
  sends = 0;
  evicts = false;

  constructor(capacityMessages: number) {
    this.capacityMessages = capacityMessages;
    this.free = capacityMessages;
  }

  get senders(): number {
    return Math.min(this.sends, 1);
  }

  lend(count: number): void {
    this.free -= count;
    this.lent += count;
  }

  takeBack(count: number): void {
    const repaid = Math.min(count, this.overdraft);
    this.lent -= count;
    this.overdraft -= repaid;
    this.free += count - repaid;
  }

  lendOverdraft(): void {
    this.lent += 1;
    this.overdraft += 1;
  }

  pushLent(): void {
    this.lent -= 1;
    this.depth += 1;
  }

  finish(): void {
    this.depth -= 1;
    if (this.overdraft > 0) this.overdraft -= 1;
    else this.free += 1;
  }

  admit(count: number): number {
    const admitted = Math.min(count, this.sends, this.free);
    this.sends -= admitted;
    this.free -= admitted;
    this.depth += admitted;
    return admitted;
  }

  evict(count: number): number {
    if (!this.evicts) return 0;
    const evicted = Math.min(count, this.depth);
    for (let i = 0; i < evicted; i += 1) this.finish();
    return evicted;
  }
}

interface Entry {
  readonly sender: object;
  readonly text: string;
}

/** One owner (host 0) and sending hosts 1…n; signals and messages lie in lists until they are delivered. */
class Rig {
  pool: Pool;
  lenders: LenderTable;
  lender: Lender;
  readonly signals: { to: number; from: number; signal: CreditSignal; slot: number }[] = [];
  readonly wire: { from: number; slot: number; text: string }[] = [];
  readonly received: string[] = [];
  readonly closed: number[] = [];
  readonly #pages: SharedWords[] = [];
  readonly #tables: LeaseTable[] = [];
  readonly outbounds: Outbound<object, Entry>[] = [];

  constructor(capacityMessages: number, senders: number) {
    this.pool = new Pool(capacityMessages);
    this.lenders = new LenderTable(0, senders + 1, this.#port(0), (page, words) => {
      this.#pages[page] = new PlainWords(words);
      return this.#pages[page] as SharedWords;
    });
    this.lender = this.lenders.open(this.pool, this.pool);
    for (let host = 1; host <= senders; host += 1) this.join(host, this.lender);
  }

  join(host: number, lender: Lender): Outbound<object, Entry> {
    const table = new LeaseTable(host, this.#port(host), (_owner, page) => this.#pages[page] as SharedWords);
    this.#tables[host] = table;
    const outbound = new Outbound<object, Entry>({
      ship: (out, entry) => {
        if (entry.text === 'not data') return false;
        this.wire.push({ from: host, slot: out.lease?.slot ?? -1, text: entry.text });
        return true;
      },
      closed: () => this.closed.push(host),
    });
    this.outbounds[host] = outbound;
    lender.attach(host);
    outbound.attach(table.open(0, lender.slot, lender.generation, outbound));
    return outbound;
  }

  /** The owner died and was started again over the same pages; every host was told. */
  startAgain(): void {
    const hosts = this.outbounds.length;
    this.pool = new Pool(this.pool.capacityMessages);
    this.lenders = new LenderTable(
      0,
      hosts,
      this.#port(0),
      (page) => this.#pages[page] as SharedWords,
      this.lender.generation + 1,
    );
    this.lender = this.lenders.open(this.pool, this.pool);
    for (let host = 1; host < hosts; host += 1) this.join(host, this.lender);
  }

  tableOf(host: number): LeaseTable {
    return this.#tables[host] as LeaseTable;
  }

  send(host: number, text: string, sender: object = this): string {
    const outbound = this.outbounds[host] as Outbound<object, Entry>;
    const payment = outbound.tryPay();
    if (payment === 'paid') this.wire.push({ from: host, slot: outbound.lease?.slot ?? -1, text });
    else if (payment === 'dry') outbound.park({ sender, text });
    return payment;
  }

  deliver(): void {
    while (this.signals.length > 0 || this.wire.length > 0) {
      const message = this.wire.shift();
      if (message !== undefined) {
        const receipt = this.lenders.receive(message.from, message.slot);
        if (receipt === 'admit') {
          this.pool.pushLent();
          this.received.push(message.text);
        }
        this.lenders.endOfBatch();
      }
      const signal = this.signals.shift();
      if (signal !== undefined) {
        if (signal.signal === 'demand') this.lenders.look(signal.from, signal.slot);
        else this.#tables[signal.to]?.granted(signal.from, signal.slot);
      }
      this.lender.verify();
    }
  }

  handle(count = this.pool.depth): void {
    for (let i = 0; i < count; i += 1) {
      this.pool.finish();
      this.lender.released();
    }
    this.lenders.endOfBatch();
    this.lender.verify();
  }

  #port(from: number): CreditPort {
    return { post: (to, signal, slot) => this.signals.push({ to, from, signal, slot }) };
  }
}

test('a host that attaches can send at once, and what it spends comes back', () => {
  const rig = new Rig(8, 1);
  assert.is(rig.pool.lent, 4);
  for (let i = 0; i < 4; i += 1) assert.is(rig.send(1, `m${i}`), 'paid');
  assert.is(rig.send(1, 'm4'), 'dry');
  rig.deliver();
  assert.equal(rig.received, ['m0', 'm1', 'm2', 'm3', 'm4']);
  rig.handle();
  assert.is(rig.pool.depth, 0);
  assert.is(rig.pool.free + rig.pool.lent, 8);
});

test('depth and credit together never exceed the capacity, however many hosts send', () => {
  const rig = new Rig(3, 5);
  for (let i = 0; i < 50; i += 1) rig.send(1 + (i % 5), `m${i}`);
  rig.deliver();
  assert.is(rig.pool.depth, 3);
  let handled = 0;
  for (let round = 0; round < 50 && rig.pool.depth > 0; round += 1) {
    handled += rig.pool.depth;
    rig.handle();
    rig.deliver();
  }
  assert.is(handled, 50);
});

test('a host that waits is served from what idle hosts hold', () => {
  const rig = new Rig(4, 3);
  assert.is(rig.pool.lent, 4);
  for (let i = 0; i < 4; i += 1) rig.send(3, `m${i}`);
  rig.deliver();
  assert.equal(rig.received, ['m0', 'm1', 'm2', 'm3']);
});

test('turns between hosts follow the number of senders that wait', () => {
  const rig = new Rig(1, 2);
  rig.send(1, 'first');
  rig.deliver();
  const senders = [{}, {}, {}];
  for (let i = 0; i < 6; i += 1) rig.send(1, `a${i}`, senders[i % 3]);
  for (let i = 0; i < 2; i += 1) rig.send(2, `b${i}`);
  for (let i = 0; i < 9; i += 1) {
    rig.deliver();
    rig.handle();
  }
  rig.deliver();
  assert.equal(rig.received, ['first', 'a0', 'a1', 'a2', 'b0', 'a3', 'a4', 'a5', 'b1']);
});

test('parked sends of this host take turns with other hosts', () => {
  const rig = new Rig(1, 1);
  rig.send(1, 'a0');
  rig.deliver();
  rig.send(1, 'a1');
  rig.deliver();
  assert.ok(rig.lender.contended);
  rig.pool.sends = 2;
  rig.lender.localParked();
  rig.handle();
  rig.deliver();
  assert.equal(rig.received, ['a0', 'a1']);
  rig.handle();
  assert.is(rig.pool.sends, 1);
});

test('a parked entry that cannot be shipped leaves its credit to the next one', () => {
  const rig = new Rig(1, 1);
  rig.send(1, 'a');
  rig.send(1, 'not data');
  rig.send(1, 'b');
  rig.deliver();
  rig.handle();
  rig.deliver();
  assert.equal(rig.received, ['a', 'b']);
});

test('an aborted send frees the credit that was meant for it', () => {
  const rig = new Rig(1, 2);
  rig.send(1, 'a');
  rig.deliver();
  const entry = { sender: rig, text: 'never' };
  rig.outbounds[1]?.park(entry);
  rig.send(2, 'b');
  rig.deliver();
  // Host 1 is granted the slot, but its send was aborted before it heard so.
  rig.handle();
  assert.ok(rig.outbounds[1]?.remove(entry));
  rig.deliver();
  assert.equal(rig.received, ['a', 'b']);
});

test('what a dead host spent and did not commit comes back, and nothing else', () => {
  const rig = new Rig(4, 2);
  rig.send(1, 'committed');
  rig.send(1, 'lost');
  rig.wire.pop();
  rig.deliver();
  rig.lenders.reclaim(1);
  rig.lender.verify();
  assert.is(rig.pool.depth, 1);
  assert.is(rig.lender.outstanding(1), 0);
  assert.equal(rig.lender.attached, [2]);
  assert.is(rig.lenders.receive(1, rig.lender.slot), 'unpaid');
});

test('a closed slot refuses new payments, tells those who wait, and serves again once all is settled', () => {
  const rig = new Rig(2, 2);
  let retired = 0;
  rig.send(1, 'under way');
  rig.send(2, 'parks');
  rig.send(2, 'parks');
  rig.lenders.close(rig.lender, () => (retired += 1));
  assert.is(retired, 0);
  assert.is(rig.send(1, 'late'), 'closed');
  rig.deliver();
  assert.is(retired, 1);
  assert.equal(rig.closed, [1, 2]);
  assert.is(rig.lenders.size, 0);
  const pool = new Pool(2);
  const next = rig.lenders.open(pool, pool);
  assert.is(next.slot, rig.lender.slot);
  assert.is.not(next.generation, rig.lender.generation);
  next.attach(1);
  next.verify();
  // The lender of the last generation may still stand on a list; it must leave the slot alone.
  rig.lender.flush();
  next.verify();
});

test('a lease of an earlier generation does not disturb the demand of the present one', () => {
  const rig = new Rig(1, 1);
  const old = rig.outbounds[1];
  rig.lenders.close(rig.lender);
  const pool = new Pool(1);
  const next = rig.lenders.open(pool, pool);
  const table = rig.tableOf(1);
  const outbound = new Outbound<object, Entry>({
    ship: () => true,
    closed: () => undefined,
  });
  next.attach(1);
  outbound.attach(table.open(0, next.slot, next.generation, outbound));
  assert.is(outbound.tryPay(), 'paid');
  outbound.park({ sender: rig, text: 'waits' });
  assert.is(old?.tryPay(), 'closed');
  assert.is(outbound.lease?.wanted, 1);
});

test('who learns too late that a slot is closed is told all the same', () => {
  const rig = new Rig(1, 1);
  const lender = rig.lenders.open(new Pool(1), new Pool(1));
  const table = rig.tableOf(1);
  let told = 0;
  const outbound = new Outbound<object, Entry>({
    ship: () => true,
    closed: () => (told += 1),
  });
  outbound.attach(table.open(0, lender.slot, lender.generation, outbound));
  outbound.park({ sender: rig, text: 'waits' });
  rig.lenders.close(lender);
  rig.deliver();
  assert.is(told, 1);
});

test('a host that waits on a slot of an earlier generation is told, and lent nothing', () => {
  const rig = new Rig(1, 1);
  const pools = [new Pool(4), new Pool(4)] as const;
  const lender = rig.lenders.open(pools[0], pools[0]);
  const table = rig.tableOf(1);
  let told = 0;
  const outbound = new Outbound<object, Entry>({
    ship: () => true,
    closed: () => (told += 1),
  });
  outbound.attach(table.open(0, lender.slot, lender.generation, outbound));
  outbound.park({ sender: rig, text: 'waits' });
  rig.lenders.close(lender);
  const next = rig.lenders.open(pools[1], pools[1]);
  assert.is(next.slot, lender.slot);
  rig.deliver();
  assert.is(told, 1);
  assert.equal(next.attached, []);
  assert.is(pools[1].free, 4, 'it could pay for nothing with credit of this generation');
});

test('a frozen slot reports the moment also when the last message is the last event', () => {
  const rig = new Rig(4, 1);
  let drained = 0;
  rig.send(1, 'a');
  rig.send(1, 'b');
  rig.lender.freeze(() => {
    drained += 1;
    assert.is(rig.pool.depth, 2, 'all that was paid for is queued');
  });
  rig.deliver();
  assert.is(drained, 1);
});

test('a frozen slot reports the moment when nothing is under way, and goes on after a thaw', () => {
  const rig = new Rig(4, 1);
  let drained = 0;
  rig.send(1, 'a');
  rig.lender.freeze(() => (drained += 1));
  assert.is(rig.send(1, 'b'), 'dry');
  assert.is(drained, 0);
  rig.deliver();
  assert.is(drained, 1);
  assert.equal(rig.received, ['a']);
  rig.lender.thaw();
  rig.deliver();
  assert.equal(rig.received, ['a', 'b']);
});

test('an overdraft lends one slot above the capacity, and the next free one repays it', () => {
  const rig = new Rig(1, 1);
  rig.send(1, 'a');
  rig.send(1, 'b');
  rig.deliver();
  assert.ok(rig.lender.overdraft(1));
  rig.deliver();
  assert.equal(rig.received, ['a', 'b']);
  rig.handle(1);
  assert.is(rig.pool.free, 0);
  assert.is(rig.pool.overdraft, 0);
});

test('a slot that was borrowed for a send which went away is given back', () => {
  const rig = new Rig(1, 1);
  rig.send(1, 'a');
  rig.deliver();
  const entry = { sender: rig, text: 'never' };
  rig.outbounds[1]?.park(entry);
  rig.deliver();
  assert.ok(rig.lender.overdraft(1));
  assert.is(rig.pool.overdraft, 1);
  rig.outbounds[1]?.remove(entry);
  rig.deliver();
  assert.is(rig.pool.overdraft, 0);
});

test('demand on a mailbox that drops its oldest makes room at once', () => {
  const rig = new Rig(2, 1);
  rig.pool.evicts = true;
  for (let i = 0; i < 5; i += 1) rig.send(1, `m${i}`);
  rig.deliver();
  assert.equal(rig.received, ['m0', 'm1', 'm2', 'm3', 'm4']);
  assert.is(rig.pool.depth, 2);
});

test('a host that starts again finds nothing of its predecessor in its pages', () => {
  const rig = new Rig(4, 1);
  rig.send(1, 'a');
  // It died with credit lent, with a demand and with signals under way.
  for (let i = 0; i < 9; i += 1) rig.send(1, `m${i}`);
  rig.signals.length = 0;
  rig.wire.length = 0;
  rig.startAgain();
  for (let i = 0; i < 9; i += 1) rig.send(1, `n${i}`);
  rig.deliver();
  rig.handle();
  rig.deliver();
  rig.handle();
  rig.deliver();
  assert.equal(
    rig.received,
    Array.from({ length: 9 }, (_, i) => `n${i}`),
  );
});

test('messages that a former owner had admitted arrive in slots kept for them', () => {
  const rig = new Rig(4, 1);
  const pool = new Pool(3);
  const lender = rig.lenders.open(pool, pool);
  lender.hold();
  lender.attach(1);
  assert.is(lender.outstanding(1), 0);
  assert.is(lender.receiveHeld(), 'admit');
  pool.pushLent();
  lender.verify();
  // The former owner may have been lending above its capacity.
  for (let i = 1; i < pool.capacityMessages + OVERDRAFT_MAX_MESSAGES; i += 1) {
    assert.is(lender.receiveHeld(), 'admit');
    pool.pushLent();
    lender.verify();
  }
  assert.is(lender.receiveHeld(), 'unpaid');
  for (let i = 0; i < 6; i += 1) pool.finish();
  lender.verify();
  lender.releaseHeld();
  lender.verify();
  assert.is(pool.free + pool.lent, 2);
  assert.is(lender.receiveHeld(), 'unpaid');
});

test('counts survive the wrap of their 16 bits', () => {
  const rig = new Rig(4, 1);
  for (let i = 0; i < 70_000; i += 1) {
    rig.send(1, 'x');
    rig.deliver();
    rig.handle();
  }
  rig.deliver();
  assert.is(rig.received.length, 70_000);
  for (let left = rig.lender.outstanding(1); left > 0; left -= 1) {
    assert.is(rig.lenders.receive(1, rig.lender.slot), 'admit');
  }
  assert.is(rig.lenders.receive(1, rig.lender.slot), 'unpaid');
});

test.run();
