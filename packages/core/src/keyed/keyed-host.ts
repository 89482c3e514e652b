/**
 * Keyed actors on one host: the refs that this host holds, the look-ups under way, its shard of the directory,
 * its instances. Owns the protocol between these; holds that each look-up is answered once, by the host that
 * has the instance or could not make it. What it says to other hosts and to itself is in `keyed-words.ts`.
 *
 * A ref costs memory while somebody holds it. The table of refs is weak, and a recipient is kept by this host
 * only while it looks for its actor, has a slot of another host's, or has counts that are not added up yet.
 */
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition } from '../actor/definition.ts';
import type { KeyedPort } from '../actor/keyed-port.ts';
import type { Kernel } from '../actor/kernel.ts';
import { LedgerTotal, Losses } from '../actor/ledger.ts';
import type { StopReason } from '../events.ts';
import { KEY_MAX_CHARS } from '../limits.ts';
import { optionError } from '../options.ts';
import type { ActorRef } from '../ref.ts';
import { Directory, homeOf } from './directory.ts';
import { type Instance, Instances } from './instances.ts';
import { type KeyedFinder, KeyedRecipient } from './keyed-recipient.ts';
import { ALONE, type Asker, KEYED_ROW, type KeyedWays, type KeyWords } from './keyed-words.ts';

/** A row about keyed actors, as it came. */
export interface KeyedRow {
  readonly kind: number;
  readonly handler: number;
  readonly target: number;
  readonly from: number;
  readonly ask: number;
  readonly payload: unknown;
}

/** Keyed actors as one host sees them. */
export class KeyedHost implements KeyedPort, KeyedFinder {
  readonly kernel: Kernel;
  readonly losses: Losses;
  readonly instances: Instances;
  /** Rows that were for nobody. */
  strayRows = 0;
  #ways: KeyedWays = ALONE;
  #directory: Directory;
  readonly #refs = new Map<string, RefTable>();
  /** Recipients that look for their actor, by the number of the look-up. */
  readonly #lookUps = new Map<number, KeyedRecipient>();
  /** Recipients with a slot of another host's, by the id of the actor there. */
  readonly #found = new Map<number, KeyedRecipient>();
  readonly #rested = new LedgerTotal();
  #lastLookUp = 0;

  /** @param parent the actor under which keyed actors live on this host */
  constructor(kernel: Kernel, parent: () => Cell) {
    this.kernel = kernel;
    this.losses = new Losses(kernel.losses);
    this.#directory = new Directory(1, kernel.ports.random);
    this.instances = new Instances(kernel, parent, { instanceGone: (instance) => this.#gone(instance) });
  }

  get ways(): KeyedWays {
    return this.#ways;
  }

  /** This host is one among others. Call it before the first ref is made. */
  join(ways: KeyedWays): void {
    this.#ways = ways;
    this.#directory = new Directory(ways.hosts, this.kernel.ports.random);
  }

  /** Keys whose home is this host and that have an instance. */
  get placed(): number {
    return this.#directory.size;
  }

  /** Recipients that this host keeps by itself. */
  get kept(): number {
    return this.#lookUps.size + this.#found.size;
  }

  /** See `KeyedPort`. @throws ERR_OPTION_INVALID without a `keyed` option, ERR_DEFINITIONS when no module exports it */
  refs(definition: ErasedDefinition): RefTable {
    let table = this.#refs.get(definition.name);
    if (table === undefined) {
      if (definition.keyed === null) {
        const option = `defineActor('${definition.name}').keyed`;
        throw optionError(option, undefined, 'an object, such as {}, in an actor that is reached by key');
      }
      // Another host may have to make it: @throws ERR_DEFINITIONS when none could.
      if (this.#ways !== ALONE) this.#ways.definition(definition.name);
      table = new RefTable(this, definition);
      this.#refs.set(definition.name, table);
    }
    return table;
  }

  keyOf(cell: Cell): string | undefined {
    const { args, definition } = cell;
    if (typeof args !== 'string') return undefined;
    return this.instances.get(nameOf(definition.name, args))?.cell === cell ? args : undefined;
  }

  /** The ref for a key that came in a message. @throws ERR_OPTION_INVALID */
  refOf(definition: string, key: string): ActorRef {
    return this.refs(this.#ways.definition(definition)).ref(key);
  }

  /** Adds what was refused or waits on this host for keyed actors, and what was offered to those of other hosts. */
  addTo(total: LedgerTotal): void {
    total.add(this.#rested);
    total.refused += this.losses.refused;
    for (const [reason, count] of Object.entries(this.losses.dropped) as [
      keyof typeof total.dropped,
      number,
    ][])
      total.dropped[reason] = (total.dropped[reason] ?? 0) + count;
    for (const recipient of new Set([...this.#lookUps.values(), ...this.#found.values()]))
      total.add(recipient.ledger());
  }

  find(recipient: KeyedRecipient): void {
    const { definition, key } = recipient;
    const name = nameOf(definition.name, key);
    const here = this.instances.get(name);
    if (here !== undefined && !here.cell.gone) {
      recipient.foundHere(here.cell);
      return;
    }
    this.#lastLookUp = (this.#lastLookUp % 0x7fffffff) + 1;
    recipient.lookUp = this.#lastLookUp;
    this.#lookUps.set(recipient.lookUp, recipient);
    this.#askHome({ host: this.#ways.self, lookUp: recipient.lookUp }, definition, key, name);
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

  /** A row from another host. Never throws for what it says. */
  receive(host: number, row: KeyedRow): void {
    switch (row.kind) {
      case KEYED_ROW.find: {
        const at = this.#keyIn(row);
        if (at !== null) this.#find({ host: row.from, lookUp: row.target }, at.definition, at.key, at.name);
        return;
      }
      case KEYED_ROW.serve: {
        const at = this.#keyIn(row);
        const asker = { host: row.from, lookUp: row.target };
        if (at !== null) this.#serve(asker, at.definition, at.key, at.name, row.ask, row.handler === 1);
        return;
      }
      case KEYED_ROW.attached: {
        const recipient = this.#answered(row.target);
        const id = row.payload;
        if (recipient === undefined || typeof id !== 'number') return;
        this.#found.set(id, recipient);
        recipient.found({ host, id, slot: row.from, generation: row.ask });
        return;
      }
      case KEYED_ROW.refused:
        this.#answered(row.target)?.refuse('ERR_SYSTEM_STOPPING');
        return;
      case KEYED_ROW.released: {
        const at = this.#keyIn(row);
        if (at !== null) this.#directory.release(at.name, row.ask);
        return;
      }
      default:
        this.strayRows += 1;
    }
  }

  // Home.

  #find(asker: Asker, definition: ErasedDefinition, key: string, name: string): void {
    const known = this.#directory.find(name);
    const { host, instance } = known ?? this.#directory.place(name);
    const make = known === undefined;
    if (host === this.#ways.self) this.#serve(asker, definition, key, name, instance, make);
    else this.#say(host, KEYED_ROW.serve, asker, make ? 1 : 0, instance, [definition.name, key]);
  }

  // Holder.

  #serve(
    asker: Asker,
    definition: ErasedDefinition,
    key: string,
    name: string,
    number: number,
    make: boolean,
  ): void {
    let instance = this.instances.get(name);
    if (instance === undefined && !make) {
      // It was let go after the home sent the asker here; the home has been told by now.
      this.#askHome(asker, definition, key, name);
      return;
    }
    if (instance === undefined) {
      const made = this.instances.make(definition, key, name, number);
      if (made === null) {
        this.#release(name, definition, key, number);
        this.#refuse(asker);
        return;
      }
      instance = made;
    }
    if (instance.cell.gone) {
      instance.waiting ??= [];
      instance.waiting.push(asker);
      return;
    }
    this.#attach(asker, instance.cell);
  }

  #attach(asker: Asker, cell: Cell): void {
    if (asker.host === this.#ways.self) {
      this.#answered(asker.lookUp)?.foundHere(cell);
      return;
    }
    const lent = this.#ways.slotFor(cell, asker.host);
    if (lent === null) this.#refuse(asker);
    else this.#ways.say(asker.host, KEYED_ROW.attached, 0, asker.lookUp, lent.slot, lent.generation, cell.id);
  }

  #refuse(asker: Asker): void {
    if (asker.host === this.#ways.self) this.#answered(asker.lookUp)?.refuse('ERR_SYSTEM_STOPPING');
    else this.#ways.say(asker.host, KEYED_ROW.refused, 0, asker.lookUp, 0, 0, undefined);
  }

  #gone({ name, definition, key, number, waiting, cell }: Instance): void {
    this.#refs.get(definition.name)?.peek(key)?.dropCell(cell);
    this.#release(name, definition, key, number);
    for (const asker of waiting ?? []) this.#askHome(asker, definition, key, name);
  }

  #release(name: string, definition: ErasedDefinition, key: string, number: number): void {
    const home = homeOf(name, this.#ways.hosts);
    if (home === this.#ways.self) this.#directory.release(name, number);
    else this.#ways.say(home, KEYED_ROW.released, 0, 0, 0, number, [definition.name, key]);
  }

  // Everybody.

  #askHome(asker: Asker, definition: ErasedDefinition, key: string, name: string): void {
    const home = homeOf(name, this.#ways.hosts);
    if (home === this.#ways.self) this.#find(asker, definition, key, name);
    else this.#say(home, KEYED_ROW.find, asker, 0, 0, [definition.name, key]);
  }

  #say(host: number, kind: number, asker: Asker, handler: number, ask: number, words: KeyWords): void {
    this.#ways.say(host, kind, handler, asker.lookUp, asker.host, ask, words);
  }

  #answered(lookUp: number): KeyedRecipient | undefined {
    const recipient = this.#lookUps.get(lookUp);
    if (recipient === undefined) {
      this.strayRows += 1;
      return undefined;
    }
    this.#lookUps.delete(lookUp);
    recipient.lookUp = 0;
    return recipient;
  }

  #keyIn(row: KeyedRow): { definition: ErasedDefinition; key: string; name: string } | null {
    const [definition, key] = Array.isArray(row.payload) ? (row.payload as unknown[]) : [];
    if (typeof definition === 'string' && typeof key === 'string' && isKey(key)) {
      const found = definitionIn(this.#ways, definition);
      if (found !== null) return { definition: found, key, name: nameOf(definition, key) };
    }
    this.strayRows += 1;
    return null;
  }
}

/** Refs to the actors of one definition. */
export class RefTable {
  readonly #host: KeyedHost;
  readonly #definition: ErasedDefinition;
  readonly #refs = new Map<string, WeakRef<KeyedRecipient>>();
  readonly #forgotten: FinalizationRegistry<string>;

  constructor(host: KeyedHost, definition: ErasedDefinition) {
    this.#host = host;
    this.#definition = definition;
    this.#forgotten = new FinalizationRegistry((key) => {
      // Somebody may have asked for the key again meanwhile.
      if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
    });
  }

  /** Keys with a ref that somebody holds, or held not long ago. */
  get size(): number {
    return this.#refs.size;
  }

  /** See `KeyedRefs.ref`. @throws ERR_OPTION_INVALID */
  ref(key: string): ActorRef {
    const known = this.#refs.get(key)?.deref();
    if (known !== undefined) return known.ref;
    if (!isKey(key)) {
      throw optionError(
        `keyed('${this.#definition.name}').ref`,
        key,
        `a text of 1 to ${KEY_MAX_CHARS} characters`,
      );
    }
    const recipient = new KeyedRecipient(this.#host, this.#definition, key);
    this.#refs.set(key, new WeakRef(recipient));
    this.#forgotten.register(recipient, key);
    return recipient.ref;
  }

  /** The recipient of a key if there is one. */
  peek(key: string): KeyedRecipient | undefined {
    return this.#refs.get(key)?.deref();
  }
}

function isKey(key: unknown): key is string {
  // A lone surrogate does not survive the way to another thread.
  return (
    typeof key === 'string' && key.length > 0 && key.length <= KEY_MAX_CHARS && !/\p{Surrogate}/u.test(key)
  );
}

/** A definition's name holds no slash, so no two actors share this. */
function nameOf(definition: string, key: string): string {
  return `${definition}/${key}`;
}

function definitionIn(ways: KeyedWays, name: string): ErasedDefinition | null {
  try {
    return ways.definition(name);
  } catch {
    return null;
  }
}
