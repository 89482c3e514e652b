/** What an actor looks like from outside at one instant, as plain data. Pure; owns nothing. */
import type { Address } from '../address.ts';
import type { Cell } from '../actor/cell.ts';
import { ledgerOf } from '../actor/cell-ledger.ts';
import type { Ledger } from '../actor/ledger.ts';
import type { Phase } from '../actor/lifecycle.ts';

/** One actor at one instant. */
export interface ActorView {
  /** Where it lives, and which one it is. */
  readonly address: Address;
  /** The name of its definition. */
  readonly actor: string;
  /** Where it is in its life. */
  readonly phase: Phase;
  /** Lives of its state so far. */
  readonly incarnation: number;
  /** Messages its mailbox holds at most. */
  readonly capacityMessages: number;
  /** Messages that wait, in the queue and for this actor's turn. */
  readonly queued: number;
  /** Messages being handled or stashed. */
  readonly held: number;
  /** Slots that nobody has. */
  readonly free: number;
  /** How long the oldest queued message has waited. */
  readonly oldestAgeMs: number;
  /** Sends that wait for a slot here. */
  readonly parkedSends: number;
  /** The actors whose sends wait here. */
  readonly waitingSenders: readonly Address[];
  /** What became of its messages. */
  readonly ledger: Ledger;
}

/** The view of one cell. */
export function viewOf(cell: Cell): ActorView {
  const { mailbox, line } = cell;
  const waitingSenders: Address[] = [];
  for (const sender of line?.waitingSenders() ?? []) {
    if (sender.senderAddress !== null) waitingSenders.push(sender.senderAddress);
  }
  return {
    address: cell.address,
    actor: cell.definition.name,
    phase: cell.phase,
    incarnation: cell.incarnation,
    capacityMessages: mailbox.capacityMessages,
    queued: mailbox.queued,
    held: mailbox.held,
    free: mailbox.free,
    oldestAgeMs: cell.oldestAgeMs,
    parkedSends: line?.size ?? 0,
    waitingSenders,
    ledger: ledgerOf(cell),
  };
}
