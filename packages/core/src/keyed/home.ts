/**
 * The homes of keys, of which this host is one. Owns its shard of the directory and the way to the others; holds that
 * the home of a key alone decides where its instance lives, and that nothing is said to a home while homes change
 * (`homes.ts`). Called by this host's look-ups and holder, by the keyed host with rows from others, and by whoever
 * steers all hosts through a change.
 */
import type { Kernel } from '../actor/kernel.ts';
import { type ActorKey, keyedName, splitKeyedName } from './actor-key.ts';
import { Directory } from './directory.ts';
import { type HomeChange, Homes, type PlacedKey } from './homes.ts';
import { type Asker, KEYED_ROW, type KeyedSides, type KeyWords, NUMBERS } from './keyed-words.ts';

/** The homes, as one host sees them and is one. */
export class Home {
  readonly #kernel: Kernel;
  readonly #sides: KeyedSides;
  #homes = new Homes(1, false);
  #directory: Directory;
  #lastInstance: number;

  constructor(kernel: Kernel, sides: KeyedSides) {
    this.#kernel = kernel;
    this.#sides = sides;
    this.#lastInstance = Math.floor(kernel.ports.random() * NUMBERS);
    this.#directory = this.#newDirectory();
  }

  /** This host is one among others. */
  join(): void {
    const { hosts, incarnation } = this.#sides.ways;
    this.#homes = new Homes(hosts, incarnation > 1);
    this.#directory = this.#newDirectory();
  }

  #newDirectory(): Directory {
    const nextInstance = (): number => {
      this.#lastInstance = (this.#lastInstance + 1) % NUMBERS;
      return this.#lastInstance;
    };
    const { ports } = this.#kernel;
    return new Directory(this.#sides.ways.hosts, nextInstance, {
      random: ports.random,
      now: () => ports.clock.now(),
      loadOf: (host) => this.#sides.ways.loadOf(host),
    });
  }

  /** Keys whose home is this host and that have an instance. */
  get placed(): number {
    return this.#directory.size;
  }

  /** False for a worker that is known here to have died. */
  lives(host: number): boolean {
    return host === 0 || this.#homes.living.includes(host);
  }

  /** Asks the home of a key for its instance; it has one made if there is none. */
  ask(asker: Asker, at: ActorKey): void {
    const { ways, holder } = this.#sides;
    if (this.#homes.paused) {
      // One of this host's asks again by itself.
      if (asker.host !== ways.self) this.#homes.later(() => this.ask(asker, at));
      return;
    }
    const home = this.#homes.of(at.name);
    if (home !== ways.self) {
      ways.say(home, KEYED_ROW.find, 0, asker.lookUp, asker.host, 0, wordsFor(at));
      return;
    }
    const known = this.#directory.find(at.name);
    const make = known === undefined;
    const { host, instance } = known ?? this.#directory.place(at.name, this.#hostsFor());
    if (host === ways.self) holder.serve(asker, at, instance, make);
    else ways.say(host, KEYED_ROW.serve, make ? 1 : 0, asker.lookUp, asker.host, instance, wordsFor(at));
  }

  /** Tells the home of a key that an instance is gone. */
  release(at: ActorKey, number: number): void {
    if (this.#homes.paused) {
      this.#homes.later(() => this.release(at, number));
      return;
    }
    const { ways } = this.#sides;
    const home = this.#homes.of(at.name);
    if (home === ways.self) this.#directory.release(at.name, number);
    else ways.say(home, KEYED_ROW.released, 0, 0, 0, number, wordsFor(at));
  }

  #hostsFor(): readonly number[] {
    return this.#sides.ways.hosts === 1 ? [0] : this.#homes.living;
  }

  // Deaths and returns of workers.

  /** A worker died. Nothing is said to a home until {@link resume}. */
  hostLost(host: number): void {
    this.#homes.pause();
    this.#directory.forgetHost(host);
  }

  /** Homes change. @returns what this host hands over to them */
  rehome({ living, whole }: HomeChange): PlacedKey[] {
    const before = this.#homes.living;
    const dead = before.filter((worker) => !living.includes(worker));
    // Before homes change: those whose home died, and cannot tell.
    const orphaned = (name: string): boolean => whole || dead.includes(this.#homes.of(name));
    const { ways, holder } = this.#sides;
    const { self, hosts } = ways;
    const orphans = whole || dead.length > 0 ? holder.instances.named(orphaned) : [];
    const placed = orphans.map(
      ({ definition, key, number }): PlacedKey => [definition.name, key, self, number],
    );
    this.#homes.change(living);
    if (hosts === 1) return placed;
    for (const [name, { host, instance }] of this.#directory.take(
      (one) => whole || living.length === 0 || this.#homes.of(one) !== self,
    ))
      placed.push([...splitKeyedName(name), host, instance]);
    return placed;
  }

  /** Instances of keys whose home this host has become. */
  adopt(placed: readonly PlacedKey[]): void {
    for (const [definition, key, host, instance] of placed)
      this.#directory.adopt(keyedName(definition, key), { host, instance });
  }

  /** All hosts agree on the homes. */
  resume(): void {
    this.#homes.resume();
  }
}

function wordsFor({ definition, key }: ActorKey): KeyWords {
  return [definition.name, key];
}
