/**
 * This host as one that looks for keyed actors. Owns the look-ups under way, the recipients whose actors were found
 * on other hosts, and the account of both; holds that each look-up is answered once, and that a recipient is kept
 * only while it looks for its actor or has a slot of another host's, and its counts for good. Called by recipients
 * that need an actor, and by the keyed host with what other hosts answer.
 */
import type { Cell } from '../actor/cell.ts';
import type { Kernel } from '../actor/kernel.ts';
import { type DropReason, LedgerTotal, Losses } from '../actor/ledger.ts';
import type { ErrorCode } from '../errors.ts';
import type { StopReason } from '../events.ts';
import { actorKey } from './actor-key.ts';
import type { Found, KeyedFinder, KeyedRecipient } from './keyed-recipient.ts';
import { type KeyedSides, type KeyedWays, NUMBERS } from './keyed-words.ts';

/** The look-ups of one host. */
export class LookUps implements KeyedFinder {
  readonly kernel: Kernel;
  readonly losses: Losses;
  readonly #sides: KeyedSides;
  /** Recipients that look for their actor, by the number of the look-up. */
  readonly #underWay = new Map<number, KeyedRecipient>();
  /** Recipients with a slot of another host's, by the id of the actor there. */
  readonly #found = new Map<number, KeyedRecipient>();
  readonly #rested = new LedgerTotal();
  #last: number;
  #givenUp = false;

  constructor(kernel: Kernel, sides: KeyedSides) {
    this.kernel = kernel;
    this.losses = new Losses(kernel.losses);
    this.#sides = sides;
    // Not from one: a late answer to an earlier incarnation of this host must find nobody.
    this.#last = Math.floor(kernel.ports.random() * NUMBERS);
  }

  get ways(): KeyedWays {
    return this.#sides.ways;
  }

  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** Recipients that this host keeps by itself. */
  get kept(): number {
    return this.#underWay.size + this.#found.size;
  }

  // For recipients: see `KeyedFinder`.

  find(recipient: KeyedRecipient): void {
    const { definition, key } = recipient;
    const at = actorKey(definition, key);
    const here = this.#sides.holder.instances.get(at.name);
    if (here !== undefined && !here.cell.gone) {
      recipient.foundHere(here.cell);
      return;
    }
    if (this.#givenUp) {
      recipient.refuse('ERR_HOST_LOST');
      return;
    }
    do this.#last = (this.#last % NUMBERS) + 1;
    while (this.#underWay.has(this.#last));
    recipient.lookUp = this.#last;
    this.#underWay.set(recipient.lookUp, recipient);
    this.#sides.home.ask({ host: this.ways.self, lookUp: recipient.lookUp }, at);
  }

  rested(recipient: KeyedRecipient): void {
    this.#rested.add(recipient.ledger());
    recipient.offered = 0;
    recipient.accepted = 0;
  }

  countRefused(): void {
    this.#rested.offered += 1;
    this.losses.refuse();
  }

  // Answers. Each is false when the look-up is not under way any more.

  /** The actor lives on this host. */
  foundHere(lookUp: number, cell: Cell): boolean {
    const recipient = this.#answered(lookUp);
    recipient?.foundHere(cell);
    return recipient !== undefined;
  }

  /** The actor lives on another host, which gave this one a slot. */
  found(lookUp: number, where: Found): boolean {
    const recipient = this.#answered(lookUp);
    if (recipient === undefined) return false;
    this.#found.set(where.id, recipient);
    recipient.found(where);
    return true;
  }

  /** There is no actor and none will be made. */
  refused(lookUp: number, code: ErrorCode): boolean {
    const recipient = this.#answered(lookUp);
    recipient?.refuse(code);
    return recipient !== undefined;
  }

  #answered(lookUp: number): KeyedRecipient | undefined {
    const recipient = this.#underWay.get(lookUp);
    if (recipient === undefined) return undefined;
    this.#underWay.delete(lookUp);
    recipient.lookUp = 0;
    return recipient;
  }

  // What was found.

  /** The actor of another host that was found by key and has this id. */
  foundAs(id: number): KeyedRecipient | undefined {
    return this.#found.get(id);
  }

  /** Recipients of actors on a host, for messages that come back from it. */
  recipientsOn(host: number): KeyedRecipient[] {
    return [...this.#found.values()].filter((recipient) => recipient.host === host);
  }

  /** An actor of another host is gone. True when it was found by key. */
  vanished(id: number, reason: StopReason): boolean {
    const recipient = this.#found.get(id);
    if (recipient === undefined) return false;
    this.#found.delete(id);
    // It looks for the next one already, or has found it.
    if (recipient.id !== id) return true;
    // What did not start, or failed too often, would do so for ever at the cost of who waits for it.
    if (reason === 'failed') recipient.refuse('ERR_ACTOR_STOPPED');
    else recipient.lost();
    return true;
  }

  /** Adds what was refused or waits on this host for keyed actors, and what was offered to those of other hosts. */
  addTo(total: LedgerTotal): void {
    total.add(this.#rested);
    total.refused += this.losses.refused;
    for (const [reason, count] of Object.entries(this.losses.dropped) as [DropReason, number][])
      total.dropped[reason] = (total.dropped[reason] ?? 0) + count;
    for (const recipient of this.waiting) total.add(recipient.ledger());
  }

  /** Recipients for which sends of this host may wait. */
  get waiting(): Iterable<KeyedRecipient> {
    return new Set([...this.#underWay.values(), ...this.#found.values()]);
  }

  // Deaths of workers.

  /** A worker died. What it had not taken waits again by now. */
  hostLost(host: number): void {
    const lost = new Set(this.recipientsOn(host));
    for (const [id, recipient] of [...this.#found]) if (lost.has(recipient)) this.#found.delete(id);
    for (const recipient of lost) recipient.hostLost();
  }

  /** Whoever answers a look-up that is under way finds nobody from now on. @returns who looked */
  end(): KeyedRecipient[] {
    const looking = [...this.#underWay.values()];
    this.#underWay.clear();
    return looking;
  }

  /** These look again, under new numbers. */
  begin(looking: readonly KeyedRecipient[]): void {
    for (const recipient of looking) {
      recipient.lookUp = 0;
      this.find(recipient);
    }
  }

  /** No worker lives and none will: what looks for an actor is refused, now and from now on. */
  giveUp(): void {
    this.#givenUp = true;
    for (const recipient of this.end()) {
      recipient.lookUp = 0;
      recipient.refuse('ERR_HOST_LOST');
    }
  }
}
