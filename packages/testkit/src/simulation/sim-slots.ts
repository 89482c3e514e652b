/**
 * The slots that a virtual host lends to others: the real lender table over words that can be interrupted, and which
 * actor has which slot. Owns both; holds that the oracle hears of each lender from its opening to its end. Called by
 * the parts of its host.
 */
import { type Lender, LenderTable } from '@millrace/core/credit';
import { SimWords } from './interrupts.ts';
import type { SimCell } from './sim-cell.ts';
import type { SimOutbox } from './sim-outbox.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** What one host lends. */
export class SimSlots {
  readonly lenders: LenderTable;
  readonly #world: SimSurroundings;
  readonly #index: number;
  /** By slot: the actor that has it. */
  readonly #actors: number[] = [];

  constructor(
    world: SimSurroundings,
    { index, incarnation }: { readonly index: number; readonly incarnation: number },
    outbox: SimOutbox,
  ) {
    this.#world = world;
    this.#index = index;
    const port = {
      post: (to: number, signal: 'demand' | 'grant', slot: number) => outbox.signal(to, signal, slot),
    };
    this.lenders = new LenderTable(index, world.hosts, port, (page, lengthWords) => {
      const words = new SimWords(lengthWords, world.interrupts);
      world.addPage(index, incarnation, page, words);
      return words;
    });
  }

  /** The actor that has a slot, or had it last. */
  actorOf(slot: number): number | undefined {
    return this.#actors[slot];
  }

  /** The lender of an actor; opened now when this is the first time that another host addresses it. */
  lend(cell: SimCell): Lender {
    if (cell.lender === undefined) {
      const lender = this.lenders.open(cell.pool, cell);
      this.#actors[lender.slot] = cell.id;
      cell.lender = lender;
      this.#world.oracle.opened(this.#index, lender);
      if (cell.line.size > 0) lender.localParked();
    }
    return cell.lender;
  }

  /** The actor of a lender is gone from here. */
  close(lender: Lender): void {
    this.lenders.close(lender, () => this.#world.oracle.retired(this.#index, lender));
  }
}
