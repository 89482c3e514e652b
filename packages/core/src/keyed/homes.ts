/**
 * Which worker is the home of which key, as one host sees it, and what waits here while that changes. Owns both;
 * holds that nothing is asked of a home between the moment when a worker's death or return is known here and the
 * moment when every host agrees on the homes and each home knows the instances of its keys. Told by whoever
 * steers all hosts; must not know what it holds back.
 *
 * How homes change, whoever steers: every host is told the workers that live, stops asking, and gives up what it
 * knew as the home of keys that it is no longer home of. A worker that died cannot: for its keys each host names the
 * instances that it has itself. All that goes to the new homes, and only then do hosts ask again.
 */
import { homeOf } from './directory.ts';

/** The instance of one key, as homes hand it over. */
export type PlacedKey = readonly [definition: string, key: string, host: number, instance: number];

/** What a host is told when homes change. */
export interface HomeChange {
  /** Workers that live. */
  readonly living: readonly number[];
  /** An earlier change was cut off by another death: hand over everything, whoever the home was. */
  readonly whole: boolean;
}

/** The homes of keys, and what waits for them. */
export class Homes {
  readonly #hosts: number;
  #living: readonly number[];
  #waiting: (() => void)[] = [];
  #paused: boolean;

  /** @param paused this host comes back among others, which have yet to agree with it */
  constructor(hosts: number, paused: boolean) {
    this.#hosts = hosts;
    this.#living = Array.from({ length: hosts - 1 }, (_, i) => i + 1);
    this.#paused = paused;
  }

  /** Workers that live. */
  get living(): readonly number[] {
    return this.#living;
  }

  /** True while nothing may be asked of a home. */
  get paused(): boolean {
    return this.#paused;
  }

  /** The home of a key; ask only while not paused. */
  of(name: string): number {
    return homeOf(name, this.#hosts, this.#living);
  }

  /** Nothing is asked until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Keeps something to be done after {@link resume}, in order. Bounded by look-ups and instances, which it is about. */
  later(what: () => void): void {
    this.#waiting.push(what);
  }

  /** These live now. Pauses. */
  change(living: readonly number[]): void {
    this.#paused = true;
    this.#living = living;
  }

  /** All hosts agree, and homes know their keys. */
  resume(): void {
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const what of waiting) what();
  }
}
