/**
 * What one virtual host knows of the lives of the others: which of their incarnations are dead, and whether all that
 * they paid for with credit of its own former incarnations has come. Owns the lenders that keep slots until then.
 * Called by its host; must not know how frames travel.
 */
import type { Lender } from '@millrace/core/credit';
import type { SimSurroundings } from './sim-surroundings.ts';

/** The other hosts, as one in one incarnation knows them. */
export class SimPeers {
  readonly #index: number;
  readonly #incarnation: number;
  /** By host: incarnations of it that are not dead yet, as far as this host was told. */
  readonly #epochs: number[] = [];
  /** By host: what it paid for with credit of an incarnation of this host before this one has come. */
  readonly #fences: number[] = [];
  /** Lenders that keep slots for messages admitted by an earlier incarnation, by actor. */
  readonly #held = new Map<number, Lender>();

  constructor(world: SimSurroundings, index: number, incarnation: number) {
    this.#index = index;
    this.#incarnation = incarnation;
    for (let host = 0; host < world.hosts; host += 1) {
      this.#epochs.push(world.incarnationOf(host));
      this.#fences.push(incarnation === 0 ? 0 : -1);
    }
  }

  /** The incarnation of a host that is not dead yet, as far as this one was told. */
  epochOf(host: number): number {
    return this.#epochs[host] as number;
  }

  /** True when this host has not been told yet that an incarnation of another one died. */
  mourns(host: number, incarnation: number): boolean {
    return host !== this.#index && this.epochOf(host) <= incarnation;
  }

  /** This host was told that another one died in this incarnation. */
  died(host: number, incarnation: number): void {
    this.#epochs[host] = incarnation + 1;
  }

  /** True when nothing of a host is to come that was paid for before this incarnation. */
  isFenced(host: number): boolean {
    return (this.#fences[host] as number) >= this.#incarnation;
  }

  /** Whatever `host` paid for with credit of an incarnation before that one has come. */
  fence(host: number, ofIncarnation: number): void {
    this.#fences[host] = Math.max(this.#fences[host] as number, ofIncarnation);
    if (this.#held.size === 0) return;
    for (let other = 0; other < this.#fences.length; other += 1) {
      if (other !== this.#index && !this.isFenced(other)) return;
    }
    const lenders = [...this.#held.values()];
    this.#held.clear();
    for (const lender of lenders) lender.releaseHeld();
  }

  /** Keeps the slots of an actor until every fence has come. */
  hold(actor: number, lender: Lender): void {
    lender.hold();
    this.#held.set(actor, lender);
  }

  /** The lender that keeps slots for an actor, while it does. */
  heldFor(actor: number): Lender | undefined {
    return this.#held.get(actor);
  }

  /** Lenders that keep slots. */
  get heldCount(): number {
    return this.#held.size;
  }
}
