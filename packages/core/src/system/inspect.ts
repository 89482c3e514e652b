/** What actors look like from outside at one instant, as plain data. Pure; owns nothing. */
import type { Address } from '../address.ts';
import type { Cell } from '../actor/cell.ts';
import { ledgerOf } from '../actor/cell-ledger.ts';
import type { Ledger } from '../actor/ledger.ts';
import type { Phase } from '../actor/lifecycle.ts';
import type { Recipient } from '../actor/recipient.ts';

/** One actor at one instant. */
export interface ActorView {
  /** Where it lives, and which one it is. */
  readonly address: Address;
  /** The name of its definition. */
  readonly actor: string;
  /** The key of an actor that is reached by key; null for one that was spawned. */
  readonly key: string | null;
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

/** The actors of one host at one instant. */
export interface ActorViews {
  /**
   * Every actor that was spawned, parents before children; then those reached by key and what is below them, those
   * with the most waiting first, and of equals those that took more messages: at most 256.
   */
  readonly actors: readonly ActorView[];
  /** Actors that are reached by key, or below one, and not listed. */
  readonly actorsLeftOut: number;
}

/** Sends of one host that wait for credit of an actor elsewhere. */
export interface OutboundWait {
  /** The actor that they wait for. */
  readonly to: Address;
  /** How many. */
  readonly parkedSends: number;
  /** The actors that sent them. */
  readonly waitingSenders: readonly Address[];
}

/** The view of one cell. @param key of one that is reached by key */
export function viewOf(cell: Cell, key: string | null = null): ActorView {
  const { mailbox, line } = cell;
  return {
    address: cell.address,
    actor: cell.definition.name,
    key,
    phase: cell.phase,
    incarnation: cell.incarnation,
    capacityMessages: mailbox.capacityMessages,
    queued: mailbox.queued,
    held: mailbox.held,
    free: mailbox.free,
    oldestAgeMs: cell.oldestAgeMs,
    parkedSends: line?.size ?? 0,
    waitingSenders: waitingIn(line),
    ledger: ledgerOf(cell),
  };
}

/** What waits here for actors of other hosts; those for which nothing waits are left out. */
export function waitsFor(recipients: Iterable<Recipient>): OutboundWait[] {
  const waits: OutboundWait[] = [];
  for (const { address, line } of recipients) {
    if (line !== null && line.size > 0)
      waits.push({ to: address, parkedSends: line.size, waitingSenders: waitingIn(line) });
  }
  return waits;
}

function waitingIn(line: Recipient['line']): Address[] {
  const waiting: Address[] = [];
  for (const { senderAddress } of line?.waitingSenders() ?? [])
    if (senderAddress !== null) waiting.push(senderAddress);
  return waiting;
}
