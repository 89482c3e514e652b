/**
 * The sending side of a virtual host: sends to actors here and elsewhere, and those that wait. Owns the routes to
 * actors of other hosts and the leases that they pay with; holds that each send settles once. Called by its host and
 * by its routes.
 */
import { detach, LeaseTable, refund, tryPay } from '@millrace/core/credit';
import { check, type SimAsk, SimMessage } from './message.ts';
import { Route } from './route.ts';
import type { Parked, SimCell, SimSender } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** How a parked send ended. */
export type Settlement = 'admitted' | 'refused' | 'dropped' | 'stopped';

/** All sends of one host. */
export class SimSends {
  /** By actor. */
  readonly routes: (Route | undefined)[] = [];
  readonly leases: LeaseTable;
  readonly #world: SimSurroundings;
  readonly #host: SimHost;

  constructor(world: SimSurroundings, host: SimHost) {
    this.#world = world;
    this.#host = host;
    const port = {
      post: (to: number, signal: 'demand' | 'grant', slot: number) => host.outbox.signal(to, signal, slot),
    };
    this.leases = new LeaseTable(host.index, port, (owner, page) =>
      world.page(owner, host.peers.epochOf(owner), page),
    );
  }

  /** A send by `sender`, which is of this host. */
  send(sender: SimSender, to: number, hops: number, ask?: SimAsk): void {
    const world = this.#world;
    const message = new SimMessage(
      world.nextId(),
      sender.key,
      to,
      world.nextSequence(sender.key, to),
      hops,
      this.#host.index,
      ask,
    );
    world.ledger.offer(message);
    const cell = this.#host.actors.cells[to];
    if (cell !== undefined) this.#sendHere(sender, cell, message);
    else if (world.homeOf(to) === -1 && this.routes[to] === undefined) this.#host.actors.end(message, 'dead');
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
        this.#host.actors.end(message, 'refused');
        return;
      case 'drop-newest':
        this.#host.actors.end(message, 'dropped');
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
    const payment = tryPay(route);
    if (payment === 'paid') {
      if (this.encodingFails()) {
        refund(route);
        this.#host.actors.end(message, 'refused');
        return;
      }
      this.pack(route, message);
      this.#accepted(sender, message);
      return;
    }
    if (this.routes[to] !== route) {
      // It was told, just now, that the actor is gone, or here.
      const cell = this.#host.actors.cells[to];
      if (cell === undefined) this.#host.actors.end(message, 'dead');
      else this.#sendHere(sender, cell, message);
      return;
    }
    const policy = this.#world.policyOf(to);
    if (payment === 'dry' && route.slot >= 0) {
      if (policy === 'fail') {
        this.#host.actors.end(message, 'refused');
        return;
      }
      if (policy === 'drop-newest') {
        this.#host.actors.end(message, 'dropped');
        return;
      }
    }
    if (policy === 'drop-oldest') this.#overwrite(sender, to);
    const parked = this.#park(sender, message, (one) => route.remove(one));
    if (parked !== undefined) route.park(parked);
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
      this.#host.actors.end(message, 'refused');
      return undefined;
    }
    const parked: Parked = {
      sender,
      message,
      leave: () => remove(parked),
      wait: undefined,
      settled: false,
      deadlineMs: this.#host.waits.deadline(),
    };
    sender.parked.add(parked);
    this.#host.waits.parked(parked);
    return parked;
  }

  /** A parked send has left its line. */
  settle(parked: Parked, settlement: Settlement): void {
    check(!parked.settled, 'I5 each send settles once', () => `message ${parked.message.id}`);
    parked.settled = true;
    const { sender, message } = parked;
    sender.parked.delete(parked);
    if (parked.wait !== undefined) this.#host.waits.end(parked.wait);
    if (settlement === 'admitted') this.#accepted(sender, message);
    else if (settlement === 'stopped') this.#host.actors.end(message, 'dead');
    else this.#host.actors.end(message, settlement);
    if (sender.cell !== undefined) this.#host.actors.resume(sender.cell);
  }

  /** A message was paid for. */
  #accepted(sender: SimSender, message: SimMessage): void {
    const { ask } = message;
    if (ask !== undefined && sender.cell !== undefined)
      this.#host.waits.asked(sender.cell, ask.id, message.to);
  }

  /** Puts a message that was paid for on its way. */
  pack(route: Route, message: SimMessage): void {
    this.#host.outbox.pack(route, message);
  }

  /** Some payloads are not data only. */
  encodingFails(): boolean {
    return this.#world.clonesFail();
  }

  /** Asks where the actor of a route is. */
  resolve(route: Route): void {
    const home = this.#world.homeOf(route.actor);
    if (home === -1) {
      this.#abandon(route);
      return;
    }
    if (home === this.#host.index) {
      // It moved here, and its cell is on its way or here: then the line goes on locally.
      if (this.#host.actors.cells[route.actor] !== undefined) this.goLocal(route);
      return;
    }
    this.#host.outbox.post(home, { kind: 'resolve', actor: route.actor });
  }

  /** The actor of a route is gone: who waits is told. */
  #abandon(route: Route): void {
    this.routes[route.actor] = undefined;
    for (const parked of route.line.clear()) this.settle(parked, 'stopped');
  }

  /** The actor of a route lives here now: its line goes on as a local one. */
  goLocal(route: Route): void {
    const cell = this.#host.actors.cells[route.actor] as SimCell;
    this.routes[route.actor] = undefined;
    for (const parked of route.line.clear()) {
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

  /** Aborts a parked send. */
  abort(parked: Parked): void {
    if (parked.leave()) this.settle(parked, 'refused');
  }

  /** Puts a route in the place of a cell that leaves: its line goes on there. */
  follow(actor: number, line: readonly Parked[]): void {
    if (line.length === 0) return;
    const route = (this.routes[actor] ??= new Route(this, actor));
    for (const one of line) {
      one.leave = () => route.remove(one);
      route.park(one);
    }
    if (route.owner === -1) route.lookUp();
  }

  /** The leases of a dead host are void, and nothing more is paid for with them. Returns the routes that had one. */
  cutOff(host: number): readonly Route[] {
    const cutOff = this.routes.filter((route): route is Route => route?.owner === host);
    for (const route of cutOff) detach(route);
    return cutOff;
  }

  /** Looks up where the actors are now whose routes were cut off, or whose question may have died with the host. */
  reconnect(cutOff: readonly Route[]): void {
    for (const route of cutOff) route.lookUp();
    for (const route of this.routes) if (route?.owner === -1) route.lookUp();
  }

  /** Lets a parked send in above the capacity of its receiver. */
  relieve(parked: Parked): void {
    const { to } = parked.message;
    const cell = this.#host.actors.cells[to];
    if (cell !== undefined) {
      this.#world.oracle.relieved();
      cell.relieve(parked.sender);
      return;
    }
    const lease = this.routes[to]?.lease ?? null;
    if (lease === null) return;
    this.#world.oracle.relieved();
    this.#host.outbox.post(lease.owner, {
      kind: 'overdraft',
      slot: lease.slot,
      generation: lease.generation,
    });
  }
}
