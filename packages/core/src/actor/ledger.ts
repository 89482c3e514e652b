/**
 * Counts what became of every message, per actor and for a system. Owns the laws:
 *
 *   offered  = refused + accepted + parked
 *   accepted = handled + failed + dropped (by reason) + dead-lettered + lost with a host + queued
 *
 * They hold at any instant: a parked send has been offered and is not decided yet, and `queued` is every
 * message that holds a slot, also one that is being handled or stashed. Pure; whoever counts lives elsewhere.
 */

/** Why an accepted message was dropped. */
export type DropReason = 'drop-newest' | 'drop-oldest' | 'latest' | 'ask-expired' | 'timer-cancelled';

/** The account of one actor or of a system, in messages. */
export interface Ledger {
  /** Sends so far, whatever became of them. */
  readonly offered: number;
  /** Sends whose sender was told that they were not accepted. */
  readonly refused: number;
  /** Sends that wait now. */
  readonly parked: number;
  /** Messages that got a slot, or were dropped on purpose instead. */
  readonly accepted: number;
  /** Messages whose handler came to its end. */
  readonly handled: number;
  /** Messages whose handler threw or was abandoned. */
  readonly failed: number;
  /** Messages dropped, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Accepted messages whose actor stopped first. */
  readonly deadLettered: number;
  /** Messages that a worker had accepted when it died, and did not report as handled. */
  readonly lostWithHost?: number;
  /** Messages that hold a slot now: waiting, being handled, stashed. */
  readonly queued: number;
}

/** Every reason there is to drop a message, in the order in which hosts leave their counts behind. */
export const DROP_REASONS: readonly DropReason[] = [
  'drop-newest',
  'drop-oldest',
  'latest',
  'ask-expired',
  'timer-cancelled',
];

/**
 * The rare outcomes of one actor's messages, counted in one place and made only when one happens. Each is counted
 * for the whole host too, so that the account of a host can be read without a walk over its actors.
 */
export class Losses {
  refused = 0;
  failed = 0;
  deadLettered = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  /** Outcomes counted so far: tells whether anything has changed since the last look. */
  changes = 0;
  readonly #whole: Losses | null;

  /** @param whole what counts the outcomes of all actors together; null for that itself */
  constructor(whole: Losses | null) {
    this.#whole = whole;
  }

  /** Counts a send that was not accepted. */
  refuse(): void {
    this.refused += 1;
    this.changes += 1;
    this.#whole?.refuse();
  }

  /** Counts a message whose handler threw or was abandoned. */
  fail(): void {
    this.failed += 1;
    this.changes += 1;
    this.#whole?.fail();
  }

  /** Counts an accepted message whose actor is gone. */
  bury(): void {
    this.deadLettered += 1;
    this.changes += 1;
    this.#whole?.bury();
  }

  /** Counts one dropped message. */
  drop(reason: DropReason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    this.changes += 1;
    this.#whole?.drop(reason);
  }
}

/** A ledger that others are added to. */
export class LedgerTotal implements Ledger {
  offered = 0;
  refused = 0;
  parked = 0;
  accepted = 0;
  handled = 0;
  failed = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  deadLettered = 0;
  lostWithHost = 0;
  queued = 0;

  /** Adds every count of `other`. */
  add(other: Ledger): this {
    this.offered += other.offered;
    this.refused += other.refused;
    this.parked += other.parked;
    this.accepted += other.accepted;
    this.handled += other.handled;
    this.failed += other.failed;
    this.deadLettered += other.deadLettered;
    this.queued += other.queued;
    this.lostWithHost += other.lostWithHost ?? 0;
    for (const [reason, count] of Object.entries(other.dropped)) {
      this.dropped[reason as DropReason] = (this.dropped[reason as DropReason] ?? 0) + count;
    }
    return this;
  }
}

/** Every law that the ledger breaks, in words; empty when it balances. */
export function ledgerProblems(ledger: Ledger): string[] {
  const problems: string[] = [];
  const decided = ledger.refused + ledger.accepted + ledger.parked;
  if (ledger.offered !== decided) {
    problems.push(`offered ${ledger.offered} is not refused + accepted + parked = ${decided}`);
  }
  const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0);
  const settled =
    ledger.handled +
    ledger.failed +
    dropped +
    ledger.deadLettered +
    (ledger.lostWithHost ?? 0) +
    ledger.queued;
  if (ledger.accepted !== settled) {
    problems.push(
      `accepted ${ledger.accepted} is not handled + failed + dropped + dead-lettered + lost with a host + queued = ${settled}`,
    );
  }
  for (const [name, count] of Object.entries(ledger)) {
    if (typeof count === 'number' && count < 0) problems.push(`${name} ${count} is less than nothing`);
  }
  return problems;
}

/** Writes a ledger as two equations, one a line. */
export function formatLedger(ledger: Ledger): string {
  const dropped = Object.entries(ledger.dropped).map(([reason, count]) => ` + dropped(${reason}) ${count}`);
  return [
    `offered ${ledger.offered} = refused ${ledger.refused} + accepted ${ledger.accepted} + parked ${ledger.parked}`,
    `accepted ${ledger.accepted} = handled ${ledger.handled} + failed ${ledger.failed}${dropped.join('')} + dead-lettered ${ledger.deadLettered}${(ledger.lostWithHost ?? 0) > 0 ? ` + lost with a host ${ledger.lostWithHost}` : ''} + queued ${ledger.queued}`,
  ].join('\n');
}
