/**
 * Who waits on a virtual host, for whom and until when: its part of the wait graph, and the deadlines of sends and asks.
 * Owns the time of the next look at them; holds that the oracle hears of each wait. Called by its host; decides that
 * something has waited long enough, and leaves to the host what that means.
 */
import {
  type Wait,
  WAIT_EDGE_CHASE_AFTER_MS,
  WaitGraph,
  type WaitProbe,
  type WaitStep,
} from '@millrace/core/credit';
import type { Parked, SimCell } from './sim-cell.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** A parked send with a deadline waits this long. */
const TIMEOUT_MS = 15;
/** An ask waits this long for its reply. */
const ASK_TIMEOUT_MS = 300;

/** What the host does about those who have waited long enough. */
export interface WaitEnds {
  readonly post: (to: number, probe: WaitProbe) => void;
  /** Lets a parked send in above the capacity: it closes a cycle. */
  readonly relieve: (parked: Parked) => void;
  /** Ends a parked send. */
  readonly abort: (parked: Parked) => void;
  /** Ends an ask without a reply. */
  readonly giveUp: (cell: SimCell, ask: number) => void;
}

/** The waits of one host. */
export class SimWaits {
  readonly graph: WaitGraph;
  /** When {@link expire} is to be called next. */
  dueMs: number = Number.POSITIVE_INFINITY;
  readonly #world: SimSurroundings;
  readonly #ends: WaitEnds;
  readonly #waiting = new Map<Wait, Parked | { readonly ask: number; readonly cell: SimCell }>();
  readonly #timed: Parked[] = [];
  #nextTickMs = 0;

  constructor(
    world: SimSurroundings,
    { index, incarnation }: { readonly index: number; readonly incarnation: number },
    ends: WaitEnds,
  ) {
    this.#world = world;
    this.#ends = ends;
    this.graph = new WaitGraph({
      self: index,
      incarnation,
      hostOf: (actor) => {
        const home = world.homeOf(actor);
        return home === -1 ? undefined : home;
      },
      post: ends.post,
      overdraft: (wait) => {
        const waiting = this.#waiting.get(wait);
        if (waiting !== undefined && 'sender' in waiting) ends.relieve(waiting);
      },
      fail: (wait, path) => this.#fail(wait, path),
    });
  }

  /** When a send that parks now gives up. */
  deadline(): number {
    return this.#world.sendsTimeOut() ? this.#world.nowMs + TIMEOUT_MS : Number.POSITIVE_INFINITY;
  }

  /** A send parked. */
  parked(parked: Parked): void {
    const { sender, message, deadlineMs } = parked;
    if (sender.cell !== undefined) {
      parked.wait = this.#begin(sender.key, message.to, 'send');
      this.#waiting.set(parked.wait, parked);
      this.#due(this.#world.nowMs + WAIT_EDGE_CHASE_AFTER_MS);
    }
    if (deadlineMs !== Number.POSITIVE_INFINITY) {
      this.#timed.push(parked);
      this.#due(deadlineMs);
    }
  }

  /** An actor waits for the reply to an ask. */
  asked(cell: SimCell, ask: number, to: number): void {
    const wait = this.#begin(cell.id, to, 'ask');
    cell.asks.set(ask, { wait, deadlineMs: this.#world.nowMs + ASK_TIMEOUT_MS });
    this.#waiting.set(wait, { ask, cell });
    this.#due(this.#world.nowMs + WAIT_EDGE_CHASE_AFTER_MS);
  }

  /** The ask of an actor came to its end. */
  answered(cell: SimCell, ask: number): void {
    const open = cell.asks.get(ask);
    if (open === undefined) return;
    cell.asks.delete(ask);
    this.end(open.wait);
  }

  /** A wait is over. */
  end(wait: Wait): void {
    this.graph.end(wait);
    this.#world.oracle.waitEnded(wait);
    this.#waiting.delete(wait);
  }

  /** Ends what has waited too long, and looks for cycles. */
  expire(population: readonly SimCell[]): void {
    const { nowMs } = this.#world;
    this.dueMs = Number.POSITIVE_INFINITY;
    for (let i = this.#timed.length - 1; i >= 0; i -= 1) {
      const parked = this.#timed[i] as Parked;
      if (!parked.settled && parked.deadlineMs > nowMs) {
        this.#due(parked.deadlineMs);
        continue;
      }
      this.#timed.splice(i, 1);
      if (!parked.settled) this.#ends.abort(parked);
    }
    for (const cell of population) {
      for (const [ask, { deadlineMs }] of cell.asks) {
        if (deadlineMs > nowMs) {
          this.#due(deadlineMs);
          continue;
        }
        this.#ends.giveUp(cell, ask);
      }
    }
    if (this.#nextTickMs <= nowMs) {
      this.#nextTickMs = nowMs + WAIT_EDGE_CHASE_AFTER_MS;
      this.graph.tick(nowMs);
    }
    if (this.graph.size > 0) this.#due(this.#nextTickMs);
  }

  #begin(from: number, to: number, kind: 'send' | 'ask'): Wait {
    const wait = this.graph.begin(from, to, kind, this.#world.nowMs);
    this.#world.oracle.waitBegan(wait);
    return wait;
  }

  #fail(wait: Wait, path: readonly WaitStep[]): void {
    this.#world.oracle.victim(path);
    const waiting = this.#waiting.get(wait);
    if (waiting === undefined) return;
    if ('sender' in waiting) this.#ends.abort(waiting);
    else this.#ends.giveUp(waiting.cell, waiting.ask);
  }

  #due(atMs: number): void {
    if (atMs < this.dueMs) this.dueMs = atMs;
  }
}
