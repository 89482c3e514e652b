/**
 * The check that nothing was lost silently. Pure: reads an account and throws. Called by tests, with the report of
 * a stop or with the account of a running system.
 */
import { formatLedger, type Ledger, ledgerProblems, type StopReport } from '@millrace/core';

/** Counts that an account must have; what is not named may be anything. */
export interface ExpectedLedger {
  /** Sends made. */
  readonly offered?: number;
  /** Sends refused. */
  readonly refused?: number;
  /** Messages that got a slot, or were dropped on purpose instead. */
  readonly accepted?: number;
  /** Messages handled to the end. */
  readonly handled?: number;
  /** Messages whose handler threw. */
  readonly failed?: number;
  /** Messages dropped, for whatever reason. */
  readonly dropped?: number;
  /** Messages whose actor stopped first. */
  readonly deadLettered?: number;
  /** Messages that went down with a worker. */
  readonly lostWithHost?: number;
}

/**
 * Throws unless the account balances, and has the counts that are expected. After a stop, nothing may be left that
 * waits.
 *
 * @throws LedgerMismatch with the whole account
 */
export function assertLedger(account: StopReport | Ledger, expected: ExpectedLedger = {}): void {
  const stopped = 'ledger' in account;
  const ledger = stopped ? account.ledger : account;
  const problems = [...(stopped ? account.problems : ledgerProblems(ledger))];
  if (stopped && ledger.queued > 0)
    problems.push(`${ledger.queued} messages are still queued after the stop`);
  if (stopped && ledger.parked > 0) problems.push(`${ledger.parked} sends still wait after the stop`);
  for (const [name, count] of Object.entries(expected)) {
    const found = countOf(ledger, name as keyof ExpectedLedger);
    if (found !== count) problems.push(`${name} is ${found}, expected ${String(count)}`);
  }
  if (problems.length > 0) throw new LedgerMismatch(problems, ledger);
}

/** An account that does not balance, or is not what was expected. */
export class LedgerMismatch extends Error {
  override readonly name = 'LedgerMismatch';

  constructor(problems: readonly string[], ledger: Ledger) {
    super(`${problems.join('; ')}\n${formatLedger(ledger)}`);
  }
}

function countOf(ledger: Ledger, name: keyof ExpectedLedger): number {
  if (name === 'dropped') return Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0);
  return ledger[name] ?? 0;
}
