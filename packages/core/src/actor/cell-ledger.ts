/** Reads the ledger of one cell off its counters. Pure; owns nothing. */
import type { Cell } from './cell.ts';
import type { Ledger } from './ledger.ts';

/** The account of one actor at this instant. */
export function ledgerOf(cell: Cell): Ledger {
  const losses = cell.extras?.losses;
  return {
    offered: cell.offered,
    refused: losses?.refused ?? 0,
    parked: cell.line?.size ?? 0,
    accepted: cell.accepted,
    handled: cell.handled,
    failed: losses?.failed ?? 0,
    dropped: losses?.dropped ?? {},
    deadLettered: losses?.deadLettered ?? 0,
    queued: cell.mailbox.depth,
  };
}
