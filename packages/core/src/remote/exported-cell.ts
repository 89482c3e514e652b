/**
 * An actor of this host that other hosts may send to. Owns the bond between a cell and its lender: what the
 * lender must know of the cell (its mailbox's slots, its own waiting line) and what the cell tells the
 * lender (a slot came free, a send parked, the actor is gone). Made when another host first hears of the actor.
 */
import type { Cell, SlotDealer } from '../actor/cell.ts';
import type { Lender } from '../credit/lender.ts';
import type { LenderTable } from '../credit/lender-table.ts';
import type { LocalLine } from '../credit/ports.ts';

/** A cell with a slot. */
export class ExportedCell implements SlotDealer, LocalLine {
  readonly cell: Cell;
  readonly lender: Lender;
  readonly #table: LenderTable;
  readonly #whenGone: (exported: ExportedCell) => void;
  readonly #whenRetired: (exported: ExportedCell) => void;

  /**
   * @param whenGone the actor has stopped; what is under way to its slot may still come
   * @param whenRetired nothing is under way any more
   */
  constructor(
    cell: Cell,
    table: LenderTable,
    whenGone: (exported: ExportedCell) => void,
    whenRetired: (exported: ExportedCell) => void,
  ) {
    this.cell = cell;
    this.#table = table;
    this.#whenGone = whenGone;
    this.#whenRetired = whenRetired;
    this.lender = table.open(cell.mailbox, this);
    cell.dealer = this;
    // Sends of this host that wait already take their turn with those of other hosts, or nobody would let them in.
    if (this.sends > 0) this.lender.localParked();
  }

  released(count: number): void {
    this.lender.released(count);
  }

  localParked(): void {
    this.lender.localParked();
  }

  recall(): boolean {
    let recalled = false;
    this.lender.freeze(() => {
      recalled = true;
    });
    if (!recalled) this.lender.thaw();
    return recalled;
  }

  gone(): void {
    this.cell.dealer = null;
    // First, because a lender that has nothing under way forgets at once whom it was given to.
    this.#whenGone(this);
    this.#table.close(this.lender, () => this.#whenRetired(this));
  }

  get sends(): number {
    return this.cell.line?.size ?? 0;
  }

  get senders(): number {
    return this.cell.line?.senders ?? 0;
  }

  admit(count: number): number {
    return this.cell.admitParked(count);
  }

  evict(count: number): number {
    if (this.cell.definition.mailbox.overflow !== 'drop-oldest') return 0;
    let evicted = 0;
    while (evicted < count && this.cell.evictOldest()) evicted += 1;
    return evicted;
  }
}
