/**
 * One virtual host's way to one actor that lives elsewhere: looks the address up, sends with credit, and
 * looks it up again when the lease is closed. Holds that what was parked goes on
 * in order wherever the actor moves. Called by its host; must not know how frames travel.
 */
import { attach } from '@millrace/core/credit';
import { LinedWay } from '../explorer/lined-way.ts';
import type { Parked, SimSender } from './sim-cell.ts';
import type { SimSends } from './sim-sends.ts';

/** A route from a host to an actor. */
export class Route extends LinedWay<SimSender, Parked> {
  readonly actor: number;
  /** Owner of the slot in use, and its incarnation; -1 while the address is being looked up. */
  owner = -1;
  ownerIncarnation = -1;
  slot = -1;
  readonly #sends: SimSends;

  constructor(sends: SimSends, actor: number) {
    super();
    this.#sends = sends;
    this.actor = actor;
  }

  override ship(parked: Parked): boolean {
    if (this.#sends.encodingFails()) {
      this.#sends.settle(parked, 'refused');
      return false;
    }
    this.#sends.pack(this, parked.message);
    this.#sends.settle(parked, 'admitted');
    return true;
  }

  override closed(): void {
    this.lookUp();
  }

  /** Asks where the actor is now. */
  lookUp(): void {
    this.owner = -1;
    this.slot = -1;
    this.#sends.resolve(this);
  }

  /** The owner gave this host a slot. */
  opened(owner: number, ownerIncarnation: number, slot: number, generation: number): void {
    this.owner = owner;
    this.ownerIncarnation = ownerIncarnation;
    this.slot = slot;
    attach(this, this.#sends.leases.open(owner, slot, generation, this));
  }
}
