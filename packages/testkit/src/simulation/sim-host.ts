/**
 * A virtual host: the loop that a worker thread runs, one action a step, over the real lender table. Owns its actors
 * and what they are given to handle; its other parts own what it sends, who waits, what leaves and what it knows of
 * the other hosts. Holds the order of things that the protocol relies on: frames of a dead host before its credit is taken back, a fence behind everything paid
 * for with a dead owner's credit, grants before sleep. Called by the world; must not choose faults.
 */
import { type Lender, LenderTable, type WaitProbe } from '@millrace/core/credit';
import { SimWords } from './interrupts.ts';
import { check, type Fate, type SimMessage, unreachable } from './message.ts';
import type { Control, Frame, Parcel } from './network.ts';
import type { SimCell, SimSender } from './sim-cell.ts';
import { SimOutbox } from './sim-outbox.ts';
import { SimPeers } from './sim-peers.ts';
import { SimSends } from './sim-sends.ts';
import type { SimSurroundings } from './sim-surroundings.ts';
import { SimWaits } from './sim-waits.ts';

/** Sends that wait at one application sender, at most. */
const PARKED_OUTSIDE_MAX = 6;
/** Messages handled in one turn, at most. */
const TURN_MAX = 3;
/** A sleeping host looks by itself after this long, should its wake-up be lost. */
export const SLEEP_MAX_MS = 100;

/** How a parked send ended. */
export type Settlement = 'admitted' | 'refused' | 'dropped' | 'stopped';

/** One virtual host, in one incarnation. */
export class SimHost {
  readonly index: number;
  readonly incarnation: number;
  readonly peers: SimPeers;
  readonly outbox: SimOutbox;
  readonly waits: SimWaits;
  readonly sends: SimSends;
  readonly lenders: LenderTable;
  readonly cells: (SimCell | undefined)[] = [];
  /** Cells here, in no particular order. */
  readonly population: SimCell[] = [];
  readonly apps: SimSender[] = [];
  asleep: boolean = false;
  dead = false;
  /** In the middle of a step that another host's step interrupted. */
  busy = false;
  sleptAtMs = 0;
  readonly #world: SimSurroundings;
  /** By slot: the actor that has it. */
  readonly #slotActors: number[] = [];
  readonly #rests: SimMessage[] = [];
  /** Host whose control message is being obeyed, and stays on its lane meanwhile; or -1. */
  obeying = -1;

  constructor(world: SimSurroundings, index: number, incarnation: number) {
    this.#world = world;
    this.index = index;
    this.incarnation = incarnation;
    this.peers = new SimPeers(world, index, incarnation);
    this.outbox = new SimOutbox(world, this, this.peers, (message) => this.end(message, 'refused'));
    this.sends = new SimSends(world, this);
    this.waits = new SimWaits(world, this, {
      post: (to, probe) => this.outbox.post(to, { kind: 'probe', probe }),
      relieve: (parked) => this.sends.relieve(parked),
      abort: (parked) => this.sends.abort(parked),
      giveUp: (cell, ask) => {
        this.waits.answered(cell, ask);
        this.resume(cell);
      },
    });
    const port = {
      post: (to: number, signal: 'demand' | 'grant', slot: number) => this.outbox.signal(to, signal, slot),
    };
    this.lenders = new LenderTable(index, world.hosts, port, (page, lengthWords) => {
      const words = new SimWords(lengthWords, world.interrupts);
      world.addPage(index, incarnation, page, words);
      return words;
    });
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

  /** Adds an actor. */
  settleIn(cell: SimCell): void {
    this.cells[cell.id] = cell;
    this.population.push(cell);
  }

  /** An actor came back after its host died: its former messages may still be on their way. */
  revive(cell: SimCell): void {
    this.settleIn(cell);
    const lender = this.lenders.open(cell.pool, cell);
    this.#slotActors[lender.slot] = cell.id;
    cell.lender = lender;
    this.peers.hold(cell.id, lender);
    this.#world.oracle.opened(this.index, lender);
  }

  /** Makes one step, and goes to sleep when there is nothing to do. */
  step(sends: boolean): void {
    const { network, random, nowMs } = this.#world;
    let options = 0;
    if (network.controlWaiting(this.index) > 0) options |= 1;
    if (network.dataWaiting(this.index) > 0) options |= 2;
    if (this.outbox.size > 0) options |= 4;
    if (this.population.some(isReady)) options |= 8;
    if (nowMs >= this.waits.dueMs) options |= 16;
    if (this.population.some(canMove)) options |= 32;
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
        this.#readControl(network.controlFrom(this.index, random.next(this.#world.hosts)));
        return;
      case 1:
        this.#readData(network.dataFrom(this.index, random.next(this.#world.hosts)));
        return;
      case 2:
        this.outbox.flushOne();
        return;
      case 3:
        this.#turn();
        return;
      case 4:
        this.waits.expire(this.population);
        return;
      default:
        this.#move();
    }
  }

  // Sending.

  // Receiving.

  #readData(from: number): void {
    const { network } = this.#world;
    const frame = network.peekData(from, this.index);
    if (frame === undefined) return;
    this.#notice(from, frame.incarnation);
    // What was there before a new incarnation of the sender may have been read just now.
    if (network.peekData(from, this.index) !== frame) return;
    this.#accept(from, frame);
  }

  #accept(from: number, frame: Frame): void {
    const { network, ledger } = this.#world;
    if (frame.kind === 'hello' || frame.kind === 'fence') this.peers.fence(from, frame.ofIncarnation);
    else if (frame.kind === 'echo') {
      this.outbox.post(from, { kind: 'echoed', actor: frame.actor, round: frame.round });
    } else for (const parcel of frame.parcels) this.#receive(from, parcel);
    this.#world.interrupts.moment();
    // Only now: had this thread died before, its successor would read the frame again.
    network.takeData(from, this.index);
    if (frame.kind !== 'batch') return;
    for (const { message } of frame.parcels) message.at = this.index;
    this.lenders.endOfBatch();
    for (const message of this.#rests.splice(0)) {
      ledger.settle(message, 'dead');
      this.#answer(message);
    }
  }

  #receive(from: number, parcel: Parcel): void {
    const { message } = parcel;
    const cell = this.cells[message.to];
    if (parcel.ownerIncarnation < this.incarnation) {
      check(
        !this.peers.isFenced(from),
        'I10 generations never mix',
        () => `message ${message.id} came behind the fence`,
      );
      const receipt = this.peers.heldFor(message.to)?.receiveHeld() ?? 'closed';
      check(receipt !== 'unpaid', 'I7 what is paid for is admitted', () => `message ${message.id}`);
      if (receipt === 'admit' && cell !== undefined) this.#queue(cell, message, from);
      else this.#rests.push(message);
      return;
    }
    const lender = this.lenders.get(parcel.slot);
    const receipt = this.lenders.receive(from, parcel.slot);
    check(receipt !== 'unpaid', 'I2 received ≤ spent', () => `message ${message.id}`);
    check(
      this.#slotActors[parcel.slot] === message.to,
      'I10 generations never mix',
      () => `message ${message.id} for actor ${message.to} came to ${String(this.#slotActors[parcel.slot])}`,
    );
    if (receipt === 'closed') {
      this.#rests.push(message);
      return;
    }
    check(
      cell !== undefined && cell.lender === lender,
      'I10 generations never mix',
      () => `slot ${parcel.slot}`,
    );
    this.#queue(cell, message, from);
  }

  #queue(cell: SimCell, message: SimMessage, from: number): void {
    cell.pool.pushLent(message);
    if (cell.lender !== undefined) this.#world.oracle.received(this.index, cell.lender.slot, from);
  }

  #readControl(from: number): void {
    const { network } = this.#world;
    const control = network.peekControl(from, this.index);
    if (control === undefined) return;
    this.#notice(from, control.incarnation);
    // An actor is in one place at a time: it is taken off the lane before it settles in here. All else can
    // be read twice, by this thread and by its successor.
    if (control.kind === 'adopt') network.takeControl(from, this.index);
    this.obeying = from;
    if (this.#concerns(from, control)) this.#obey(from, control);
    this.obeying = -1;
    if (control.kind !== 'adopt') network.takeControl(from, this.index);
  }

  /** What was meant for this host's predecessor says nothing to it; nor do the questions and signals of the dead. */
  #concerns(from: number, control: Control): boolean {
    if (control.kind === 'adopt') return true;
    if (control.forIncarnation !== this.incarnation) return false;
    if (control.kind === 'reply' || control.kind === 'echoed') return true;
    return control.incarnation >= this.peers.epochOf(from);
  }

  #obey(from: number, control: Control): void {
    switch (control.kind) {
      case 'signal':
        if (control.signal === 'grant') this.sends.leases.granted(from, control.slot);
        else {
          this.lenders.look(from, control.slot);
          this.#world.oracle.looked(this.index, this.lenders.get(control.slot), from);
        }
        return;
      case 'resolve':
        this.#answerResolve(from, control.actor);
        return;
      case 'resolved': {
        const route = this.sends.routes[control.actor];
        if (route === undefined || route.owner >= 0) return;
        if (control.answer === 'here') {
          route.opened(from, control.incarnation, control.slot, control.generation);
        } else route.lookUp();
        return;
      }
      case 'probe':
        this.waits.graph.receive(control.probe as WaitProbe);
        return;
      case 'overdraft': {
        const lender = this.lenders.get(control.slot);
        if (lender?.generation === control.generation) lender.overdraft(from);
        return;
      }
      case 'echoed': {
        const cell = this.cells[control.actor];
        if (cell?.echoes?.round === control.round) cell.echoes.from.delete(from);
        return;
      }
      case 'reply':
        this.#replied(control.ask);
        return;
      case 'adopt':
        this.#adopt(control.cell);
        return;
      default:
        unreachable(control);
    }
  }

  #answerResolve(from: number, actor: number): void {
    const cell = this.cells[actor];
    if (cell === undefined) {
      const answer = this.#world.homeOf(actor) === -1 ? 'gone' : 'elsewhere';
      this.outbox.post(from, {
        kind: 'resolved',
        actor,
        answer,
        slot: 0,
        generation: 0,
      });
      return;
    }
    const lender = this.lend(cell);
    lender.attach(from);
    this.outbox.post(from, {
      kind: 'resolved',
      actor,
      answer: 'here',
      slot: lender.slot,
      generation: lender.generation,
    });
  }

  /** The lender of an actor; opened now when this is the first time that another host addresses it. */
  lend(cell: SimCell): Lender {
    if (cell.lender === undefined) {
      const lender = this.lenders.open(cell.pool, cell);
      this.#slotActors[lender.slot] = cell.id;
      cell.lender = lender;
      this.#world.oracle.opened(this.index, lender);
      if (cell.line.size > 0) lender.localParked();
    }
    return cell.lender;
  }

  // The death of others.

  /** Something of `host` in this incarnation was seen: earlier ones are dead. */
  #notice(host: number, incarnation: number): void {
    if (this.peers.epochOf(host) < incarnation) this.reap(host, incarnation - 1);
  }

  /** `host` died in this incarnation: its frames first, then its credit, then a fence. */
  reap(host: number, incarnation: number): void {
    if (!this.peers.mourns(host, incarnation)) return;
    const { network } = this.#world;
    for (;;) {
      const frame = network.peekData(host, this.index);
      if (frame === undefined || frame.incarnation > incarnation) break;
      this.#accept(host, frame);
    }
    this.lenders.reclaim(host);
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

  // Handling.

  #turn(): void {
    const { random } = this.#world;
    const start = random.next(this.population.length);
    for (let i = 0; i < this.population.length; i += 1) {
      const cell = this.population[(start + i) % this.population.length] as SimCell;
      for (let n = random.next(TURN_MAX) + 1; n > 0 && cell.ready; n -= 1) this.#handle(cell);
      if (random.chance(500)) break;
    }
    this.lenders.endOfBatch();
    // Not always: what application code or a grant sent since the last pass is in stock until the next one ends.
    if (random.chance(500)) this.sends.leases.endOfPass();
  }

  #handle(cell: SimCell): void {
    const { random, oracle, fan } = this.#world;
    check(cell.sender.parked.size === 0, 'I8 no run while it waits', () => `actor ${cell.id}`);
    const message = cell.pool.take();
    if (message === undefined) return;
    oracle.handled(this.index, message);
    cell.running = message;
    if (message.hops > 0) {
      for (let sends = random.next(fan + 1); sends > 0; sends -= 1) {
        const ask = random.chance(250) ? { id: this.#world.nextId(), host: this.index } : undefined;
        this.sends.send(cell.sender, this.#world.chooseTarget(), message.hops - 1, ask);
      }
    }
    // Some handlers wait for their sends, and keep their slot while they do.
    if (random.chance(500) || (cell.sender.parked.size === 0 && cell.asks.size === 0))
      this.resume(cell, true);
  }

  /** Ends the running handler when nothing keeps it, or even so when it does not wait for its sends. */
  resume(cell: SimCell, atOnce = false): void {
    const message = cell.running;
    if (message === undefined || cell.asks.size > 0) return;
    if (!atOnce && cell.sender.parked.size > 0) return;
    cell.running = undefined;
    this.end(message, 'handled');
    cell.release();
  }

  /** The handler failed, and the supervisor restarts the actor: its mailbox stays, its sends go. */
  restart(cell: SimCell): void {
    const message = cell.running;
    cell.running = undefined;
    for (const ask of cell.asks.keys()) this.waits.answered(cell, ask);
    for (const parked of [...cell.sender.parked]) {
      this.sends.abort(parked);
    }
    if (message === undefined) return;
    this.end(message, 'failed');
    cell.release();
  }

  /** The actor stops: what it has goes to dead letters, who waits for it is told. */
  stop(cell: SimCell): void {
    const world = this.#world;
    this.restart(cell);
    cell.stopped = true;
    this.cells[cell.id] = undefined;
    this.population.splice(this.population.indexOf(cell), 1);
    world.movedTo(cell.id, -1);
    for (let message = cell.pool.take(); message !== undefined; message = cell.pool.take()) {
      this.end(message, 'dead');
      cell.pool.release();
    }
    for (const parked of cell.line.clear()) this.sends.settle(parked, 'stopped');
    if (cell.lender === undefined) return;
    const lender = cell.lender;
    this.lenders.close(lender, () => world.oracle.retired(this.index, lender));
  }

  /** A message came to its end. */
  end(message: SimMessage, fate: Fate): void {
    this.#world.ledger.settle(message, fate);
    this.#answer(message);
  }

  /** An ask whose message came to its end is answered; a reply needs no credit. */
  #answer(message: SimMessage): void {
    const { ask } = message;
    if (ask === undefined) return;
    if (ask.host === this.index) this.#replied(ask.id);
    else this.outbox.post(ask.host, { kind: 'reply', ask: ask.id });
  }

  #replied(ask: number): void {
    for (const cell of this.population) {
      if (!cell.asks.has(ask)) continue;
      this.waits.answered(cell, ask);
      this.resume(cell);
      return;
    }
  }

  // Moving.

  /** Begins to move an actor elsewhere: it goes when nothing that was paid for is under way. */
  moveAway(cell: SimCell, to: number): void {
    cell.movingTo = to;
    this.lend(cell).freeze(() => {
      cell.drained = true;
    });
  }

  #move(): void {
    const cell = this.population.find(canMove);
    if (cell === undefined) return;
    if (cell.echoes === undefined) {
      // What it sends from its new host must not overtake what it sent from here.
      const echoes = { round: this.#world.nextId(), from: new Set<number>() };
      cell.echoes = echoes;
      for (let to = 0; to < this.#world.hosts; to += 1) {
        if (to === this.index) continue;
        echoes.from.add(to);
        this.outbox.flush(to);
        this.outbox.announce(to, { kind: 'echo', actor: cell.id, round: echoes.round });
      }
      return;
    }
    const { movingTo, lender } = cell;
    const parked = cell.line.clear();
    this.cells[cell.id] = undefined;
    this.population.splice(this.population.indexOf(cell), 1);
    check(cell.pool.lent === 0, 'I1 the barrier of a move is exact', () => `actor ${cell.id}`);
    for (const message of cell.messages()) message.at = -1;
    cell.moved(neverAdmitted);
    this.outbox.post(movingTo, { kind: 'adopt', cell });
    this.#world.movedTo(cell.id, movingTo);
    if (lender !== undefined)
      this.lenders.close(lender, () => this.#world.oracle.retired(this.index, lender));
    this.sends.follow(cell.id, parked);
  }

  #adopt(cell: SimCell): void {
    for (const message of cell.messages()) message.at = this.index;
    cell.moved((parked) => this.sends.settle(parked, 'admitted'));
    this.settleIn(cell);
    this.#world.movedTo(cell.id, this.index);
    const route = this.sends.routes[cell.id];
    if (route !== undefined) this.sends.goLocal(route);
  }

  // Time.

  #application(): void {
    const { random } = this.#world;
    const hops = random.next(4);
    this.sends.send(random.pick(this.apps), this.#world.chooseTarget(), hops);
  }

  #sleep(): void {
    this.sends.leases.endOfPass();
    if (!this.lenders.beforeSleep() || this.population.some(isReady)) return;
    this.#world.oracle.sleeps(this);
    this.sleptAtMs = this.#world.nowMs;
    this.#world.interrupts.moment();
    this.asleep = true;
    this.#world.interrupts.moment();
    const { network } = this.#world;
    if (network.controlWaiting(this.index) + network.dataWaiting(this.index) > 0) this.asleep = false;
  }
}

function isReady(cell: SimCell): boolean {
  return cell.ready;
}

function canMove(cell: SimCell): boolean {
  return cell.drained && cell.movingTo >= 0 && cell.restful && (cell.echoes?.from.size ?? 0) === 0;
}

function neverAdmitted(): void {
  throw new Error('an actor on its way admits nothing');
}
