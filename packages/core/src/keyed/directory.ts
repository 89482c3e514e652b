/**
 * The shard of the directory of keyed actors that one host keeps: for each key whose home it is and that has an
 * instance, where that is. Owns the choice of a host for a new instance; holds that a key has one entry, from
 * the decision to make the instance until its host says that it is gone, or dies. Must not know cells or links.
 */
import { type ChooserOptions, HostChooser } from './placer.ts';

/** Where an instance is. */
export interface Entry {
  readonly host: number;
  /** Tells this instance from all others that the system ever had. */
  readonly instance: number;
}

/** One shard. */
export class Directory {
  readonly #entries = new Map<string, Entry>();
  readonly #placed: number[];
  readonly #chooser: HostChooser;
  readonly #nextInstance: () => number;

  /**
   * @param hosts hosts of the system, the main thread included
   * @param nextInstance hands out numbers that no instance has or had
   * @param options what a host for an instance is chosen by
   */
  constructor(hosts: number, nextInstance: () => number, options: ChooserOptions) {
    this.#placed = Array.from({ length: hosts }, () => 0);
    this.#nextInstance = nextInstance;
    this.#chooser = new HostChooser(options);
  }

  /** Keys with an instance. */
  get size(): number {
    return this.#entries.size;
  }

  /** Where the instance of a key is; undefined when there is none. */
  find(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /**
   * Chooses a host for a new instance and remembers it. The caller has seen that there is none.
   *
   * @param hosts those that may have it; at least one
   */
  place(name: string, hosts: readonly number[]): Entry {
    const host = this.#chooser.choose(hosts, (one) => this.#placed[one] ?? 0);
    const entry = { host, instance: this.#nextInstance() };
    this.adopt(name, entry);
    return entry;
  }

  /** Remembers an instance of which another home knew, or its own host. */
  adopt(name: string, entry: Entry): void {
    if (this.#entries.has(name)) return;
    this.#entries.set(name, entry);
    this.#placed[entry.host] = (this.#placed[entry.host] ?? 0) + 1;
  }

  /** An instance is gone. Harmless when it is not the one remembered. */
  release(name: string, instance: number): void {
    const entry = this.#entries.get(name);
    if (entry?.instance !== instance) return;
    this.#remove(name, entry);
  }

  /** A host died, and with it the instances that it had. O(entries). */
  forgetHost(host: number): void {
    for (const [name, entry] of this.#entries) if (entry.host === host) this.#remove(name, entry);
  }

  /** Takes out the entries of keys that `leaves` names. O(entries). */
  take(leaves: (name: string) => boolean): [name: string, entry: Entry][] {
    const taken: [string, Entry][] = [];
    for (const [name, entry] of this.#entries) {
      if (!leaves(name)) continue;
      taken.push([name, entry]);
      this.#remove(name, entry);
    }
    return taken;
  }

  #remove(name: string, { host }: Entry): void {
    this.#entries.delete(name);
    this.#placed[host] = (this.#placed[host] ?? 1) - 1;
  }
}

/** A number from 0 to 2³² − 1 that is the same for a text on every thread (FNV-1a, mixed as in MurmurHash3). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The home of a key: the worker that its hash names; while that one is dead, another that lives.
 *
 * @param hosts hosts of the system, the main thread included; a system without workers is at home on the main thread
 * @param living workers that live; at least one, if there are workers
 */
export function homeOf(name: string, hosts: number, living: readonly number[]): number {
  if (hosts === 1) return 0;
  const hash = hashOf(name);
  const first = 1 + (hash % (hosts - 1));
  if (living.length === hosts - 1 || living.includes(first)) return first;
  return living[Math.floor(hash / (hosts - 1)) % living.length] as number;
}
