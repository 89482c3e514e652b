/**
 * The actors of one run: who there is, where each lives and who takes the place of one that is gone. Owns the homes,
 * the policies and whom messages are sent to; holds that there are always as many to send to. Called by the world.
 */
import { SimCell, type SimPolicy } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** Sends that wait at one actor, at most. */
const PARKED_PER_ACTOR_MAX = 3;

/** All actors of a world. */
export class Population {
  readonly #world: SimSurroundings;
  readonly #capacities: readonly number[];
  readonly #members: readonly SimHost[];
  /** By actor: its host, or -1. */
  readonly #homes: number[] = [];
  readonly #policies: SimPolicy[] = [];
  readonly #targets: number[] = [];

  /** @param members the hosts by index; the world puts a new one into the place of one that died */
  constructor(world: SimSurroundings, capacities: readonly number[], members: readonly SimHost[]) {
    this.#world = world;
    this.#capacities = capacities;
    this.#members = members;
  }

  /** Where an actor lives; -1 when it is gone. */
  homeOf(actor: number): number {
    return this.#homes[actor] ?? -1;
  }

  movedTo(actor: number, host: number): void {
    if (host >= 0 && this.#homes[actor] !== host) this.#world.oracle.coverage.moves += 1;
    this.#homes[actor] = host;
  }

  policyOf(actor: number): SimPolicy {
    return this.#policies[actor] ?? 'park';
  }

  /** An actor to send to. */
  chooseTarget(): number {
    return this.#world.random.pick(this.#targets);
  }

  /** Makes a new actor somewhere. */
  spawn(): void {
    const { random } = this.#world;
    const home = random.next(this.#world.hosts);
    const chosen = this.#members[home] as SimHost;
    const id = this.#world.nextId();
    const policy = random.chance(700) ? 'park' : random.pick(['drop-oldest', 'drop-newest', 'fail'] as const);
    const capacity = random.pick(this.#capacities);
    this.#policies[id] = policy;
    this.#targets.push(id);
    const able = (host: SimHost): boolean => !host.dead && !host.busy;
    const host = able(chosen) ? chosen : this.#members.find(able);
    // When nobody can take it now, it counts as gone.
    this.#homes[id] = host?.index ?? -1;
    host?.actors.settleIn(this.#cell(id, capacity, policy, host));
  }

  /** Nobody new sends to this one any more, but to another. */
  replace(actor: number): void {
    this.#targets.splice(this.#targets.indexOf(actor), 1);
    this.spawn();
  }

  /** A host is there again: most actors that lived on it go on, with all that was in them lost. */
  comeBack(lost: readonly SimCell[], host: SimHost): void {
    for (const cell of lost) {
      if (this.homeOf(cell.id) !== host.index) continue;
      if (this.#world.random.chance(850)) {
        host.revive(this.#cell(cell.id, cell.pool.capacityMessages, cell.policy, host));
      } else {
        this.#homes[cell.id] = -1;
        this.replace(cell.id);
      }
    }
  }

  #cell(id: number, capacity: number, policy: SimPolicy, host: SimHost): SimCell {
    return new SimCell(id, capacity, policy, PARKED_PER_ACTOR_MAX, this.#world.ledger, (parked) =>
      host.sends.settle(parked, 'admitted'),
    );
  }
}
