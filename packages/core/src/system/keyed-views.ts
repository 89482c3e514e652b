/**
 * What keyed actors of one host look like from outside at one instant, where there may be a million of them. Owns
 * which are shown: those where most waits. Holds that the others are counted, and that no more is made of them than
 * is shown. Called when somebody inspects the host.
 */
import type { Cell } from '../actor/cell.ts';
import { cellsBelow } from '../actor/cell-tree.ts';
import type { Recipient } from '../actor/recipient.ts';
import { Greatest } from '../lib/greatest.ts';
import { INSPECTED_KEYED_MAX_ACTORS } from '../limits.ts';
import { type ActorViews, type OutboundWait, viewOf, waitsFor } from './inspect.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';

/** The keyed actors of other hosts for which sends of this host wait. */
export interface KeyedWaits {
  /** Those with the most waiting first. */
  readonly waits: readonly OutboundWait[];
  /** Actors for which sends wait and that are not listed. */
  readonly waitsLeftOut: number;
}

/** The keyed actors that live on a host, and the actors below them. O(actors) */
export function keyedViews(keyed: KeyedHost): ActorViews {
  const greatest = new Greatest<Cell>(
    INSPECTED_KEYED_MAX_ACTORS,
    (a, b) => waitingAt(a) - waitingAt(b) || a.accepted - b.accepted,
  );
  const { root } = keyed.holder.instances;
  if (root !== null) for (const cell of cellsBelow(root)) greatest.offer(cell);
  const actors = greatest.kept.map((cell) => viewOf(cell, keyed.keyOf(cell)));
  return { actors, actorsLeftOut: greatest.leftOut };
}

/** What waits on a host for keyed actors of others, or for these to be found. O(recipients) */
export function keyedWaits(keyed: KeyedHost): KeyedWaits {
  const greatest = new Greatest<Recipient>(INSPECTED_KEYED_MAX_ACTORS, (a, b) => linedUp(a) - linedUp(b));
  for (const recipient of keyed.lookUps.waiting) if (linedUp(recipient) > 0) greatest.offer(recipient);
  return { waits: waitsFor(greatest.kept), waitsLeftOut: greatest.leftOut };
}

function waitingAt(cell: Cell): number {
  return cell.mailbox.depth + linedUp(cell);
}

function linedUp({ line }: Recipient): number {
  return line?.size ?? 0;
}
