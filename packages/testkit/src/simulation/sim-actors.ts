/**
 * The actors of a virtual host: who lives here, and what their handlers do with what they are given. Owns the cells;
 * holds that every message comes to one end, and that an ask is answered when its message does. Called by its host
 * and the other parts, and by the world, which restarts and stops actors.
 */
import { check, type Fate, type SimMessage } from './message.ts';
import type { SimCell } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** Messages handled in one turn, at most. */
const TURN_MAX = 3;

/** All actors of one host. */
export class SimActors {
  /** By actor. */
  readonly cells: (SimCell | undefined)[] = [];
  /** Cells here, in no particular order. */
  readonly population: SimCell[] = [];
  readonly #world: SimSurroundings;
  readonly #host: SimHost;

  constructor(world: SimSurroundings, host: SimHost) {
    this.#world = world;
    this.#host = host;
  }

  /** Adds an actor. */
  settleIn(cell: SimCell): void {
    this.cells[cell.id] = cell;
    this.population.push(cell);
  }

  /** Takes an actor away. */
  leave(cell: SimCell): void {
    this.cells[cell.id] = undefined;
    this.population.splice(this.population.indexOf(cell), 1);
  }

  /** True when one of them may be given a message. */
  get ready(): boolean {
    return this.population.some(isReady);
  }

  /** Gives some of them some of their messages. */
  turn(): void {
    const { random } = this.#world;
    const start = random.next(this.population.length);
    for (let i = 0; i < this.population.length; i += 1) {
      const cell = this.population[(start + i) % this.population.length] as SimCell;
      for (let n = random.next(TURN_MAX) + 1; n > 0 && cell.ready; n -= 1) this.#handle(cell);
      if (random.chance(500)) break;
    }
    this.#host.slots.lenders.endOfBatch();
    // Not always: what application code or a grant sent since the last pass is in stock until the next one ends.
    if (random.chance(500)) this.#host.sends.leases.endOfPass();
  }

  #handle(cell: SimCell): void {
    const { random, oracle, fan } = this.#world;
    const { index, sends } = this.#host;
    check(cell.sender.parked.size === 0, 'I8 no run while it waits', () => `actor ${cell.id}`);
    const message = cell.pool.take();
    if (message === undefined) return;
    oracle.handled(index, message);
    cell.running = message;
    if (message.hops > 0) {
      for (let n = random.next(fan + 1); n > 0; n -= 1) {
        const ask = random.chance(250) ? { id: this.#world.nextId(), host: index } : undefined;
        sends.send(cell.sender, this.#world.chooseTarget(), message.hops - 1, ask);
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
    for (const ask of cell.asks.keys()) this.#host.waits.answered(cell, ask);
    for (const parked of [...cell.sender.parked]) {
      this.#host.sends.abort(parked);
    }
    if (message === undefined) return;
    this.end(message, 'failed');
    cell.release();
  }

  /** The actor stops: what it has goes to dead letters, who waits for it is told. */
  stop(cell: SimCell): void {
    this.restart(cell);
    cell.stopped = true;
    this.leave(cell);
    this.#world.movedTo(cell.id, -1);
    for (let message = cell.pool.take(); message !== undefined; message = cell.pool.take()) {
      this.end(message, 'dead');
      cell.pool.release();
    }
    for (const parked of cell.line.clear()) this.#host.sends.settle(parked, 'stopped');
    if (cell.lender !== undefined) this.#host.slots.close(cell.lender);
  }

  /** A message came to its end, and with it the ask that it may be; a reply needs no credit. */
  end(message: SimMessage, fate: Fate): void {
    this.#world.ledger.settle(message, fate);
    const { ask } = message;
    if (ask === undefined) return;
    if (ask.host === this.#host.index) this.replied(ask.id);
    else this.#host.outbox.post(ask.host, { kind: 'reply', ask: ask.id });
  }

  /** The reply to an ask of one of them came. */
  replied(ask: number): void {
    for (const cell of this.population) {
      if (!cell.asks.has(ask)) continue;
      this.#host.waits.answered(cell, ask);
      this.resume(cell);
      return;
    }
  }
}

function isReady(cell: SimCell): boolean {
  return cell.ready;
}
