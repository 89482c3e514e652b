/** Tests of the whole way of a message: lease, outbound line and lender, with signals delivered by hand. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig } from '../../tests/support/credit-rig.ts';

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
  rig.ways[1]?.park(entry);
  rig.send(2, 'b');
  rig.deliver();
  // Host 1 is granted the slot, but its send was aborted before it heard so.
  rig.handle();
  assert.ok(rig.ways[1]?.remove(entry));
  rig.deliver();
  assert.equal(rig.received, ['a', 'b']);
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
