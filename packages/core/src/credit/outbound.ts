/**
 * Everything one host sends to one actor of another host: the lease that pays and the line of sends that wait for
 * credit. Holds that nobody overtakes a parked send, that parked sends keep their order for each sender, and that
 * whoever waits is announced. Called on the thread of the host; must not know what an entry is, who its sender is,
 * or how it travels.
 *
 * Functions over what the sending end holds itself, not an object of its own: with thousands of receivers each object
 * that a message touches is one more wait for memory.
 */
import type { Waiting, WaitingLine } from '../mailbox/waiting-line.ts';
import type { Lease, Payment } from './lease.ts';

/** One host's way to one actor elsewhere: what whoever sends there has for it. */
export interface Outbound<Sender extends object, Entry extends Waiting<Sender>> {
  /** The lease in use; null while the address is being looked up. Changed in this file alone. */
  lease: Lease | null;
  /** Parked sends; null until one parks. Who changes it calls {@link lineGrew} or {@link lineShrank}. */
  readonly line: WaitingLine<Sender, Entry> | null;
  /**
   * Sends a parked entry that was just paid for.
   *
   * @returns false when it cannot be sent (its payload cannot be encoded); its credit is then used again
   */
  ship(entry: Entry): boolean;
  /**
   * The lease is closed: look the address up again, then {@link attach} a lease on its new slot, or settle what
   * {@link WaitingLine.clear} returns as stopped. Called once for each closed lease.
   */
  closed(): void;
}

/** Uses `lease` from now on: the first one, or one on the slot to which the actor moved. */
export function attach<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
  lease: Lease,
): void {
  way.lease = lease;
  writeDemand(way, lease);
  if (waits(way)) serve(way);
}

/** The lease's owner died: sends park until the address is looked up again. */
export function detach<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
): void {
  way.lease = null;
}

/**
 * Pays for one message without waiting. `dry` also while earlier sends wait, or the address is being looked
 * up: then park it, drop it or refuse it, as the mailbox's policy says. After `closed` the way has been told, and
 * the message may be parked: it goes on to where the actor is now.
 */
export function tryPay<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
): Payment {
  const { lease } = way;
  if (lease === null || waits(way)) return 'dry';
  const payment = lease.trySpend();
  if (payment === 'closed') close(way, lease);
  return payment;
}

/** The line has grown by one send, which may be shipped before this returns. */
export function lineGrew<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
): void {
  const { lease } = way;
  if (lease === null) return;
  writeDemand(way, lease);
  // Only the first: for a later one the owner has been told already that this host waits.
  if (way.line?.size === 1) serve(way);
}

/** The line has shrunk by other hands than these: an abort, a timeout. */
export function lineShrank<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
): void {
  if (way.lease !== null) writeDemand(way, way.lease);
}

/**
 * A send that would not wait found no credit: the owner is told as if one waited, so that this host's window grows.
 * The wish ends with the credit that it brings.
 */
export function missed<Sender extends object, Entry extends Waiting<Sender>>({
  lease,
  line,
}: Outbound<Sender, Entry>): void {
  if (lease === null) return;
  lease.want((line?.size ?? 0) + 1, (line?.senders ?? 0) + 1);
  lease.announce();
}

/**
 * Returns a payment whose message will not be sent. Later than at once, name the lease that paid: the actor
 * may have moved since, and each owner takes back only its own credit.
 */
export function refund<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
  lease: Lease | null = way.lease,
): void {
  lease?.refund(1);
  if (waits(way)) serve(way);
}

/**
 * Ships parked sends while there is credit, and announces those that are left. Call when a `grant` signal came, which
 * the lease table has acknowledged.
 */
export function serve<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
): void {
  const { lease } = way;
  if (lease === null) return;
  while (waits(way)) {
    const payment = lease.trySpend();
    if (payment === 'closed') {
      close(way, lease);
      return;
    }
    if (payment === 'dry') break;
    const entry = way.line?.next();
    if (entry === undefined || !way.ship(entry)) lease.refund(1);
  }
  writeDemand(way, lease);
  if (waits(way)) lease.announce();
}

function waits<Sender extends object, Entry extends Waiting<Sender>>({
  line,
}: Outbound<Sender, Entry>): boolean {
  return line !== null && line.size > 0;
}

/** Writes down for the owner how much waits. */
function writeDemand<Sender extends object, Entry extends Waiting<Sender>>(
  { line }: Outbound<Sender, Entry>,
  lease: Lease,
): void {
  lease.want(line?.size ?? 0, line?.senders ?? 0);
}

function close<Sender extends object, Entry extends Waiting<Sender>>(
  way: Outbound<Sender, Entry>,
  lease: Lease,
): void {
  way.lease = null;
  lease.want(0, 0);
  way.closed();
}
