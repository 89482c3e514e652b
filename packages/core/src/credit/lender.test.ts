/** Tests of the life of a slot: closed, frozen, given again, and through the deaths of hosts. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Rig, type RigWay } from '../../tests/support/credit-rig.ts';
import { CAPACITY_MAX_MESSAGES, OVERDRAFT_MAX_MESSAGES } from '../limits.ts';
import { MODULO } from './books.ts';
import { refund, tryPay } from './outbound.ts';

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
  const next = rig.open(2).lender;
  assert.is(next.slot, rig.lender.slot);
  assert.is.not(next.generation, rig.lender.generation);
  next.attach(1);
  next.verify();
  // The lender of the last generation may still stand on a list; it must leave the slot alone.
  rig.lender.flush();
  next.verify();
});

test('whoever returns credit says so while somebody waits, a host that came later too', () => {
  const rig = new Rig(1, 2);
  const { lender } = rig.open(1);
  const first = rig.join(1, lender);
  assert.is(tryPay(first), 'paid');
  first.park({ sender: rig, text: 'waits' });
  rig.deliver();
  const later = rig.join(2, lender);
  assert.ok(lender.overdraft(2));
  assert.is(tryPay(later), 'paid');
  refund(later);
  assert.equal(rig.signals, [{ to: 0, from: 2, signal: 'demand', slot: lender.slot }]);
});

test('the count of what came since windows were adapted stops at its bound', () => {
  const rig = new Rig(CAPACITY_MAX_MESSAGES, 1);
  const way = rig.ways[1] as RigWay;
  let came = 0;
  while (came <= MODULO) {
    let paid = 0;
    while (tryPay(way) === 'paid') paid += 1;
    assert.is(rig.lenders.receiveOpen(1, rig.lender.slot, paid), paid);
    for (let i = 0; i < paid; i += 1) {
      rig.pool.pushLent();
      rig.pool.finish();
    }
    rig.lender.flush();
    came += paid;
  }
  assert.is(rig.lender.inspect().hosts[0]?.used, MODULO);
});

test('a lease of an earlier generation does not disturb the demand of the present one', () => {
  const rig = new Rig(1, 1);
  const old = rig.ways[1];
  rig.lenders.close(rig.lender);
  const way = rig.join(1, rig.open(1).lender);
  assert.is(tryPay(way), 'paid');
  way.park({ sender: rig, text: 'waits' });
  assert.is(old === undefined ? undefined : tryPay(old), 'closed');
  assert.is(way.lease?.wanted, 1);
});

test('a lease on a slot that its owner did not give to the host is closed', () => {
  const rig = new Rig(1, 1);
  const { lender } = rig.open(1);
  rig.borrow(1, lender).park({ sender: rig, text: 'waits' });
  assert.equal(rig.closed, [1]);
  assert.equal(rig.signals, [], 'and the owner hears nothing');
});

test('the demand of a host that waits on a slot of an earlier generation does not count in the next', () => {
  const rig = new Rig(1, 1);
  const { lender, pool } = rig.open(4);
  pool.free = 0;
  pool.depth = 4;
  rig.join(1, lender).park({ sender: rig, text: 'waits' });
  rig.lenders.close(lender);
  const next = rig.open(4);
  assert.is(next.lender.slot, lender.slot);
  assert.equal(
    rig.signals.map(({ signal }) => signal),
    ['demand', 'grant'],
  );
  rig.deliver();
  assert.equal(rig.closed, [1]);
  assert.is(next.pool.free, 4, 'it could pay for nothing with credit of this generation');
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
  const { pool, lender } = rig.open(3);
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

test.run();
