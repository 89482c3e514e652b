/**
 * Children that live on another host than their parents. Owns both ends on this host: the children elsewhere of
 * parents here, and the actors here whose parents are elsewhere; holds that a child is made under one id on one host
 * at a time, that other hosts are told where it is made again once it is there, and that an actor whose parent died
 * is stopped. Called by the node for spawns and rows and when a host dies; what becomes of a child its supervisor
 * decides.
 */
import type { Cell } from '../actor/cell.ts';
import type { ParentLink, Signal } from '../actor/child.ts';
import { ledgerOf } from '../actor/cell-ledger.ts';
import { cellsBelow } from '../actor/cell-tree.ts';
import type { ErasedDefinition } from '../actor/definition.ts';
import type { LedgerTotal } from '../actor/ledger.ts';
import { MillraceError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import { type ActorView, viewOf } from '../system/inspect.ts';
import type { ActorTable } from './actor-table.ts';
import { type ReportWords, ROW, type SpawnWords } from './protocol.ts';
import { type ChildHost, RemoteChild, RemoteParent } from './remote-child.ts';
import type { RowsOut } from './rows-out.ts';
import type { Whereabouts } from './whereabouts.ts';

/** Time for an actor to stop whose parent's host died. */
const ORPHAN_STOP_MS = 5_000;

/** What children between hosts need. */
export interface ChildrenParts {
  readonly out: RowsOut;
  readonly actors: ActorTable;
  readonly whereabouts: Whereabouts;
  /** Makes an actor on this host. @throws when it has no definition here */
  readonly make: (parent: ParentLink, words: SpawnWords, id: number) => Cell;
  /** See `NodeOptions`. */
  readonly placeAgain: (placement: unknown) => number;
}

/** A spawn on another host. */
export interface SpawnElsewhere {
  readonly id: number;
  readonly link: ParentLink;
  readonly definition: ErasedDefinition;
  readonly args: unknown;
  readonly placement: unknown;
}

/** Parents and children of which one lives here and the other does not. */
export class Children implements ChildHost {
  readonly #parts: ChildrenParts;
  /** Children elsewhere of parents here, by id. */
  readonly #children = new Map<number, RemoteChild>();
  /** Actors here whose parents live elsewhere, by id. */
  readonly #fostered = new Map<number, { readonly cell: Cell; readonly host: number }>();

  constructor(parts: ChildrenParts) {
    this.#parts = parts;
  }

  // Of parents here.

  /** Has another host make a child. @throws when its arguments cannot travel */
  spawnOn(host: number, { id, link, definition, args, placement }: SpawnElsewhere): RemoteChild {
    const { actors, whereabouts } = this.#parts;
    const path = `${link.parentPath}/${link.name}`;
    const recipient = actors.meet(host, id, definition.name, path, whereabouts.here);
    const child = new RemoteChild(this, recipient, link, args, placement);
    whereabouts.expect(recipient);
    this.#children.set(id, child);
    try {
      this.#spawn(child);
    } catch (error) {
      this.#children.delete(id);
      actors.forget(id);
      throw error;
    }
    return child;
  }

  signal({ recipient }: RemoteChild, signal: Signal): void {
    const { out } = this.#parts;
    const { host, id } = recipient;
    if (host === out.self) this.#fostered.get(id)?.cell.signal(signal);
    else out.say(host, ROW.signal, id, signal);
  }

  spawnAgain(child: RemoteChild): void {
    const { whereabouts, placeAgain } = this.#parts;
    const { recipient } = child;
    recipient.host = placeAgain(child.placement);
    child.moving = true;
    whereabouts.expect(recipient);
    this.#spawn(child);
  }

  gone({ recipient }: RemoteChild, reason: StopReason): void {
    const { out, whereabouts } = this.#parts;
    const { id } = recipient;
    this.#children.delete(id);
    whereabouts.vanished(id, reason);
    for (let host = 0; host < out.hosts; host += 1) if (host !== out.self) out.sayGone(host, id, reason);
  }

  /** A child reports. False when nobody here has it. */
  reported(id: number, report: ReportWords): boolean {
    const child = this.#children.get(id);
    if (child === undefined) return false;
    if (report.what === 'stopped') {
      this.#children.delete(id);
      this.#parts.whereabouts.vanished(id, report.reason);
    }
    child.report(report);
    return true;
  }

  /** An actor is there: if it is a child that was made again, other hosts go on there. Not before, or they would not find it. */
  attached(id: number): void {
    const child = this.#children.get(id);
    if (child?.moving !== true) return;
    child.moving = false;
    const { out, whereabouts } = this.#parts;
    for (let host = 0; host < out.hosts; host += 1)
      if (host !== out.self && host !== child.recipient.host) whereabouts.sayMoved(host, child.recipient);
  }

  #spawn({ recipient, link, args }: RemoteChild): void {
    const words: SpawnWords = {
      actor: recipient.definition.name,
      args,
      name: link.name,
      parentPath: link.parentPath,
      depth: link.depth,
    };
    const { host, id } = recipient;
    if (host === this.#parts.out.self) this.spawned(host, id, words);
    else this.#parts.out.say(host, ROW.spawn, id, words);
  }

  // Of parents elsewhere.

  /** A host has a child made here, of one of its actors; this one too, when it makes one again whose own host died. */
  spawned(host: number, id: number, words: SpawnWords): void {
    const { out, actors, whereabouts, make } = this.#parts;
    const parent = new RemoteParent(words, whereabouts.lifeOf(host), (report) => {
      if (report.what === 'stopped') this.#fostered.delete(id);
      if (host === out.self) this.reported(id, report);
      else out.say(host, ROW.report, id, report);
    });
    const cell = make(parent, words, id);
    this.#fostered.set(id, { cell, host });
    whereabouts.cameHome(id, cell);
    if (host === out.self) {
      // Made again beside its parent: this host has no slot of it, and others may ask for one.
      actors.show(cell);
      this.attached(id);
      return;
    }
    const exported = actors.export(cell, host);
    if (exported !== null) whereabouts.sayAttached(host, id, exported);
  }

  /** Adds the account of the actors that live here below parents elsewhere. */
  addTo(total: LedgerTotal): void {
    for (const cell of this.#fosteredTrees()) total.add(ledgerOf(cell));
  }

  /** The actors that live here below parents elsewhere; those with parents here the system shows. */
  inspect(): ActorView[] {
    return Array.from(this.#fosteredTrees(), (cell) => viewOf(cell));
  }

  *#fosteredTrees(): Generator<Cell> {
    for (const { cell } of this.#fostered.values()) {
      if (cell.phase !== 'stopped') yield cell;
      yield* cellsBelow(cell);
    }
  }

  // When a host dies.

  /** @returns the children that lived there: they may be made again */
  hostLost(host: number): readonly number[] {
    for (const { cell, host: parentHost } of this.#fostered.values()) {
      // Nobody looks after it any more, and whoever takes its parent's place makes children of its own.
      if (parentHost === host)
        cell.signal({ kind: 'stop', reason: 'host-lost', by: 'order', shutdownMs: ORPHAN_STOP_MS });
    }
    const kept: number[] = [];
    for (const [id, child] of this.#children) {
      if (child.recipient.host !== host) continue;
      child.hostLost();
      kept.push(id);
    }
    return kept;
  }

  /** Every host knows: supervisors decide. */
  hostSettled(host: number): void {
    for (const child of [...this.#children.values()]) if (child.recipient.host === host) child.hostSettled();
  }

  /** No other host lives and none will. */
  giveUp(): void {
    for (const { link } of this.#children.values())
      link.failed(new MillraceError('ERR_HOST_LOST', { reason: 'every worker was given up' }), 'init');
    this.#children.clear();
  }
}
