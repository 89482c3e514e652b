/**
 * The shard of the directory of keyed actors that one host keeps: for each key whose home it is and that has an
 * instance, where that is. Owns the choice of a host for a new instance; holds that a key has one entry, from
 * the decision to make the instance until its host says that it is gone. Must not know cells or links.
 *
 * Placement is the power of two choices: of two hosts drawn at random the one with fewer instances from this
 * home gets the next (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
import type { Random } from '../ports.ts';

/** Where an instance is. */
export interface Entry {
  readonly host: number;
  /** Tells this instance from earlier ones of the same key. */
  readonly instance: number;
}

/** One shard. */
export class Directory {
  readonly #entries = new Map<string, Entry>();
  readonly #placed: number[];
  readonly #random: Random;
  #lastInstance = 0;

  /** @param hosts hosts of the system, the main thread included */
  constructor(hosts: number, random: Random) {
    this.#placed = Array.from({ length: hosts }, () => 0);
    this.#random = random;
  }

  /** Keys with an instance. */
  get size(): number {
    return this.#entries.size;
  }

  /** Where the instance of a key is; undefined when there is none. */
  find(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Chooses a host for a new instance and remembers it. The caller has seen that there is none. */
  place(name: string): Entry {
    const host = this.#choose();
    this.#lastInstance = (this.#lastInstance + 1) & 0x7fffffff;
    const entry = { host, instance: this.#lastInstance };
    this.#entries.set(name, entry);
    this.#placed[host] = (this.#placed[host] ?? 0) + 1;
    return entry;
  }

  /** An instance is gone. Harmless when it is not the one remembered. */
  release(name: string, instance: number): void {
    const entry = this.#entries.get(name);
    if (entry?.instance !== instance) return;
    this.#entries.delete(name);
    this.#placed[entry.host] = (this.#placed[entry.host] ?? 1) - 1;
  }

  #choose(): number {
    const workers = this.#placed.length - 1;
    if (workers < 1) return 0;
    const one = 1 + Math.floor(this.#random() * workers);
    const two = 1 + Math.floor(this.#random() * workers);
    return (this.#placed[two] ?? 0) < (this.#placed[one] ?? 0) ? two : one;
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

/** The home of a key: a worker, or the only host there is. */
export function homeOf(name: string, hosts: number): number {
  return hosts === 1 ? 0 : 1 + (hashOf(name) % (hosts - 1));
}
