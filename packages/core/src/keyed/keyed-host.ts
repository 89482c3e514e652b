/**
 * Keyed actors on one host: the refs that this host holds, the look-ups under way, its shard of the directory,
 * its instances. Owns the protocol between these; holds that each look-up is answered once, by the host that
 * has the instance or could not make it. What it says to other hosts and to itself is in `keyed-words.ts`.
 *
 * A ref costs memory while somebody holds it. The table of refs is weak, and a recipient is kept by this host
 * only while it looks for its actor, has a slot of another host's, or has counts that are not added up yet.
 *
 * When a worker dies, look-ups wait until all hosts agree on the homes of keys (`homes.ts`), and are then asked
 * again under new numbers: whoever answers the old ones finds nobody.
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
import { Directory } from './directory.ts';
import { type HomeChange, Homes, type PlacedKey } from './homes.ts';
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
  #homes: Homes = new Homes(1, false);
  #givenUp = false;
  readonly #refs = new Map<string, RefTable>();
  /** Recipients that look for their actor, by the number of the look-up. */
  readonly #lookUps = new Map<number, KeyedRecipient>();
  /** Recipients with a slot of another host's, by the id of the actor there. */
  readonly #found = new Map<number, KeyedRecipient>();
  readonly #rested = new LedgerTotal();
  #lastLookUp: number;
  #lastInstance: number;

  /** @param parent the actor under which keyed actors live on this host */
  constructor(kernel: Kernel, parent: () => Cell) {
    this.kernel = kernel;
    this.losses = new Losses(kernel.losses);
    // Not from one: a late answer to an earlier incarnation of this host must find nobody.
    this.#lastLookUp = Math.floor(kernel.ports.random() * NUMBERS);
    this.#lastInstance = Math.floor(kernel.ports.random() * NUMBERS);
    this.#directory = this.#newDirectory();
    this.instances = new Instances(kernel, parent, { instanceGone: (instance) => this.#gone(instance) });
  }

  get ways(): KeyedWays {
    return this.#ways;
  }

  /** This host is one among others. Call it before the first ref is made. */
  join(ways: KeyedWays): void {
    this.#ways = ways;
    this.#homes = new Homes(ways.hosts, ways.incarnation > 1);
    this.#directory = this.#newDirectory();
  }

  #newDirectory(): Directory {
    const nextInstance = (): number => {
      this.#lastInstance = (this.#lastInstance + 1) % NUMBERS;
      return this.#lastInstance;
    };
    const { hosts } = this.#ways;
    return new Directory(hosts, this.kernel.ports.random, nextInstance, (host) => this.#ways.loadOf(host));
  }

  // Deaths and returns of workers.

  /** Recipients of actors on a host, by the slot that pays, for messages that come back from it. */
  recipientsOn(host: number): KeyedRecipient[] {
    return [...this.#found.values()].filter((recipient) => recipient.host === host);
  }

  /** A worker died. What it had not taken waits again by now. Nothing is looked up until {@link resume}. */
  hostLost(host: number): void {
    this.#homes.pause();
    this.#directory.forgetHost(host);
    this.instances.forgetAsker(host);
    const lost = new Set(this.recipientsOn(host));
    for (const [id, recipient] of [...this.#found]) if (lost.has(recipient)) this.#found.delete(id);
    for (const recipient of lost) recipient.hostLost();
  }

  /** Homes change. @returns what this host hands over to them */
  rehome({ living, whole }: HomeChange): PlacedKey[] {
    const before = this.#homes.living;
    const dead = before.filter((worker) => !living.includes(worker));
    // Before homes change: those whose home died, and cannot tell.
    const orphaned = (name: string): boolean => whole || dead.includes(this.#homes.of(name));
    const { self, hosts } = this.#ways;
    const orphans = whole || dead.length > 0 ? this.instances.named(orphaned) : [];
    const placed = orphans.map(
      ({ definition, key, number }): PlacedKey => [definition.name, key, self, number],
    );
    this.#homes.change(living);
    if (hosts === 1) return placed;
    for (const [name, { host, instance }] of this.#directory.take(
      (one) => whole || living.length === 0 || this.#homes.of(one) !== self,
    )) {
      const slash = name.indexOf('/');
      placed.push([name.slice(0, slash), name.slice(slash + 1), host, instance]);
    }
    return placed;
  }

  /** The actor of another host that was found by key and has this id. */
  foundAs(id: number): KeyedRecipient | undefined {
    return this.#found.get(id);
  }

  /** False for a worker that is known here to have died. */
  lives(host: number): boolean {
    return host === 0 || this.#homes.living.includes(host);
  }

  /** Instances of keys whose home this host has become. */
  adopt(placed: readonly PlacedKey[]): void {
    for (const [definition, key, host, instance] of placed)
      this.#directory.adopt(nameOf(definition, key), { host, instance });
  }

  /** All hosts agree on the homes: whoever looks for an actor asks again. */
  resume(): void {
    const looking = [...this.#lookUps.values()];
    this.#lookUps.clear();
    this.#homes.resume();
    for (const recipient of looking) {
      recipient.lookUp = 0;
      this.find(recipient);
    }
  }

  /** No worker lives and none will: what looks for an actor is refused, now and from now on. */
  giveUp(): void {
    this.#givenUp = true;
    const looking = [...this.#lookUps.values()];
    this.#lookUps.clear();
    for (const recipient of looking) {
      recipient.lookUp = 0;
      recipient.refuse('ERR_HOST_LOST');
    }
  }

  /** True once no actor will be found or made any more. */
  get givenUp(): boolean {
    return this.#givenUp;
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
    if (this.#givenUp) {
      recipient.refuse('ERR_HOST_LOST');
      return;
    }
    do this.#lastLookUp = (this.#lastLookUp % NUMBERS) + 1;
    while (this.#lookUps.has(this.#lastLookUp));
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
        if (at !== null) this.#release(at.name, at.definition, at.key, row.ask);
        return;
      }
      default:
        this.strayRows += 1;
    }
  }

  // Home.

  #find(asker: Asker, definition: ErasedDefinition, key: string, name: string): void {
    // The home has moved on while the asker was on its way, or is about to.
    if (this.#homes.paused || this.#homes.of(name) !== this.#ways.self) {
      this.#askHome(asker, definition, key, name);
      return;
    }
    const known = this.#directory.find(name);
    const { host, instance } = known ?? this.#directory.place(name, this.#hostsFor());
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
      // It was let go after the home sent the asker here; the home has been told by now, or another one has not.
      this.#release(name, definition, key, number);
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
    if (this.#homes.paused) {
      this.#homes.later(() => this.#release(name, definition, key, number));
      return;
    }
    const home = this.#homes.of(name);
    if (home === this.#ways.self) this.#directory.release(name, number);
    else this.#ways.say(home, KEYED_ROW.released, 0, 0, 0, number, [definition.name, key]);
  }

  // Everybody.

  #askHome(asker: Asker, definition: ErasedDefinition, key: string, name: string): void {
    if (this.#homes.paused) {
      // One of this host's asks again by itself.
      if (asker.host !== this.#ways.self)
        this.#homes.later(() => this.#askHome(asker, definition, key, name));
      return;
    }
    const home = this.#homes.of(name);
    if (home === this.#ways.self) this.#find(asker, definition, key, name);
    else this.#say(home, KEYED_ROW.find, asker, 0, 0, [definition.name, key]);
  }

  #hostsFor(): readonly number[] {
    return this.#ways.hosts === 1 ? [0] : this.#homes.living;
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

/** Numbers that look-ups and instances go round in; they travel as 32 bits with a sign. */
const NUMBERS = 0x7fffffff;

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
