/**
 * The least that still deserves the name of an actor system on one thread: bounded mailboxes, a ready
 * queue, one message at a time per actor, a quantum. No supervision, no ask, no clock. Owns its actors'
 * order; used as the yardstick of what a core can do with the work of a cell.
 */

/** Messages that one actor handles before the next gets its turn. */
const QUANTUM_MESSAGES = 64;
const MAILBOX_FIRST_MESSAGES = 8;

/** What an actor does with a message. */
export type Behaviour<S, M> = (state: S, message: M, dispatcher: Dispatcher) => void;

/** One actor: its state, its bounded mailbox (a ring that grows up to the bound), and whether it is ready. */
export class Actor<S, M> {
  readonly state: S;
  readonly behaviour: Behaviour<S, M>;
  readonly capacity: number;
  ring: (M | undefined)[] = new Array<M | undefined>(MAILBOX_FIRST_MESSAGES).fill(undefined);
  head = 0;
  size = 0;
  ready = false;

  /** `capacity` is a power of two. */
  constructor(state: S, behaviour: Behaviour<S, M>, capacity: number) {
    this.state = state;
    this.behaviour = behaviour;
    this.capacity = capacity;
  }

  /** Runs one quantum; true while messages are left. */
  turn(dispatcher: Dispatcher): boolean {
    for (let i = 0; i < QUANTUM_MESSAGES && this.size > 0; i += 1) {
      const message = this.ring[this.head] as M;
      this.ring[this.head] = undefined;
      this.head = (this.head + 1) & (this.ring.length - 1);
      this.size -= 1;
      this.behaviour(this.state, message, dispatcher);
    }
    return this.size > 0;
  }

  push(message: M): boolean {
    if (this.size === this.ring.length && !this.#grow()) return false;
    this.ring[(this.head + this.size) & (this.ring.length - 1)] = message;
    this.size += 1;
    return true;
  }

  #grow(): boolean {
    const old = this.ring;
    if (old.length >= this.capacity) return false;
    const grown = new Array<M | undefined>(old.length * 2).fill(undefined);
    for (let i = 0; i < this.size; i += 1) grown[i] = old[(this.head + i) & (old.length - 1)];
    this.ring = grown;
    this.head = 0;
    return true;
  }
}

/** Anything that can take a turn. */
interface Runnable {
  turn(dispatcher: Dispatcher): boolean;
  ready: boolean;
}

/** The ready queue. */
export class Dispatcher {
  #ready: Runnable[] = [];
  #next = 0;

  /** False when the mailbox is full: run {@link Dispatcher.drain} and try again. */
  tell<S, M>(actor: Actor<S, M>, message: M): boolean {
    if (!actor.push(message)) return false;
    if (!actor.ready) {
      actor.ready = true;
      this.#ready.push(actor);
    }
    return true;
  }

  /** Runs until no actor has a message. */
  drain(): void {
    while (this.#next < this.#ready.length) {
      const actor = this.#ready[this.#next] as Runnable;
      this.#next += 1;
      if (actor.turn(this)) this.#ready.push(actor);
      else actor.ready = false;
      if (this.#next === this.#ready.length) {
        this.#ready.length = 0;
        this.#next = 0;
      }
    }
  }
}
