/**
 * Keyed actors on one host: the three sides of the protocol that finds them, and who calls each. Owns the tables of
 * refs and the reading of rows; holds that a row which makes no sense changes nothing. The sides are the look-ups, which ask
 * for actors; the home of a key, which knows where its actor is; and the holder, which has it. What they say to each
 * other, between hosts and on one, is in `keyed-words.ts`. Called by the system for refs and accounts, by the node
 * for rows, and by whoever steers all hosts through deaths of workers.
 *
 * When a worker dies, look-ups wait until all hosts agree on the homes of keys (`homes.ts`), and are then asked
 * again under new numbers: whoever answers the old ones finds nobody.
 */
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition } from '../actor/definition.ts';
import type { KeyedPort } from '../actor/keyed-port.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { StopReason } from '../events.ts';
import { optionError } from '../options.ts';
import type { ActorRef } from '../ref.ts';
import { type ActorKey, actorKey, isKey, keyedName } from './actor-key.ts';
import { Holder } from './holder.ts';
import { Home } from './home.ts';
import type { HomeChange, PlacedKey } from './homes.ts';
import type { KeyedRecipient } from './keyed-recipient.ts';
import { ALONE, KEYED_ROW, type KeyedSides, type KeyedWays } from './keyed-words.ts';
import { LookUps } from './look-ups.ts';
import { RefTable } from './ref-table.ts';

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
export class KeyedHost implements KeyedPort, KeyedSides {
  readonly lookUps: LookUps;
  readonly home: Home;
  readonly holder: Holder;
  readonly #refs = new Map<string, RefTable>();
  #ways: KeyedWays = ALONE;

  /** @param parent the actor under which keyed actors live on this host */
  constructor(kernel: Kernel, parent: () => Cell) {
    this.lookUps = new LookUps(kernel, this);
    this.home = new Home(kernel, this);
    this.holder = new Holder(kernel, this, parent);
  }

  get ways(): KeyedWays {
    return this.#ways;
  }

  /** This host is one among others. Call it before the first ref is made. */
  join(ways: KeyedWays): void {
    this.#ways = ways;
    this.home.join();
  }

  // Refs.

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
      table = new RefTable(this.lookUps, definition);
      this.#refs.set(definition.name, table);
    }
    return table;
  }

  /** The ref for a key that came in a message. @throws ERR_OPTION_INVALID */
  refOf(definition: string, key: string): ActorRef {
    return this.refs(this.#ways.definition(definition)).ref(key);
  }

  peek({ definition, key }: ActorKey): KeyedRecipient | undefined {
    return this.#refs.get(definition.name)?.peek(key);
  }

  keyOf(cell: Cell): string | undefined {
    const { args, definition } = cell;
    if (typeof args !== 'string') return undefined;
    return this.holder.instances.get(keyedName(definition.name, args))?.cell === cell ? args : undefined;
  }

  // What other hosts say.

  /** An actor of another host is gone. True when it was found by key. */
  vanished(id: number, reason: StopReason): boolean {
    return this.lookUps.vanished(id, reason);
  }

  /** A row from another host. False when it was for nobody. Never throws for what it says. */
  receive(host: number, { kind, handler, target, from, ask, payload }: KeyedRow): boolean {
    if (kind === KEYED_ROW.attached) {
      const id = payload;
      return typeof id === 'number' && this.lookUps.found(target, { host, id, slot: from, generation: ask });
    }
    if (kind === KEYED_ROW.refused) return this.lookUps.refused(target, 'ERR_SYSTEM_STOPPING');
    const at = this.#keyIn(payload);
    if (at === null) return false;
    const asker = { host: from, lookUp: target };
    if (kind === KEYED_ROW.find) this.home.ask(asker, at);
    else if (kind === KEYED_ROW.serve) this.holder.serve(asker, at, ask, handler === 1);
    else if (kind === KEYED_ROW.released) this.home.release(at, ask);
    else return false;
    return true;
  }

  #keyIn(payload: unknown): ActorKey | null {
    const [name, key] = Array.isArray(payload) ? (payload as unknown[]) : [];
    if (typeof name !== 'string' || !isKey(key)) return null;
    try {
      return actorKey(this.#ways.definition(name), key);
    } catch {
      return null;
    }
  }

  // Deaths and returns of workers.

  /** A worker died. What it had not taken waits again by now. Nothing is looked up until {@link resume}. */
  hostLost(host: number): void {
    this.home.hostLost(host);
    this.holder.instances.forgetAsker(host);
    this.lookUps.hostLost(host);
  }

  /** Homes change. @returns what this host hands over to them */
  rehome(change: HomeChange): PlacedKey[] {
    return this.home.rehome(change);
  }

  /** Instances of keys whose home this host has become. */
  adopt(placed: readonly PlacedKey[]): void {
    this.home.adopt(placed);
  }

  /** All hosts agree on the homes: whoever looks for an actor asks again. */
  resume(): void {
    const looking = this.lookUps.end();
    this.home.resume();
    this.lookUps.begin(looking);
  }
}
