/** Tests of who gets the free slots of a mailbox: turns, idle hosts, eviction, overdraft. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig } from '../../tests/support/credit-rig.ts';

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

test('demand on a mailbox that drops its oldest makes room at once', () => {
  const rig = new Rig(2, 1);
  rig.pool.evicts = true;
  for (let i = 0; i < 5; i += 1) rig.send(1, `m${i}`);
  rig.deliver();
  assert.equal(rig.received, ['m0', 'm1', 'm2', 'm3', 'm4']);
  assert.is(rig.pool.depth, 2);
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
  rig.ways[1]?.park(entry);
  rig.deliver();
  assert.ok(rig.lender.overdraft(1));
  assert.is(rig.pool.overdraft, 1);
  rig.ways[1]?.remove(entry);
  rig.deliver();
  assert.is(rig.pool.overdraft, 0);
});

test.run();
