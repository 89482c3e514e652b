/**
 * A virtual host: the loop that a worker thread runs, one action a step, over the real lease table, lender
 * table and wait graph. Owns its actors, routes, outbox and timers; holds the order of things that the
 * protocol relies on: frames of a dead host before its credit is taken back, a fence behind everything paid
 * for with a dead owner's credit, grants before sleep. Called by the world; must not choose faults.
 */
import {
  LeaseTable,
  type Lender,
  LenderTable,
  type Wait,
  WAIT_EDGE_CHASE_AFTER_MS,
  WaitGraph,
  type WaitProbe,
  type WaitStep,
} from '@millrace/core/credit';
import type { Random } from '../random.ts';
import { type Interrupts, SimWords } from './interrupts.ts';
import { check, type Fate, type SimAsk, type SimLedger, SimMessage, unreachable } from './message.ts';
import type { Control, ControlBody, Frame, Network, Parcel } from './network.ts';
import type { Oracle } from './oracle.ts';
import { Route } from './route.ts';
import type { Parked, SimCell, SimSender } from './sim-cell.ts';

/** Sends that wait at one application sender, at most. */
const PARKED_OUTSIDE_MAX = 6;
/** Messages handled in one turn, at most. */
const TURN_MAX = 3;
/** A parked send with a deadline waits this long. */
const TIMEOUT_MS = 15;
/** An ask waits this long for its reply. */
export const ASK_TIMEOUT_MS = 300;
/** A sleeping host looks by itself after this long, should its wake-up be lost. */
export const SLEEP_MAX_MS = 100;

/** What a virtual host needs of the world around it. */
export interface SimSurroundings {
  readonly random: Random;
  readonly interrupts: Interrupts;
  readonly network: Network;
  readonly ledger: SimLedger;
  readonly oracle: Oracle;
  readonly hosts: number;
  readonly fan: number;
  nowMs: number;
  /** Where an actor lives; -1 when it is gone. */
  homeOf(actor: number): number;
  movedTo(actor: number, host: number): void;
  incarnationOf(host: number): number;
  nextId(): number;
  nextSequence(from: number, to: number): number;
  /** An actor or a recent one, to send to. */
  chooseTarget(): number;
  clonesFail(): boolean;
  sendsTimeOut(): boolean;
  policyOf(actor: number): SimCell['policy'];
  /** True when `host` is reading a control message of `from` just now. */
  reads(host: number, from: number): boolean;
  /** Rings a host's doorbell. */
  ring(host: number): void;
  page(owner: number, incarnation: number, page: number): SimWords;
  addPage(owner: number, incarnation: number, page: number, words: SimWords): void;
}

/** How a parked send ended. */
export type Settlement = 'admitted' | 'refused' | 'dropped' | 'stopped';

/** One virtual host, in one incarnation. */
export class SimHost {
  readonly index: number;
  readonly incarnation: number;
  readonly lenders: LenderTable;
  readonly leases: LeaseTable;
  readonly graph: WaitGraph;
  readonly cells: (SimCell | undefined)[] = [];
  /** Cells here, in no particular order. */
  readonly population: SimCell[] = [];
  readonly routes: (Route | undefined)[] = [];
  readonly apps: SimSender[] = [];
  asleep: boolean = false;
  dead = false;
  /** In the middle of a step that another host's step interrupted. */
  busy = false;
  sleptAtMs = 0;
  dueMs: number = Number.POSITIVE_INFINITY;
  readonly #world: SimSurroundings;
  readonly #outbox: Parcel[][] = [];
  #outboxSize = 0;
  /** By host: incarnations of it that are not dead yet, as far as this host was told. */
  readonly #epochs: number[] = [];
  /** By host: what it paid for with credit of an incarnation of this host before this one has come. */
  readonly #fences: number[] = [];
  /** Lenders that keep slots for messages admitted by an earlier incarnation, by actor. */
  readonly held: Map<number, Lender> = new Map();
  /** By slot: the actor that has it. */
  readonly #slotActors: number[] = [];
  readonly #waits = new Map<Wait, Parked | { readonly ask: number; readonly cell: SimCell }>();
  readonly #timed: Parked[] = [];
  #nextTickMs = 0;
  readonly #rests: SimMessage[] = [];
  /** Host whose control message is being obeyed, and stays on its lane meanwhile; or -1. */
  obeying = -1;

  constructor(world: SimSurroundings, index: number, incarnation: number) {
    this.#world = world;
    this.index = index;
    this.incarnation = incarnation;
    const port = {
      post: (to: number, signal: 'demand' | 'grant', slot: number): void => {
        const forIncarnation = this.#epochs[to] as number;
        const control = {
          incarnation: this.incarnation,
          kind: 'signal',
          signal,
          slot,
          forIncarnation,
        } as const;
        check(
          control.forIncarnation !== world.incarnationOf(to) ||
            !world.network.carries(index, to, control) ||
            world.reads(to, index),
          'I2 one signal of a kind is under way',
          () => `${signal} from ${index} to ${to}`,
        );
        this.#lay(to, control);
      },
    };
    this.lenders = new LenderTable(index, world.hosts, port, (page, lengthWords) => {
      const words = new SimWords(lengthWords, world.interrupts);
      world.addPage(index, incarnation, page, words);
      return words;
    });
    this.leases = new LeaseTable(index, port, (owner, page) =>
      world.page(owner, this.#epochs[owner] as number, page),
    );
    this.graph = new WaitGraph({
      self: index,
      incarnation,
      hostOf: (actor) => {
        const home = world.homeOf(actor);
        return home === -1 ? undefined : home;
      },
      post: (to, probe) => this.#post(to, { kind: 'probe', probe }),
      overdraft: (wait) => this.#overdraft(wait),
      fail: (wait, path) => this.#fail(wait, path),
    });
    for (let host = 0; host < world.hosts; host += 1) {
      this.#outbox.push([]);
      this.#epochs.push(world.incarnationOf(host));
      this.#fences.push(incarnation === 0 ? 0 : -1);
    }
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
      this.#world.network.sendData(this.index, to, {
        incarnation: this.incarnation,
        kind: 'hello',
        ofIncarnation: this.#epochs[to] as number,
      });
      this.#world.ring(to);
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
    lender.hold();
    this.held.set(cell.id, lender);
    this.#world.oracle.opened(this.index, lender);
  }

  /** Makes one step, and goes to sleep when there is nothing to do. */
  step(sends: boolean): void {
    const { network, random, nowMs } = this.#world;
    let options = 0;
    if (network.controlWaiting(this.index) > 0) options |= 1;
    if (network.dataWaiting(this.index) > 0) options |= 2;
    if (this.#outboxSize > 0) options |= 4;
    if (this.population.some(isReady)) options |= 8;
    if (nowMs >= this.dueMs) options |= 16;
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
        this.#flushOne();
        return;
      case 3:
        this.#turn();
        return;
      case 4:
        this.#timers();
        return;
      default:
        this.#move();
    }
  }

  // Sending.

  /** A send by `sender`, which is of this host. */
  send(sender: SimSender, to: number, hops: number, ask?: SimAsk): void {
    const world = this.#world;
    const message = new SimMessage(
      world.nextId(),
      sender.key,
      to,
      world.nextSequence(sender.key, to),
      hops,
      this.index,
      ask,
    );
    world.ledger.offer(message);
    const cell = this.cells[to];
    if (cell !== undefined) this.#sendHere(sender, cell, message);
    else if (world.homeOf(to) === -1 && this.routes[to] === undefined) this.#end(message, 'dead');
    else this.#sendAway(sender, to, message);
  }

  #sendHere(sender: SimSender, cell: SimCell, message: SimMessage): void {
    if (cell.hasRoom) {
      cell.pool.push(message);
      this.#accepted(sender, message);
      return;
    }
    switch (cell.policy) {
      case 'park':
        break;
      case 'fail':
        this.#end(message, 'refused');
        return;
      case 'drop-newest':
        this.#end(message, 'dropped');
        return;
      case 'drop-oldest':
        // While other hosts wait, what is evicted is for whoever's turn it is: the lender does that.
        if (
          !(cell.lender?.contended ?? false) &&
          cell.line.size === 0 &&
          cell.evict(1) === 1 &&
          cell.hasRoom
        ) {
          cell.pool.push(message);
          this.#accepted(sender, message);
          return;
        }
    }
    const parked = this.#park(sender, message, (one) => cell.line.remove(one));
    if (parked === undefined) return;
    cell.line.enqueue(parked);
    if (cell.lender !== undefined) cell.lender.localParked();
  }

  #sendAway(sender: SimSender, to: number, message: SimMessage): void {
    let route = this.routes[to];
    if (route === undefined) {
      route = new Route(this, to);
      this.routes[to] = route;
      route.lookUp();
    }
    const payment = route.outbound.tryPay();
    if (payment === 'paid') {
      if (this.encodingFails()) {
        route.outbound.refund();
        this.#end(message, 'refused');
        return;
      }
      this.pack(route, message);
      this.#accepted(sender, message);
      return;
    }
    if (this.routes[to] !== route) {
      // It was told, just now, that the actor is gone, or here.
      const cell = this.cells[to];
      if (cell === undefined) this.#end(message, 'dead');
      else this.#sendHere(sender, cell, message);
      return;
    }
    const policy = this.#world.policyOf(to);
    if (payment === 'dry' && route.slot >= 0) {
      if (policy === 'fail') {
        this.#end(message, 'refused');
        return;
      }
      if (policy === 'drop-newest') {
        this.#end(message, 'dropped');
        return;
      }
    }
    const outbound = route.outbound;
    if (policy === 'drop-oldest') this.#overwrite(sender, to);
    const parked = this.#park(sender, message, (one) => outbound.remove(one));
    if (parked !== undefined) outbound.park(parked);
  }

  /** Under `drop-oldest` a sender keeps few parked sends, and drops its oldest for a new one. */
  #overwrite(sender: SimSender, to: number): void {
    if (sender.parked.size < sender.parkedMax) return;
    for (const parked of sender.parked) {
      if (parked.message.to !== to) continue;
      if (parked.leave()) this.settle(parked, 'dropped');
      return;
    }
  }

  #park(sender: SimSender, message: SimMessage, remove: (parked: Parked) => boolean): Parked | undefined {
    if (sender.parked.size >= sender.parkedMax) {
      this.#end(message, 'refused');
      return undefined;
    }
    const world = this.#world;
    const parked: Parked = {
      sender,
      message,
      leave: () => remove(parked),
      wait: undefined,
      settled: false,
      deadlineMs: world.sendsTimeOut() ? world.nowMs + TIMEOUT_MS : Number.POSITIVE_INFINITY,
    };
    sender.parked.add(parked);
    if (sender.cell !== undefined) {
      parked.wait = this.graph.begin(sender.key, message.to, 'send', world.nowMs);
      world.oracle.waitBegan(parked.wait);
      this.#waits.set(parked.wait, parked);
      this.#due(world.nowMs + WAIT_EDGE_CHASE_AFTER_MS);
    }
    if (parked.deadlineMs !== Number.POSITIVE_INFINITY) {
      this.#timed.push(parked);
      this.#due(parked.deadlineMs);
    }
    return parked;
  }

  /** A parked send has left its line. */
  settle(parked: Parked, settlement: Settlement): void {
    check(!parked.settled, 'I5 each send settles once', () => `message ${parked.message.id}`);
    parked.settled = true;
    const { sender, message } = parked;
    sender.parked.delete(parked);
    if (parked.wait !== undefined) {
      this.graph.end(parked.wait);
      this.#world.oracle.waitEnded(parked.wait);
      this.#waits.delete(parked.wait);
    }
    if (settlement === 'admitted') this.#accepted(sender, message);
    else if (settlement === 'stopped') this.#end(message, 'dead');
    else this.#end(message, settlement);
    if (sender.cell !== undefined) this.#resume(sender.cell);
  }

  /** A message was paid for. */
  #accepted(sender: SimSender, message: SimMessage): void {
    const { ask } = message;
    if (ask === undefined || sender.cell === undefined) return;
    const wait = this.graph.begin(sender.key, message.to, 'ask', this.#world.nowMs);
    this.#world.oracle.waitBegan(wait);
    const deadlineMs = this.#world.nowMs + ASK_TIMEOUT_MS;
    sender.cell.asks.set(ask.id, { wait, deadlineMs });
    this.#waits.set(wait, { ask: ask.id, cell: sender.cell });
    this.#due(this.#world.nowMs + WAIT_EDGE_CHASE_AFTER_MS);
  }

  /** Puts a message that was paid for into the outbox. */
  pack(route: Route, message: SimMessage): void {
    (this.#outbox[route.owner] as Parcel[]).push({
      message,
      slot: route.slot,
      lease: route.outbound.lease,
      route,
      ownerIncarnation: route.ownerIncarnation,
    });
    this.#outboxSize += 1;
  }

  encodingFails(): boolean {
    return this.#world.clonesFail();
  }

  resolve(route: Route): void {
    const home = this.#world.homeOf(route.actor);
    if (home === -1) {
      this.#abandon(route);
      return;
    }
    if (home === this.index) {
      // It moved here, and its cell is on its way or here: then the line goes on locally.
      if (this.cells[route.actor] !== undefined) this.#goLocal(route);
      return;
    }
    this.#post(home, { kind: 'resolve', actor: route.actor });
  }

  /** The actor of a route is gone: who waits is told. */
  #abandon(route: Route): void {
    this.routes[route.actor] = undefined;
    for (const parked of route.outbound.line.clear()) this.settle(parked, 'stopped');
  }

  /** The actor of a route lives here now: its line goes on as a local one. */
  #goLocal(route: Route): void {
    const cell = this.cells[route.actor] as SimCell;
    this.routes[route.actor] = undefined;
    for (const parked of route.outbound.line.clear()) {
      if (cell.hasRoom) {
        cell.pool.push(parked.message);
        this.settle(parked, 'admitted');
        continue;
      }
      parked.leave = () => cell.line.remove(parked);
      cell.line.enqueue(parked);
    }
    if (cell.line.size > 0) cell.lender?.localParked();
  }

  #flushOne(): void {
    const start = this.#world.random.next(this.#world.hosts);
    for (let i = 0; i < this.#world.hosts; i += 1) {
      const to = (start + i) % this.#world.hosts;
      if ((this.#outbox[to] as Parcel[]).length === 0) continue;
      this.#flush(to);
      return;
    }
  }

  /** Publishes one frame. Whoever dies before has sent nothing of it. */
  #flush(to: number): void {
    const packed = this.#outbox[to] as Parcel[];
    if (packed.length === 0) return;
    this.#outbox[to] = [];
    this.#outboxSize -= packed.length;
    const parcels = packed.filter((parcel) => this.#encode(parcel));
    if (parcels.length === 0) return;
    this.#world.interrupts.moment();
    for (const { message } of parcels) message.at = -1;
    this.#world.network.sendData(this.index, to, { incarnation: this.incarnation, kind: 'batch', parcels });
    this.#world.interrupts.moment();
    this.#world.ring(to);
  }

  /** Some payloads turn out not to be data only now, when others of their sender may be waiting. */
  #encode(parcel: Parcel): boolean {
    const { message, lease, route } = parcel;
    if (lease === undefined || parcel.ownerIncarnation < (this.#epochs[lease.owner] as number)) return true;
    if (!this.encodingFails()) return true;
    route.outbound.refund(lease);
    this.#end(message, 'refused');
    return false;
  }

  #post(to: number, body: ControlBody): void {
    this.#lay(to, this.#sign(to, body));
  }

  #sign(to: number, body: ControlBody): Control {
    return { ...body, incarnation: this.incarnation, forIncarnation: this.#epochs[to] as number };
  }

  #lay(to: number, control: Control): void {
    this.#world.network.sendControl(this.index, to, control);
    this.#world.interrupts.moment();
    this.#world.ring(to);
  }

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
    if (frame.kind === 'hello' || frame.kind === 'fence') this.#fence(from, frame.ofIncarnation);
    else if (frame.kind === 'echo') {
      this.#post(from, { kind: 'echoed', actor: frame.actor, round: frame.round });
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
        (this.#fences[from] as number) < this.incarnation,
        'I10 generations never mix',
        () => `message ${message.id} came behind the fence`,
      );
      const receipt = this.held.get(message.to)?.receiveHeld() ?? 'closed';
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
    return control.incarnation >= (this.#epochs[from] as number);
  }

  #obey(from: number, control: Control): void {
    switch (control.kind) {
      case 'signal':
        if (control.signal === 'grant') this.leases.granted(from, control.slot);
        else {
          this.lenders.look(from, control.slot);
          this.#world.oracle.looked(this.index, this.lenders.get(control.slot), from);
        }
        return;
      case 'resolve':
        this.#answerResolve(from, control.actor);
        return;
      case 'resolved': {
        const route = this.routes[control.actor];
        if (route === undefined || route.owner >= 0) return;
        if (control.answer === 'here') {
          route.opened(from, control.incarnation, control.slot, control.generation);
        } else route.lookUp();
        return;
      }
      case 'probe':
        this.graph.receive(control.probe as WaitProbe);
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
      this.#post(from, {
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
    this.#post(from, {
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
    if ((this.#epochs[host] as number) < incarnation) this.reap(host, incarnation - 1);
  }

  /** True when this host has not been told yet that an incarnation of another one died. */
  mourns(host: number, incarnation: number): boolean {
    return host !== this.index && (this.#epochs[host] as number) <= incarnation;
  }

  /** `host` died in this incarnation: its frames first, then its credit, then a fence. */
  reap(host: number, incarnation: number): void {
    if (!this.mourns(host, incarnation)) return;
    const { network } = this.#world;
    for (;;) {
      const frame = network.peekData(host, this.index);
      if (frame === undefined || frame.incarnation > incarnation) break;
      this.#accept(host, frame);
    }
    this.lenders.reclaim(host);
    this.leases.forget(host);
    this.#epochs[host] = incarnation + 1;
    // Nothing more may be paid for with credit of the dead, or it would come behind the fence.
    const cutOff = this.routes.filter((route) => route !== undefined && route.owner === host);
    for (const route of cutOff) route?.outbound.detach();
    this.#world.oracle.reclaimed(this.index, host);
    // All its frames were read, so none paid for with an earlier incarnation's credit is to come.
    this.#fence(host, this.incarnation);
    this.#flush(host);
    network.sendData(this.index, host, {
      incarnation: this.incarnation,
      kind: 'fence',
      ofIncarnation: incarnation + 1,
    });
    this.#world.ring(host);
    for (const route of cutOff) route?.lookUp();
    for (const route of this.routes) {
      // Its question may have died with the host.
      if (route !== undefined && route.owner === -1) route.lookUp();
    }
  }

  #fence(host: number, ofIncarnation: number): void {
    this.#fences[host] = Math.max(this.#fences[host] as number, ofIncarnation);
    if (this.held.size === 0) return;
    for (let other = 0; other < this.#world.hosts; other += 1) {
      if (other !== this.index && (this.#fences[other] as number) < this.incarnation) return;
    }
    const lenders = [...this.held.values()];
    this.held.clear();
    for (const lender of lenders) lender.releaseHeld();
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
        this.send(cell.sender, this.#world.chooseTarget(), message.hops - 1, ask);
      }
    }
    // Some handlers wait for their sends, and keep their slot while they do.
    if (random.chance(500) || (cell.sender.parked.size === 0 && cell.asks.size === 0))
      this.#resume(cell, true);
  }

  /** Ends the running handler when nothing keeps it, or even so when it does not wait for its sends. */
  #resume(cell: SimCell, atOnce = false): void {
    const message = cell.running;
    if (message === undefined || cell.asks.size > 0) return;
    if (!atOnce && cell.sender.parked.size > 0) return;
    cell.running = undefined;
    this.#end(message, 'handled');
    cell.release();
  }

  /** The handler failed, and the supervisor restarts the actor: its mailbox stays, its sends go. */
  restart(cell: SimCell): void {
    const message = cell.running;
    cell.running = undefined;
    for (const [ask, { wait }] of cell.asks) this.#endAsk(cell, ask, wait);
    for (const parked of [...cell.sender.parked]) {
      if (parked.leave()) this.settle(parked, 'refused');
    }
    if (message === undefined) return;
    this.#end(message, 'failed');
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
      this.#end(message, 'dead');
      cell.pool.release();
    }
    for (const parked of cell.line.clear()) this.settle(parked, 'stopped');
    if (cell.lender === undefined) return;
    const lender = cell.lender;
    this.lenders.close(lender, () => world.oracle.retired(this.index, lender));
  }

  /** Aborts a parked send. */
  abort(parked: Parked): void {
    if (parked.leave()) this.settle(parked, 'refused');
  }

  #end(message: SimMessage, fate: Fate): void {
    this.#world.ledger.settle(message, fate);
    this.#answer(message);
  }

  /** An ask whose message came to its end is answered; a reply needs no credit. */
  #answer(message: SimMessage): void {
    const { ask } = message;
    if (ask === undefined) return;
    if (ask.host === this.index) this.#replied(ask.id);
    else this.#post(ask.host, { kind: 'reply', ask: ask.id });
  }

  #replied(ask: number): void {
    for (const cell of this.population) {
      const open = cell.asks.get(ask);
      if (open === undefined) continue;
      this.#endAsk(cell, ask, open.wait);
      this.#resume(cell);
      return;
    }
  }

  #endAsk(cell: SimCell, ask: number, wait: Wait): void {
    cell.asks.delete(ask);
    this.graph.end(wait);
    this.#world.oracle.waitEnded(wait);
    this.#waits.delete(wait);
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
        this.#flush(to);
        this.#world.network.sendData(this.index, to, {
          incarnation: this.incarnation,
          kind: 'echo',
          actor: cell.id,
          round: echoes.round,
        });
        this.#world.ring(to);
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
    this.#post(movingTo, { kind: 'adopt', cell });
    this.#world.movedTo(cell.id, movingTo);
    if (lender !== undefined)
      this.lenders.close(lender, () => this.#world.oracle.retired(this.index, lender));
    if (parked.length === 0) return;
    const route = (this.routes[cell.id] ??= new Route(this, cell.id));
    for (const one of parked) {
      one.leave = () => route.outbound.remove(one);
      route.outbound.park(one);
    }
    if (route.owner === -1) route.lookUp();
  }

  #adopt(cell: SimCell): void {
    for (const message of cell.messages()) message.at = this.index;
    cell.moved((parked) => this.settle(parked, 'admitted'));
    this.settleIn(cell);
    this.#world.movedTo(cell.id, this.index);
    const route = this.routes[cell.id];
    if (route !== undefined) this.#goLocal(route);
  }

  // Time.

  #application(): void {
    const { random } = this.#world;
    const hops = random.next(4);
    this.send(random.pick(this.apps), this.#world.chooseTarget(), hops);
  }

  #due(atMs: number): void {
    if (atMs < this.dueMs) this.dueMs = atMs;
  }

  #timers(): void {
    const { nowMs } = this.#world;
    this.dueMs = Number.POSITIVE_INFINITY;
    for (let i = this.#timed.length - 1; i >= 0; i -= 1) {
      const parked = this.#timed[i] as Parked;
      if (!parked.settled && parked.deadlineMs > nowMs) {
        this.#due(parked.deadlineMs);
        continue;
      }
      this.#timed.splice(i, 1);
      if (!parked.settled) this.abort(parked);
    }
    for (const cell of this.population) {
      for (const [ask, { wait, deadlineMs }] of cell.asks) {
        if (deadlineMs > nowMs) {
          this.#due(deadlineMs);
          continue;
        }
        this.#endAsk(cell, ask, wait);
        this.#resume(cell);
      }
    }
    if (this.#nextTickMs <= nowMs) {
      this.#nextTickMs = nowMs + WAIT_EDGE_CHASE_AFTER_MS;
      this.graph.tick(nowMs);
    }
    if (this.graph.size > 0) this.#due(this.#nextTickMs);
  }

  #sleep(): void {
    if (!this.lenders.beforeSleep() || this.population.some(isReady)) return;
    this.#world.oracle.sleeps(this);
    this.sleptAtMs = this.#world.nowMs;
    this.#world.interrupts.moment();
    this.asleep = true;
    this.#world.interrupts.moment();
    const { network } = this.#world;
    if (network.controlWaiting(this.index) + network.dataWaiting(this.index) > 0) this.asleep = false;
  }

  // Cycles.

  #overdraft(wait: Wait): void {
    const parked = this.#waits.get(wait);
    if (parked === undefined || !('sender' in parked)) return;
    const { to } = parked.message;
    const cell = this.cells[to];
    if (cell !== undefined) {
      this.#world.oracle.relieved();
      cell.relieve(parked.sender);
      return;
    }
    const lease = this.routes[to]?.outbound.lease;
    if (lease === undefined) return;
    this.#world.oracle.relieved();
    this.#post(lease.owner, {
      kind: 'overdraft',
      slot: lease.slot,
      generation: lease.generation,
    });
  }

  #fail(wait: Wait, path: readonly WaitStep[]): void {
    this.#world.oracle.victim(path);
    const waiting = this.#waits.get(wait);
    if (waiting === undefined) return;
    if ('sender' in waiting) this.abort(waiting);
    else {
      this.#endAsk(waiting.cell, waiting.ask, wait);
      this.#resume(waiting.cell);
    }
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
