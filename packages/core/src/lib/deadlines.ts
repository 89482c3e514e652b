/**
 * Many deadlines on few timers. Entries with the same time-out expire in the order in which they were
 * added, so each distinct time-out is one linked list with one timer for its head; adding and cancelling
 * are O(1) and allocate nothing. The idea is that of Node's own timer lists. Owns the lists; an entry
 * carries its own links. Used for asks and parked sends, where a timer each would cost more than the send.
 */
import type { Clock, Timer } from '../ports.ts';
import { assert } from './assert.ts';

/** Something that expires. Extend it; the fields belong to {@link Deadlines}. */
export abstract class Expiring {
  /** When it expires, on the clock of its {@link Deadlines}; 0 while it is in no list. */
  expiresAtMs = 0;
  /** @internal */
  list: DeadlineList | null = null;
  /** @internal */
  before: Expiring | null = null;
  /** @internal */
  after: Expiring | null = null;

  /** Called once, when the deadline passed before it was cancelled. */
  abstract expired(): void;
}

interface DeadlineList {
  readonly timeoutMs: number;
  first: Expiring | null;
  last: Expiring | null;
  timer: Timer | null;
}

/** Distinct time-outs that keep an empty list; a program has few of them, and one with many loses only the list. */
const IDLE_LISTS_MAX = 64;

/** All deadlines of one host. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lists = new Map<number, DeadlineList>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Entries with distinct time-outs that are tracked now. */
  get lists(): number {
    return this.#lists.size;
  }

  /** Starts the deadline of an entry that has none: it expires `timeoutMs` after `nowMs`. */
  add(entry: Expiring, timeoutMs: number, nowMs: number): void {
    assert(entry.list === null, 'an entry has one deadline at a time');
    if (this.#closed) return;
    let list = this.#lists.get(timeoutMs);
    if (list === undefined) {
      list = { timeoutMs, first: null, last: null, timer: null };
      this.#lists.set(timeoutMs, list);
    }
    entry.list = list;
    // A stale `nowMs` must not break the order of the list.
    entry.expiresAtMs = Math.max(nowMs + timeoutMs, list.last?.expiresAtMs ?? 0);
    entry.before = list.last;
    if (list.last === null) list.first = entry;
    else list.last.after = entry;
    list.last = entry;
    if (list.timer === null) this.#arm(list, timeoutMs);
  }

  /** Ends the deadline of an entry; harmless when it has none. */
  cancel(entry: Expiring): void {
    const list = entry.list;
    if (list === null) return;
    if (entry.before === null) list.first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === null) list.last = entry.before;
    else entry.after.before = entry.before;
    entry.before = null;
    entry.after = null;
    entry.list = null;
    if (list.first === null && this.#lists.size > IDLE_LISTS_MAX) this.#drop(list);
  }

  /** Stops every timer and forgets every entry, also a later one, without expiring it: nothing runs any more. */
  close(): void {
    this.#closed = true;
    for (const list of this.#lists.values()) {
      while (list.first !== null) this.cancel(list.first);
      list.timer?.cancel();
    }
    this.#lists.clear();
  }

  #arm(list: DeadlineList, delayMs: number): void {
    list.timer = this.#clock.setTimer(() => {
      list.timer = null;
      this.#expire(list);
    }, delayMs);
  }

  #expire(list: DeadlineList): void {
    const nowMs = this.#clock.now();
    for (let entry = list.first; entry !== null && entry.expiresAtMs <= nowMs; entry = list.first) {
      this.cancel(entry);
      entry.expired();
    }
    if (list.timer !== null) return;
    if (list.first !== null) this.#arm(list, Math.max(0, list.first.expiresAtMs - nowMs));
    else this.#drop(list);
  }

  #drop(list: DeadlineList): void {
    list.timer?.cancel();
    if (this.#lists.get(list.timeoutMs) === list) this.#lists.delete(list.timeoutMs);
  }
}
