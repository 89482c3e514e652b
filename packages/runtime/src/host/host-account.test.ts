/** Tests of the sum that is made of what dead hosts leave behind. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ledgerProblems } from '@millrace/core';
import { ACCOUNT_WORDS, LossAccounts, receivedBy } from './host-account.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

function memoryOf(hosts: number): SharedMemory {
  return createSharedMemory(hosts, 4_096);
}

/** What a host leaves behind: accepted from its own senders, handled. */
function leave(memory: SharedMemory, host: number, here: number, handled: number): void {
  memory.accounts.set([here, handled], host * ACCOUNT_WORDS);
}

test('what a dead worker had taken from one that died before it is accepted and handled', () => {
  const memory = memoryOf(3);
  const losses = new LossAccounts(memory);
  // Worker 2 sent 1,000 to worker 1, which took them, and dies first.
  receivedBy(memory, 1)[2] = 1_000;
  leave(memory, 2, 0, 0);
  losses.settle(
    2,
    new Map([
      [0, 0],
      [1, 0],
    ]),
    0,
  );
  assert.is(losses.ledger.offered, 1_000);
  // Worker 1 handled them all before, and says nothing new afterwards.
  leave(memory, 1, 0, 1_000);
  losses.settle(1, new Map([[0, 0]]), 0);
  assert.is(losses.ledger.handled, 1_000);
  assert.is(losses.ledger.lostWithHost, 0);
  assert.equal(ledgerProblems(losses.ledger), []);
});

test('what a dead worker had sent to one that died before it is offered', () => {
  const memory = memoryOf(3);
  const losses = new LossAccounts(memory);
  // Worker 1 had taken 4 messages of worker 2, which lives and says so; then worker 2 dies as well.
  receivedBy(memory, 1)[2] = 4;
  leave(memory, 1, 0, 4);
  losses.settle(
    1,
    new Map([
      [0, 0],
      [2, 4],
    ]),
    0,
  );
  leave(memory, 2, 0, 0);
  losses.settle(2, new Map([[0, 0]]), 0);
  assert.is(losses.ledger.offered, 4);
  assert.equal(ledgerProblems(losses.ledger), []);
});

test('workers that died together count what each had taken from the other once', () => {
  const memory = memoryOf(3);
  const losses = new LossAccounts(memory);
  receivedBy(memory, 1)[2] = 10;
  receivedBy(memory, 2)[1] = 20;
  leave(memory, 1, 5, 12);
  leave(memory, 2, 7, 20);
  // 3 messages more lay in the rings between them.
  losses.settle(1, new Map([[0, 4]]), 3);
  losses.settle(2, new Map([[0, 0]]), 0);
  const { ledger } = losses;
  assert.is(ledger.offered, 5 + 7 + 10 + 20 + 3, 'what the main thread offered it counts itself');
  assert.is(ledger.accepted, 5 + 7 + 10 + 20 + 3 + 4);
  assert.is(ledger.handled, 32);
  assert.is(ledger.lostWithHost, ledger.accepted - 32);
});

test('every outcome that a dead worker had counted stays in the account', () => {
  const memory = memoryOf(2);
  const losses = new LossAccounts(memory);
  // here, handled, failed, dead-lettered, refused, letters, then dropped by reason.
  memory.accounts.set([100, 50, 5, 6, 7, 8, 1, 2, 3, 4, 5], ACCOUNT_WORDS);
  losses.settle(1, new Map([[0, 0]]), 0);
  const { ledger } = losses;
  assert.equal([ledger.failed, ledger.deadLettered, ledger.refused, losses.deadLetters], [5, 6, 7, 8]);
  assert.equal(ledger.dropped, {
    'drop-newest': 1,
    'drop-oldest': 2,
    latest: 3,
    'ask-expired': 4,
    'timer-cancelled': 5,
  });
  assert.is(ledger.lostWithHost, 100 - 50 - 5 - 6 - 15);
  assert.equal(ledgerProblems(ledger), []);
  losses.settle(1, new Map([[0, 0]]), 0);
  assert.is(ledger.accepted, 100, 'an account is settled once');
});

test.run();
