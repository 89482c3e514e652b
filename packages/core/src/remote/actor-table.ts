/**
 * Who is known between this host and the others. Owns the actors of this host that others know, with their slots,
 * and the stand-ins for actors of other hosts, each by id; holds that an actor is known here once, as a cell or as a
 * stand-in, and that when one of this host is gone every host that has a slot of it is told. That reaches all who
 * watch it: a host that knows an actor has a slot, has asked for one, or waits to be told where the actor is, and
 * then asks. Read and written by the parts of the node; must not know where actors of other hosts have gone.
 */
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition } from '../actor/definition.ts';
import type { Address } from '../address.ts';
import type { LenderTable } from '../credit/lender-table.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import { ExportedCell } from './exported-cell.ts';
import type { HostLife } from './protocol.ts';
import type { Names } from './remote-origin.ts';
import { type RemoteHost, RemoteRecipient } from './remote-recipient.ts';
import type { RowsOut } from './rows-out.ts';

/** What the table is made of. */
export interface ActorTableParts {
  readonly out: RowsOut;
  readonly lenders: LenderTable;
  readonly keyed: KeyedHost;
  /** What stand-ins send through. */
  readonly node: RemoteHost;
  /** The definition of that name. @throws when there is none */
  readonly definition: (name: string) => ErasedDefinition;
}

/** The actors that this host and others know of each other. */
export class ActorTable implements Names {
  /** Actors of this host by slot. */
  readonly bySlot: (Cell | undefined)[] = [];
  readonly #parts: ActorTableParts;
  readonly #here = new Map<number, Cell>();
  readonly #elsewhere = new Map<number, RemoteRecipient>();

  constructor(parts: ActorTableParts) {
    this.#parts = parts;
  }

  /** An actor of this host that others know. */
  here(id: number): Cell | undefined {
    return this.#here.get(id);
  }

  /** An actor of another host. */
  elsewhere(id: number): RemoteRecipient | undefined {
    return this.#elsewhere.get(id);
  }

  /** The actors of other hosts, as they are now: the table may change meanwhile. */
  allElsewhere(): readonly RemoteRecipient[] {
    return [...this.#elsewhere.values()];
  }

  /** See `Names`. */
  addressFor(actor: number): Address | undefined {
    const known =
      this.#elsewhere.get(actor) ?? this.#here.get(actor) ?? this.#parts.keyed.lookUps.foundAs(actor);
    return known?.address;
  }

  /** The actor of another host with that id, made known now if need be. @throws when it has no definition here */
  meet(host: number, id: number, actor: string, path: string, parent: HostLife): RemoteRecipient {
    let recipient = this.#elsewhere.get(id);
    if (recipient === undefined) {
      const { node, definition } = this.#parts;
      recipient = new RemoteRecipient(node, definition(actor), host, id, path, parent);
      this.#elsewhere.set(id, recipient);
    }
    return recipient;
  }

  /** Takes an actor of another host out: it is gone, or lives here from now on. */
  forget(id: number): RemoteRecipient | undefined {
    const recipient = this.#elsewhere.get(id);
    this.#elsewhere.delete(id);
    return recipient;
  }

  /** Gives `host` a slot of an actor of this host; null when it is gone. */
  export(cell: Cell, host: number): ExportedCell | null {
    if (cell.phase === 'stopped') return null;
    const exported = this.show(cell);
    exported.lender.attach(host);
    return exported;
  }

  /** Lets other hosts ask for an actor of this host, which lives. */
  show(cell: Cell): ExportedCell {
    let exported = cell.dealer as ExportedCell | null;
    if (exported === null) {
      exported = new ExportedCell(
        cell,
        this.#parts.lenders,
        (gone) => this.#unexport(gone),
        ({ lender }) => {
          this.bySlot[lender.slot] = undefined;
        },
      );
      this.#here.set(cell.id, cell);
      this.bySlot[exported.lender.slot] = cell;
    }
    return exported;
  }

  #unexport({ cell, lender }: ExportedCell): void {
    this.#here.delete(cell.id);
    const reason = cell.extras?.stopReason ?? 'stopped';
    for (const host of lender.attached) this.#parts.out.sayGone(host, cell.id, reason);
  }
}
