/**
 * Where sends wait for a full mailbox: FIFO for each sender, round robin between senders. Owns the
 * entries until they are taken or removed; holds that an entry leaves exactly once and that a sender
 * with one entry is served before another sender's second. Called by whoever admits sends (a mailbox
 * for its own host, a lease for another host); must not know what an entry does when its turn comes.
 * The bound is the caller's: each sender counts its own parked sends before it enters.
 */
import { RingDeque } from '../lib/ring-deque.ts';

/** What the line needs to see of an entry: whose turn it takes. */
export interface Waiting<Sender> {
  readonly sender: Sender;
}

/** Senders that left may stay in the rotation up to this many beyond the live ones, then it is rebuilt. */
const STALE_MAX_SENDERS = 8;

/** A line of waiting sends, fair between senders. */
export class WaitingLine<Sender extends object, Entry extends Waiting<Sender>> {
  /**
   * What each sender in the rotation has here: one entry, as most have, without a queue of its own; more in a queue;
   * or nothing any more.
   */
  readonly #held = new Map<Sender, Entry | RingDeque<Entry> | null>();
  #rotation = new RingDeque<Sender>();
  /** Entries that were on their way already and came back: they go before all others, in their order. */
  readonly #returned = new RingDeque<Entry>();
  #size = 0;
  #senders = 0;

  /** Entries that wait. */
  get size(): number {
    return this.#size;
  }

  /** Distinct senders that wait: the line's weight when it competes with other lines for credit. */
  get senders(): number {
    return this.#senders;
  }

  /** Puts an entry behind all others of its sender. */
  enqueue(entry: Entry): void {
    const { sender } = entry;
    const held = this.#held.get(sender);
    if (held === undefined) this.#rotation.push(sender);
    this.#size += 1;
    if (held === undefined || held === null) {
      this.#senders += 1;
      this.#held.set(sender, entry);
    } else if (held instanceof RingDeque) {
      held.push(entry);
    } else {
      const queue = new RingDeque<Entry>();
      queue.push(held);
      queue.push(entry);
      this.#held.set(sender, queue);
    }
  }

  /**
   * Puts an entry that was on its way already, and came back, before all that never were. It was paid for once, so
   * its sender cannot take it back, and {@link remove} does not find it.
   */
  enqueueReturned(entry: Entry): void {
    if (this.#returned.size === 0) this.#senders += 1;
    this.#returned.push(entry);
    this.#size += 1;
  }

  /** True when this sender has an entry here, so that its next send must line up behind it. */
  has(sender: Sender): boolean {
    return this.sizeOf(sender) > 0;
  }

  /** Entries of one sender here. */
  sizeOf(sender: Sender): number {
    const held = this.#held.get(sender);
    if (held === undefined || held === null) return 0;
    return held instanceof RingDeque ? held.size : 1;
  }

  /** Takes the entry whose turn it is, or undefined when nobody waits. */
  next(): Entry | undefined {
    const returned = this.#returned.shift();
    if (returned !== undefined) {
      this.#size -= 1;
      if (this.#returned.size === 0) this.#senders -= 1;
      return returned;
    }
    for (;;) {
      const sender = this.#rotation.shift();
      if (sender === undefined) return undefined;
      const held = this.#held.get(sender);
      const entry = held instanceof RingDeque ? held.shift() : held;
      const more = held instanceof RingDeque && held.size > 0;
      if (more) this.#rotation.push(sender);
      else this.#held.delete(sender);
      // All it had here was removed.
      if (entry === undefined || entry === null) continue;
      if (!more) this.#senders -= 1;
      this.#size -= 1;
      return entry;
    }
  }

  /** Takes the oldest entry of one sender, out of turn; undefined also while anything waits that had come back. */
  takeFirst(sender: Sender): Entry | undefined {
    if (this.#returned.size > 0) return undefined;
    const held = this.#held.get(sender);
    const entry = held instanceof RingDeque ? held.peek() : held;
    if (entry === undefined || entry === null) return undefined;
    this.remove(entry);
    return entry;
  }

  /** Takes out one entry wherever it stands (an abort, a timeout). False when it has left already. */
  remove(entry: Entry): boolean {
    const held = this.#held.get(entry.sender);
    if (held instanceof RingDeque) {
      if (!held.remove(entry)) return false;
      this.#size -= 1;
      if (held.size > 0) return true;
    } else {
      if (held !== entry) return false;
      this.#size -= 1;
    }
    this.#emptied(entry.sender);
    return true;
  }

  /** Takes out every entry of one sender, oldest first (the sender died). */
  removeSender(sender: Sender): Entry[] {
    const held = this.#held.get(sender);
    if (held === undefined || held === null) return [];
    const entries = held instanceof RingDeque ? [...held] : [held];
    this.#size -= entries.length;
    this.#emptied(sender);
    return entries;
  }

  /** Takes out what had come back, in its order. */
  takeReturned(): Entry[] {
    const entries: Entry[] = [];
    while (this.#returned.size > 0) entries.push(this.next() as Entry);
    return entries;
  }

  /** Takes out everything, in the order in which turns would have come (the receiver stopped). */
  clear(): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.next(); entry !== undefined; entry = this.next()) entries.push(entry);
    return entries;
  }

  /** Visits the distinct senders that wait now. */
  *waitingSenders(): Generator<Sender> {
    for (const [sender, held] of this.#held) if (held !== null) yield sender;
  }

  /** A sender has nothing here any more, and its place in the rotation stays; a pile of such places is cleared. */
  #emptied(sender: Sender): void {
    this.#held.set(sender, null);
    this.#senders -= 1;
    if (this.#rotation.size <= this.#senders * 2 + STALE_MAX_SENDERS) return;
    const live = new RingDeque<Sender>();
    for (const other of this.#rotation) {
      if (this.has(other)) live.push(other);
      else this.#held.delete(other);
    }
    this.#rotation = live;
  }
}
