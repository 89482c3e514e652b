/**
 * The bounded queue of user messages of one actor. Owns three counters and nothing else counts them:
 *
 *   free    slots that nobody has
 *   queued  messages that wait here
 *   held    messages that left the queue but keep their slot: being handled, or stashed
 *
 * INVARIANT: capacity + overdraft = free + queued + held + lent, where `lent` are the slots granted to
 * other hosts and not received back. A slot moves between these and is never made or lost.
 *
 * Messages are columns of one array (handler, payload, origin, time), not objects: a message then costs
 * four stores and no allocation. Called by the actor's cell, and through the slot operations by the lender
 * that grants credit to other hosts; must not know actors, promises or policies.
 */
import { assert } from '../lib/assert.ts';
import { COLUMNS_PER_MESSAGE, SMALLEST_MESSAGES, type SlotArrays } from './slot-arrays.ts';

const NO_ITEMS: unknown[] = [];

/** A mailbox of messages made of a handler, a payload and an origin. */
export class Mailbox<Handler, Origin> {
  // First what each message touches, so that it lies in the object's first cache lines.
  /** Slots that nobody has. */
  free: number;
  /** Messages that wait. */
  queued = 0;
  /** Messages that left the queue and keep their slot. */
  held = 0;
  #items: unknown[] = NO_ITEMS;
  #head = 0;
  /** Slots granted to other hosts and not received back yet. */
  lent = 0;
  /** Somebody elsewhere waits for a slot: see `SlotPool`. */
  contended = false;
  /** Slots that came free and that whoever lends them to other hosts was not told of. */
  freedUntold = 0;
  /** Slots borrowed above the capacity to resolve a cycle of full mailboxes; given back as they free. */
  overdraft = 0;
  /** Messages in the next array when there is none: see {@link SlotArrays.next}. */
  #beginMessages = SMALLEST_MESSAGES;
  readonly capacityMessages: number;
  readonly #arrays: SlotArrays;

  constructor(capacityMessages: number, arrays: SlotArrays) {
    this.capacityMessages = capacityMessages;
    this.free = capacityMessages;
    this.#arrays = arrays;
  }

  /** Messages that hold a slot here: waiting, being handled, stashed. */
  get depth(): number {
    return this.queued + this.held;
  }

  /** Queues a message in a free slot. The caller has seen `free > 0`. `nowMs` is a whole number. */
  push(handler: Handler, payload: unknown, origin: Origin, nowMs: number): void {
    this.free -= 1;
    this.#append(handler, payload, origin, nowMs);
  }

  /** Takes a free slot for a message that does not go through the queue. */
  hold(): void {
    this.free -= 1;
    this.held += 1;
  }

  /** Queues a message that comes with a slot lent to another host. */
  pushLent(handler: Handler, payload: unknown, origin: Origin, nowMs: number): void {
    assert(this.lent > 0, 'a message from another host comes with a slot that was lent');
    this.lent -= 1;
    this.#append(handler, payload, origin, nowMs);
  }

  /** Takes the lent slot of a message that does not go through the queue. */
  holdLent(): void {
    assert(this.lent > 0, 'a message from another host comes with a slot that was lent');
    this.lent -= 1;
    this.held += 1;
  }

  /** Queues a message in a slot above the capacity. */
  pushOverdraft(handler: Handler, payload: unknown, origin: Origin, nowMs: number): void {
    this.overdraft += 1;
    this.#append(handler, payload, origin, nowMs);
  }

  /** Handler of the oldest message. The caller has seen `queued > 0`; so for the other columns. */
  get headHandler(): Handler {
    return this.#items[this.#head] as Handler;
  }

  /** Payload of the oldest message. */
  get headPayload(): unknown {
    return this.#items[this.#head + 1];
  }

  /** Origin of the oldest message. */
  get headOrigin(): Origin {
    return this.#items[this.#head + 2] as Origin;
  }

  /** When the oldest message came, in whole milliseconds. */
  get headAtMs(): number {
    return this.#items[this.#head + 3] as number;
  }

  /** Takes the oldest message out of the queue; its slot stays held. Read the head's columns first. */
  take(): void {
    const items = this.#items;
    const head = this.#head;
    items[head + 1] = undefined;
    items[head + 2] = undefined;
    this.#head = (head + COLUMNS_PER_MESSAGE) & (items.length - 1);
    this.queued -= 1;
    this.held += 1;
  }

  /** Frees the slot of a message that was taken and is done with. */
  release(): void {
    this.held -= 1;
    this.#freeOne();
  }

  /** Puts a message that was taken, and still holds its slot, before the oldest one. */
  putBack(handler: Handler, payload: unknown, origin: Origin, atMs: number): void {
    if (this.queued * COLUMNS_PER_MESSAGE >= this.#items.length) this.#grow();
    const head = (this.#head - COLUMNS_PER_MESSAGE) & (this.#items.length - 1);
    this.#write(head, handler, payload, origin, atMs);
    this.#head = head;
    this.held -= 1;
    this.queued += 1;
  }

  /**
   * Replaces the payload and origin of the oldest message for which `same` holds, where it stands.
   *
   * @returns the payload and origin that were replaced, or undefined when no message matches. O(queued).
   */
  replace(
    same: (handler: Handler, payload: unknown) => boolean,
    handler: Handler,
    payload: unknown,
    origin: Origin,
  ): { handler: Handler; payload: unknown; origin: Origin } | undefined {
    const mask = this.#items.length - 1;
    for (let i = 0; i < this.queued; i += 1) {
      const at = (this.#head + i * COLUMNS_PER_MESSAGE) & mask;
      const old = {
        handler: this.#items[at] as Handler,
        payload: this.#items[at + 1],
        origin: this.#items[at + 2] as Origin,
      };
      if (!same(old.handler, old.payload)) continue;
      this.#write(at, handler, payload, origin, this.#items[at + 3] as number);
      return old;
    }
    return undefined;
  }

  /** Takes `count` free slots out, to lend them to another host. */
  lend(count: number): void {
    assert(count <= this.free, 'only a free slot can be lent');
    this.free -= count;
    this.lent += count;
  }

  /** Takes back `count` lent slots that were not spent. What was borrowed above the capacity is repaid first. */
  takeBack(count: number): void {
    assert(count <= this.lent, 'only a lent slot can come back');
    const repaid = Math.min(count, this.overdraft);
    this.lent -= count;
    this.overdraft -= repaid;
    this.free += count - repaid;
  }

  /** Lends one slot above the capacity. */
  lendOverdraft(): void {
    this.overdraft += 1;
    this.lent += 1;
  }

  /** Gives the array back to the pool while the queue is empty. Call it when the actor goes idle. */
  rest(): void {
    if (this.queued > 0 || this.#items.length === 0) return;
    this.#beginMessages = this.#arrays.next(this.#beginMessages, this.#items.length / COLUMNS_PER_MESSAGE);
    this.#arrays.give(this.#items);
    this.#items = NO_ITEMS;
    this.#head = 0;
  }

  /** Throws when the law does not hold. */
  verify(): void {
    assert(
      this.capacityMessages + this.overdraft === this.free + this.queued + this.held + this.lent &&
        this.free >= 0 &&
        this.queued >= 0 &&
        this.held >= 0 &&
        this.lent >= 0 &&
        this.overdraft >= 0,
      `capacity=${this.capacityMessages}, overdraft=${this.overdraft}, free=${this.free}, queued=${this.queued}, held=${this.held}, lent=${this.lent}`,
    );
  }

  #freeOne(): void {
    if (this.overdraft > 0) this.overdraft -= 1;
    else this.free += 1;
  }

  #append(handler: Handler, payload: unknown, origin: Origin, nowMs: number): void {
    if (this.queued * COLUMNS_PER_MESSAGE >= this.#items.length) this.#grow();
    const at = (this.#head + this.queued * COLUMNS_PER_MESSAGE) & (this.#items.length - 1);
    // As `#write`, without a call more for every message.
    const items = this.#items;
    items[at] = handler;
    items[at + 1] = payload;
    items[at + 2] = origin;
    items[at + 3] = nowMs;
    this.queued += 1;
  }

  #write(at: number, handler: Handler, payload: unknown, origin: Origin, atMs: number): void {
    const items = this.#items;
    items[at] = handler;
    items[at + 1] = payload;
    items[at + 2] = origin;
    items[at + 3] = atMs;
  }

  #grow(): void {
    const old = this.#items;
    const messages = old.length === 0 ? this.#beginMessages : (old.length / COLUMNS_PER_MESSAGE) * 2;
    const grown = this.#arrays.take(messages);
    for (let i = 0; i < old.length; i += 1) {
      const from = (this.#head + i) & (old.length - 1);
      grown[i] = old[from];
      old[from] = undefined;
    }
    if (old.length > 0) this.#arrays.give(old);
    this.#items = grown;
    this.#head = 0;
  }
}
