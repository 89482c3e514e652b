/**
 * The sends of an actor that wait elsewhere. Owns the steps at the sender; holds that the actor is muted, and known
 * to the wait graph as such, from the first of them until the last has settled, and that none outlives it. Called by
 * the cell, which keeps their number, and them in its extras.
 */
import { formatAddress } from '../address.ts';
import { MillraceError } from '../errors.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import type { CellExtras } from './cell-extras.ts';
import type { Cell } from './cell.ts';
import type { ParkedSend } from './parked-send.ts';

/** A send of `cell` to another actor parks. */
export function addOwnSend(cell: Cell, send: ParkedSend): void {
  cell.parkedSends += 1;
  if (cell.parkedSends === 1) cell.kernel.waits.muted(cell);
  const extras = cell.ownExtras();
  extras.parked ??= new RingDeque<ParkedSend>();
  extras.parked.push(send);
}

/** A parked send of `cell` has settled. */
export function settleOwnSend(cell: Cell, send: ParkedSend): void {
  cell.parkedSends -= 1;
  const parked = cell.extras?.parked;
  if (parked?.peek() === send) parked.shift();
  else parked?.remove(send);
  if (send.wait !== null) cell.kernel.waits.ended(send.wait);
  if (cell.parkedSends > 0) return;
  if (cell.phase !== 'stopped') cell.schedule();
}

/** `cell` is gone: what it still had waiting anywhere is refused. */
export function giveUpOwnSends(cell: Cell, extras: CellExtras): void {
  for (const send of [...(extras.parked ?? [])]) {
    const sender = formatAddress(cell.address);
    send.recipient.giveUp(
      send,
      new MillraceError('ERR_ACTOR_STOPPED', { sender, handler: send.handler.name }),
    );
  }
}
