/**
 * A virtual host: the loop that a worker thread runs, one action a step. Owns the application that sends from it and
 * whether it sleeps; its parts own its actors, what they lend, what comes, what leaves, what is sent, who waits and
 * what it knows of the other hosts. Holds the order of things that the protocol relies on: frames of a dead host
 * before its credit is taken back, a fence behind everything paid for with a dead owner's credit, grants before sleep.
 * Called by the world; must not choose faults.
 */
import { SimActors } from './sim-actors.ts';
import type { SimCell, SimSender } from './sim-cell.ts';
import { SimInbox } from './sim-inbox.ts';
import { SimMoves } from './sim-moves.ts';
import { SimOutbox } from './sim-outbox.ts';
import { SimPeers } from './sim-peers.ts';
import { SimSends } from './sim-sends.ts';
import { SimSlots } from './sim-slots.ts';
import type { SimSurroundings } from './sim-surroundings.ts';
import { SimWaits } from './sim-waits.ts';

/** Sends that wait at one application sender, at most. */
const PARKED_OUTSIDE_MAX = 6;
/** A sleeping host looks by itself after this long, should its wake-up be lost. */
export const SLEEP_MAX_MS = 100;

/** One virtual host, in one incarnation. */
export class SimHost {
  readonly index: number;
  readonly incarnation: number;
  readonly peers: SimPeers;
  readonly outbox: SimOutbox;
  readonly slots: SimSlots;
  readonly sends: SimSends;
  readonly waits: SimWaits;
  readonly actors: SimActors;
  readonly moves: SimMoves;
  readonly inbox: SimInbox;
  readonly apps: SimSender[] = [];
  asleep: boolean = false;
  dead = false;
  /** In the middle of a step that another host's step interrupted. */
  busy = false;
  sleptAtMs = 0;
  readonly #world: SimSurroundings;

  constructor(world: SimSurroundings, index: number, incarnation: number) {
    this.#world = world;
    this.index = index;
    this.incarnation = incarnation;
    this.peers = new SimPeers(world, index, incarnation);
    this.outbox = new SimOutbox(world, this, this.peers, (message) => this.actors.end(message, 'refused'));
    this.slots = new SimSlots(world, this, this.outbox);
    this.sends = new SimSends(world, this);
    this.waits = new SimWaits(world, this, {
      post: (to, probe) => this.outbox.post(to, { kind: 'probe', probe }),
      relieve: (parked) => this.sends.relieve(parked),
      abort: (parked) => this.sends.abort(parked),
      giveUp: (cell, ask) => {
        this.waits.answered(cell, ask);
        this.actors.resume(cell);
      },
    });
    this.actors = new SimActors(world, this);
    this.moves = new SimMoves(world, this);
    this.inbox = new SimInbox(world, this);
    for (let i = 0; i < 2; i += 1) {
      this.apps.push({
        key: world.nextId(),
        cell: undefined,
        parked: new Set(),
        parkedMax: PARKED_OUTSIDE_MAX,
      });
    }
  }

  /** Introduces this incarnation to the others. */
  greet(): void {
    for (let to = 0; to < this.#world.hosts; to += 1) {
      if (to === this.index) continue;
      // Also a fence behind what former incarnations paid for, but not behind what this one will pay for.
      this.outbox.announce(to, { kind: 'hello', ofIncarnation: this.peers.epochOf(to) });
    }
  }

  /** An actor came back after its host died: its former messages may still be on their way. */
  revive(cell: SimCell): void {
    this.actors.settleIn(cell);
    this.peers.hold(cell.id, this.slots.lend(cell));
  }

  /** `host` died in this incarnation: its frames first, then its credit, then a fence. */
  reap(host: number, incarnation: number): void {
    if (!this.peers.mourns(host, incarnation)) return;
    this.inbox.readLast(host, incarnation);
    this.slots.lenders.reclaim(host);
    this.sends.leases.forget(host);
    this.peers.died(host, incarnation);
    // Nothing more may be paid for with credit of the dead, or it would come behind the fence.
    const cutOff = this.sends.cutOff(host);
    this.#world.oracle.reclaimed(this.index, host);
    // All its frames were read, so none paid for with an earlier incarnation's credit is to come.
    this.peers.fence(host, this.incarnation);
    this.outbox.flush(host);
    this.outbox.announce(host, { kind: 'fence', ofIncarnation: incarnation + 1 });
    this.sends.reconnect(cutOff);
  }

  /** Makes one step, and goes to sleep when there is nothing to do. */
  step(sends: boolean): void {
    const { network, random, nowMs } = this.#world;
    let options = 0;
    if (network.controlWaiting(this.index) > 0) options |= 1;
    if (network.dataWaiting(this.index) > 0) options |= 2;
    if (this.outbox.size > 0) options |= 4;
    if (this.actors.ready) options |= 8;
    if (nowMs >= this.waits.dueMs) options |= 16;
    if (this.moves.ready) options |= 32;
    if (options === 0) {
      if (sends) this.#application();
      else this.#sleep();
      return;
    }
    if (sends && random.chance(300)) {
      this.#application();
      return;
    }
    let choice = random.next(6);
    while ((options & (1 << choice)) === 0) choice = (choice + 1) % 6;
    switch (choice) {
      case 0:
        this.inbox.readControl();
        return;
      case 1:
        this.inbox.readData();
        return;
      case 2:
        this.outbox.flushOne();
        return;
      case 3:
        this.actors.turn();
        return;
      case 4:
        this.waits.expire(this.actors.population);
        return;
      default:
        this.moves.step();
    }
  }

  #application(): void {
    const { random } = this.#world;
    const hops = random.next(4);
    this.sends.send(random.pick(this.apps), this.#world.chooseTarget(), hops);
  }

  #sleep(): void {
    this.sends.leases.endOfPass();
    if (!this.slots.lenders.beforeSleep() || this.actors.ready) return;
    this.#world.oracle.sleeps(this);
    this.sleptAtMs = this.#world.nowMs;
    this.#world.interrupts.moment();
    this.asleep = true;
    this.#world.interrupts.moment();
    const { network } = this.#world;
    if (network.controlWaiting(this.index) + network.dataWaiting(this.index) > 0) this.asleep = false;
  }
}
