/**
 * This host as one that has instances of keyed actors. Owns who gets one and who is told that one is gone; holds that
 * an asker is sent back to the home only after the home was told, so that it is never sent here again for an instance
 * that is gone. Called by the home of a key, here or by a row, and by the instances.
 */
import type { Cell } from '../actor/cell.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { ActorKey } from './actor-key.ts';
import { type Instance, Instances } from './instances.ts';
import { type Asker, KEYED_ROW, type KeyedSides } from './keyed-words.ts';

/** The instances of one host, as others ask for them. */
export class Holder {
  readonly instances: Instances;
  readonly #sides: KeyedSides;

  /** @param parent the actor under which keyed actors live on this host */
  constructor(kernel: Kernel, sides: KeyedSides, parent: () => Cell) {
    this.#sides = sides;
    this.instances = new Instances(kernel, parent, { instanceGone: (instance) => this.#gone(instance) });
  }

  /** Gives an asker the instance to which the home gave this number. @param make there is none yet */
  serve(asker: Asker, at: ActorKey, number: number, make: boolean): void {
    const { home } = this.#sides;
    const instance = this.instances.get(at.name) ?? (make ? this.instances.make(at, number) : undefined);
    if (instance === undefined || instance === null) {
      // Let go after the home sent the asker here: the home has been told by now, or another one has not.
      home.release(at, number);
      if (instance === undefined) home.ask(asker, at);
      else this.#refuse(asker);
    } else if (instance.cell.gone) {
      instance.waiting ??= [];
      instance.waiting.push(asker);
    } else this.#attach(asker, instance.cell);
  }

  #attach(asker: Asker, cell: Cell): void {
    const { ways, lookUps } = this.#sides;
    if (asker.host === ways.self) {
      lookUps.foundHere(asker.lookUp, cell);
      return;
    }
    const lent = ways.slotFor(cell, asker.host);
    if (lent === null) this.#refuse(asker);
    else ways.say(asker.host, KEYED_ROW.attached, 0, asker.lookUp, lent.slot, lent.generation, cell.id);
  }

  #refuse(asker: Asker): void {
    const { ways, lookUps } = this.#sides;
    if (asker.host === ways.self) lookUps.refused(asker.lookUp, 'ERR_SYSTEM_STOPPING');
    else ways.say(asker.host, KEYED_ROW.refused, 0, asker.lookUp, 0, 0, undefined);
  }

  #gone(instance: Instance): void {
    this.#sides.peek(instance)?.dropCell(instance.cell);
    const { home } = this.#sides;
    home.release(instance, instance.number);
    for (const asker of instance.waiting ?? []) home.ask(asker, instance);
  }
}
