/** Tests of the laws of the ledger. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LedgerTotal, ledgerProblems } from './ledger.ts';

const balanced = {
  offered: 21,
  refused: 2,
  parked: 1,
  accepted: 18,
  handled: 9,
  failed: 1,
  dropped: { latest: 3 },
  deadLettered: 2,
  queued: 2,
  lostWithHost: 1,
};

test('a ledger that balances has no problem, and one count off is found', () => {
  assert.equal(ledgerProblems(balanced), []);
  for (const key of [
    'offered',
    'refused',
    'parked',
    'handled',
    'failed',
    'deadLettered',
    'queued',
    'lostWithHost',
  ] as const) {
    assert.is(ledgerProblems({ ...balanced, [key]: balanced[key] + 1 }).length, 1, key);
  }
  assert.is(ledgerProblems({ ...balanced, accepted: 19 }).length, 2);
  assert.is(ledgerProblems({ ...balanced, dropped: { latest: 3, 'drop-oldest': 1 } }).length, 1);
});

test('totals add every count', () => {
  const total = new LedgerTotal()
    .add(balanced)
    .add({ ...balanced, dropped: { latest: 1, 'ask-expired': 2 } });
  assert.equal(JSON.parse(JSON.stringify(total)), {
    offered: 42,
    refused: 4,
    parked: 2,
    accepted: 36,
    handled: 18,
    failed: 2,
    dropped: { latest: 4, 'ask-expired': 2 },
    deadLettered: 4,
    queued: 4,
    lostWithHost: 2,
  });
  assert.equal(ledgerProblems(total), []);
});

test.run();
