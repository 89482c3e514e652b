/**
 * What happens on one host when another one dies. Owns the order of it and nothing else; holds that what the dead
 * host held is free before anybody uses it again, and that supervisors decide only when every host knows. Called
 * by the node, twice for each death: when this host hears of it, and when all have.
 */
import type { LeaseTable } from '../credit/lease-table.ts';
import type { LenderTable } from '../credit/lender-table.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import type { ActorTable } from './actor-table.ts';
import type { Children } from './children.ts';
import type { HostLossReport } from './node-options.ts';
import type { OpenAsks } from './open-asks.ts';
import type { ReturnTarget } from './returned-rows.ts';
import type { RowsOut } from './rows-out.ts';
import type { Whereabouts } from './whereabouts.ts';

/** The parts of a node that a death concerns. */
export interface NodeParts {
  readonly out: RowsOut;
  readonly lenders: LenderTable;
  readonly leases: LeaseTable;
  readonly keyed: KeyedHost;
  readonly actors: ActorTable;
  readonly whereabouts: Whereabouts;
  readonly asks: OpenAsks;
  readonly children: Children;
}

/** A host runs nothing any more; what it had not taken was taken back. */
export function hostLost(parts: NodeParts, host: number): HostLossReport {
  const { out, lenders, leases, asks, whereabouts, keyed, children } = parts;
  lenders.reclaim(host);
  leases.forget(host);
  asks.hostLost(host);
  const sent = out.settle(host);
  whereabouts.hostLost(host);
  keyed.hostLost(host);
  return { kept: children.hostLost(host), taken: sent };
}

/** Every host knows, and told which actors of the dead one it may make again. */
export function hostSettled(
  { whereabouts, children }: NodeParts,
  host: number,
  kept: ReadonlySet<number>,
): void {
  whereabouts.hostSettled(host, kept);
  children.hostSettled(host);
}

/** No worker lives and none will: actors of other hosts are gone for good, and what waits for them is refused. */
export function workersGivenUp({ keyed, actors, whereabouts, children }: NodeParts): void {
  keyed.lookUps.giveUp();
  for (const { id } of actors.allElsewhere()) whereabouts.vanished(id, 'host-lost');
  children.giveUp();
}

/** Actors of a host by the slots that this host pays for: who takes back what the host had not taken. */
export function recipientsBySlot(
  { actors, keyed }: NodeParts,
  host: number,
): ReadonlyMap<number, ReturnTarget> {
  const bySlot = new Map<number, ReturnTarget>();
  for (const recipient of actors.allElsewhere()) {
    const slot = recipient.host === host ? recipient.lease?.slot : undefined;
    if (slot !== undefined) bySlot.set(slot, recipient);
  }
  for (const recipient of keyed.lookUps.recipientsOn(host))
    if (recipient.slot !== undefined) bySlot.set(recipient.slot, recipient);
  return bySlot;
}
