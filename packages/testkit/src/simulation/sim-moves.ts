/**
 * Actors on their way from one virtual host to another. Owns the order of a move, whose state is in the cell: nothing
 * that was paid for is under way to it, and nothing that it sent from its old host comes after what it sends from its
 * new one. Called by its host and by the inbox; the world says who moves where.
 */
import { check } from './message.ts';
import type { SimCell } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** The moves from and to one host. */
export class SimMoves {
  readonly #world: SimSurroundings;
  readonly #host: SimHost;

  constructor(world: SimSurroundings, host: SimHost) {
    this.#world = world;
    this.#host = host;
  }

  /** Begins to move an actor elsewhere: it goes when nothing that was paid for is under way. */
  begin(cell: SimCell, to: number): void {
    cell.movingTo = to;
    this.#host.slots.lend(cell).freeze(() => {
      cell.drained = true;
    });
  }

  /** True when an actor can make its next step on its way. */
  get ready(): boolean {
    return this.#host.actors.population.some(canMove);
  }

  /** Asks the other hosts whether all that an actor sent them has come, or lets it go once they have said so. */
  step(): void {
    const cell = this.#host.actors.population.find(canMove);
    if (cell === undefined) return;
    if (cell.echoes === undefined) this.#askForEchoes(cell);
    else this.#depart(cell);
  }

  #askForEchoes(cell: SimCell): void {
    const { index, outbox } = this.#host;
    // What it sends from its new host must not overtake what it sent from here.
    const echoes = { round: this.#world.nextId(), from: new Set<number>() };
    cell.echoes = echoes;
    for (let to = 0; to < this.#world.hosts; to += 1) {
      if (to === index) continue;
      echoes.from.add(to);
      outbox.flush(to);
      outbox.announce(to, { kind: 'echo', actor: cell.id, round: echoes.round });
    }
  }

  #depart(cell: SimCell): void {
    const { movingTo, lender } = cell;
    const { actors, outbox, sends, slots } = this.#host;
    const parked = cell.line.clear();
    actors.leave(cell);
    check(cell.pool.lent === 0, 'I1 the barrier of a move is exact', () => `actor ${cell.id}`);
    for (const message of cell.messages()) message.at = -1;
    cell.moved(neverAdmitted);
    outbox.post(movingTo, { kind: 'adopt', cell });
    this.#world.movedTo(cell.id, movingTo);
    if (lender !== undefined) slots.close(lender);
    sends.follow(cell.id, parked);
  }

  /** An actor comes to live here. */
  adopt(cell: SimCell): void {
    const { actors, index, sends } = this.#host;
    for (const message of cell.messages()) message.at = index;
    cell.moved((parked) => sends.settle(parked, 'admitted'));
    actors.settleIn(cell);
    this.#world.movedTo(cell.id, index);
    const route = sends.routes[cell.id];
    if (route !== undefined) sends.goLocal(route);
  }
}

function canMove(cell: SimCell): boolean {
  return cell.drained && cell.movingTo >= 0 && cell.restful && (cell.echoes?.from.size ?? 0) === 0;
}

function neverAdmitted(): void {
  throw new Error('an actor on its way admits nothing');
}
