/**
 * Everything one host sends to one actor of another host: its lease and the line of sends that wait for
 * credit. Owns the line; holds that nobody overtakes a parked send, that parked sends keep their order for
 * each sender, and that whoever waits is announced. Called by the host, on its own thread; must not know
 * what an entry is, who its sender is, or how it travels.
 */
import { type Waiting, WaitingLine } from '../mailbox/waiting-line.ts';
import type { Lease, Payment } from './lease.ts';

/** What happens to entries when they leave the line. */
export interface OutboundHost<Sender extends object, Entry extends Waiting<Sender>> {
  /**
   * Sends a parked entry that was just paid for.
   *
   * @returns false when it cannot be sent (its payload cannot be encoded); its credit is then used again
   */
  ship(outbound: Outbound<Sender, Entry>, entry: Entry): boolean;
  /**
   * The lease is closed: look the address up again, then {@link Outbound.attach} a lease on its new slot, or
   * settle what {@link WaitingLine.clear} returns as stopped. Called once for each closed lease.
   */
  closed(outbound: Outbound<Sender, Entry>): void;
}

/** One host's way to one actor elsewhere. */
export class Outbound<Sender extends object, Entry extends Waiting<Sender>> {
  #lease: Lease | undefined;
  /** None until a send parks: most refs never see that, and paying then looks at one object less. */
  #line: WaitingLine<Sender, Entry> | undefined;
  readonly #host: OutboundHost<Sender, Entry>;

  /** @param line where sends wait already, if any do */
  constructor(host: OutboundHost<Sender, Entry>, line?: WaitingLine<Sender, Entry>) {
    this.#host = host;
    this.#line = line;
  }

  /** Parked sends. Change it through this class, so that the owner hears of it. */
  get line(): WaitingLine<Sender, Entry> {
    this.#line ??= new WaitingLine<Sender, Entry>();
    return this.#line;
  }

  /** The lease in use; none while the address is being looked up. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Uses `lease` from now on: the first one, or one on the slot to which the actor moved. */
  attach(lease: Lease): void {
    this.#lease = lease;
    this.#tell(lease);
    if (this.#waits()) this.serve();
  }

  /** The lease's owner died: sends park until the address is looked up again. */
  detach(): void {
    this.#lease = undefined;
  }

  /**
   * Pays for one message without waiting. `dry` also while earlier sends wait, or the address is being looked
   * up: then {@link park} it, drop it or refuse it, as the mailbox's policy says. After `closed` the host has
   * been told, and the message may be parked: it goes on to where the actor is now.
   */
  tryPay(): Payment {
    const lease = this.#lease;
    if (lease === undefined || this.#waits()) return 'dry';
    const payment = lease.trySpend();
    if (payment === 'closed') this.#closed(lease);
    return payment;
  }

  /** Parks a send. It is shipped when its turn comes, possibly before this returns. */
  park(entry: Entry): void {
    const first = this.line.size === 0;
    this.line.enqueue(entry);
    const lease = this.#lease;
    if (lease === undefined) return;
    lease.want(this.line.size, this.line.senders);
    // Only the first: for a later one the owner has been told already that this host waits.
    if (first) this.serve();
  }

  /** The line has grown by one send, or shrunk, by other hands than this class's: see {@link line}. */
  lineChanged(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    lease.want(this.line.size, this.line.senders);
    if (this.line.size === 1) this.serve();
  }

  /**
   * A send that would not wait found no credit: the owner is told as if one waited, so that this host's window grows.
   * The wish ends with the credit that it brings.
   */
  missed(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    lease.want((this.#line?.size ?? 0) + 1, (this.#line?.senders ?? 0) + 1);
    lease.announce();
  }

  /** Takes a parked send out (an abort, a timeout). False when it has left the line already. */
  remove(entry: Entry): boolean {
    if (!this.line.remove(entry)) return false;
    this.#lease?.want(this.line.size, this.line.senders);
    return true;
  }

  /** Takes out every parked send of a sender that died. */
  removeSender(sender: Sender): Entry[] {
    const entries = this.line.removeSender(sender);
    if (entries.length > 0) this.#lease?.want(this.line.size, this.line.senders);
    return entries;
  }

  /**
   * Returns a payment whose message will not be sent. Later than at once, name the lease that paid: the actor
   * may have moved since, and each owner takes back only its own credit.
   */
  refund(lease: Lease | undefined = this.#lease): void {
    lease?.refund(1);
    if (this.#waits()) this.serve();
  }

  /** A `grant` signal came, and the lease table acknowledged it. */
  granted(): void {
    this.serve();
  }

  /** Ships parked sends while there is credit, and announces those that are left. */
  serve(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    while (this.#waits()) {
      const payment = lease.trySpend();
      if (payment === 'closed') {
        this.#closed(lease);
        return;
      }
      if (payment === 'dry') break;
      const entry = this.line.next();
      if (entry === undefined || !this.#host.ship(this, entry)) lease.refund(1);
    }
    this.#tell(lease);
    if (this.#waits()) lease.announce();
  }

  #waits(): boolean {
    return this.#line !== undefined && this.#line.size > 0;
  }

  /** Writes down for the owner how much waits. */
  #tell(lease: Lease): void {
    lease.want(this.#line?.size ?? 0, this.#line?.senders ?? 0);
  }

  #closed(lease: Lease): void {
    this.#lease = undefined;
    lease.want(0, 0);
    this.#host.closed(this);
  }
}
