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
  readonly #queues = new Map<Sender, RingDeque<Entry>>();
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
    let queue = this.#queues.get(entry.sender);
    if (queue === undefined) {
      queue = new RingDeque<Entry>();
      this.#queues.set(entry.sender, queue);
      this.#rotation.push(entry.sender);
    }
    if (queue.size === 0) this.#senders += 1;
    queue.push(entry);
    this.#size += 1;
  }

  /** Puts an entry that was on its way already, and came back, before all that never were. */
  enqueueReturned(entry: Entry): void {
    if (this.#returned.size === 0) this.#senders += 1;
    this.#returned.push(entry);
    this.#size += 1;
  }

  /** True when this sender has an entry here, so that its next send must line up behind it. */
  has(sender: Sender): boolean {
    return (this.#queues.get(sender)?.size ?? 0) > 0;
  }

  /** Entries of one sender here. */
  sizeOf(sender: Sender): number {
    return this.#queues.get(sender)?.size ?? 0;
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
      const queue = this.#queues.get(sender);
      const entry = queue?.shift();
      if (queue === undefined || entry === undefined) {
        this.#queues.delete(sender);
        continue;
      }
      this.#size -= 1;
      if (queue.size > 0) {
        this.#rotation.push(sender);
      } else {
        this.#queues.delete(sender);
        this.#senders -= 1;
      }
      return entry;
    }
  }

  /** Takes the oldest entry of one sender, out of turn. */
  takeFirst(sender: Sender): Entry | undefined {
    const entry = this.#queues.get(sender)?.peek();
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  /** Takes out one entry wherever it stands (an abort, a timeout). False when it has left already. */
  remove(entry: Entry): boolean {
    const queue = this.#queues.get(entry.sender);
    if (queue === undefined || !queue.remove(entry)) return false;
    this.#size -= 1;
    if (queue.size === 0) this.#emptied();
    return true;
  }

  /** Takes out every entry of one sender, oldest first (the sender died). */
  removeSender(sender: Sender): Entry[] {
    const queue = this.#queues.get(sender);
    if (queue === undefined || queue.size === 0) return [];
    const entries = [...queue];
    this.#queues.set(sender, new RingDeque<Entry>());
    this.#size -= entries.length;
    this.#emptied();
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
    for (const [sender, queue] of this.#queues) if (queue.size > 0) yield sender;
  }

  /** One sender's queue ran empty while its place in the rotation stays; a pile of such places is cleared. */
  #emptied(): void {
    this.#senders -= 1;
    if (this.#rotation.size <= this.#senders * 2 + STALE_MAX_SENDERS) return;
    const live = new RingDeque<Sender>();
    for (const sender of this.#rotation) {
      if ((this.#queues.get(sender)?.size ?? 0) > 0) live.push(sender);
      else this.#queues.delete(sender);
    }
    this.#rotation = live;
  }
}
