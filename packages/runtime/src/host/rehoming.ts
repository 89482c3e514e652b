/**
 * Steers all hosts through a change of the homes of keyed actors, when a worker has died or is back. Owns the
 * order of it; holds that no host asks a home before every home knows the instances of its keys, so that there is
 * never a second one. Called by the running system, one change at a time; must not know rows or directories.
 */
import { type HomeChange, homeOf, type KeyedHost, type PlacedKey } from '@millrace/core/remote';
import type { ControlQuestion, ControlReply } from './control.ts';

/** What is needed to steer. */
export interface RehomingHosts {
  /** Hosts of the system, the main thread included. */
  readonly hosts: number;
  /** The keyed actors of the main thread. */
  readonly own: KeyedHost;
  /** Workers that live, at this moment. */
  living(): number[];
  /** Workers that died and of which the others have not been told: a change follows for each. */
  unsettled(): number;
  /** Asks one worker; rejects when it dies before it answers. */
  ask(host: number, question: ControlQuestion): Promise<ControlReply>;
}

/** The changes of one system. */
export class Rehoming {
  readonly #hosts: RehomingHosts;
  /** A change was cut off: what homes know may be with none of them. */
  #cutOff = false;

  constructor(hosts: RehomingHosts) {
    this.#hosts = hosts;
  }

  /** Makes the workers that live now the homes of all keys. Call it when hosts have been told who died. */
  async run(): Promise<void> {
    const { hosts, own } = this.#hosts;
    const living = this.#hosts.living();
    const change: HomeChange = { living, whole: this.#cutOff };
    // Set back at the end: a worker that dies meanwhile has its own change, which then begins from the start.
    this.#cutOff = true;
    if (this.#hosts.unsettled() > 0) return;
    const placed = own.rehome(change);
    const gaveUp = await this.#all(living, () => ({ what: 'rehome', change }));
    if (gaveUp === null || living.length === 0) return;
    for (const reply of gaveUp) for (const one of reply.placed ?? []) placed.push(one);
    const byHome = new Map<number, PlacedKey[]>();
    for (const one of placed) {
      const home = homeOf(`${one[0]}/${one[1]}`, hosts, living);
      const mine = byHome.get(home);
      if (mine === undefined) byHome.set(home, [one]);
      else mine.push(one);
    }
    const adopt = (home: number): ControlQuestion => ({ what: 'adopt', placed: byHome.get(home) ?? [] });
    if ((await this.#all([...byHome.keys()], adopt)) === null) return;
    this.#cutOff = false;
    own.resume();
    await this.#all(living, () => ({ what: 'resume' }));
  }

  /** Null when one of them died. */
  async #all(
    hosts: readonly number[],
    question: (host: number) => ControlQuestion,
  ): Promise<ControlReply[] | null> {
    const outcomes = await Promise.allSettled(hosts.map((host) => this.#hosts.ask(host, question(host))));
    const replies: ControlReply[] = [];
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') return null;
      replies.push(outcome.value);
    }
    return replies;
  }
}
