/**
 * The way out of a host: rows to all others. Owns the count of user messages that went to each, and who waits for
 * a link to drain; holds that a row is taken or its writer hears of it, and that sends begin to park long before a
 * link is full, so that rows of the runtime itself always have room. Written to by all parts of the node; must
 * not know actors.
 */
import { MillraceError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import type { Stallable } from '../keyed/keyed-words.ts';
import type { NodeLink } from './node-options.ts';
import { ROW, STOP_REASONS } from './protocol.ts';

/** Rows held back by one link past which sends park, so that rows of the runtime itself always have room. */
const CONGESTED_ROWS = 65_536;

/** Rows from one host to all others. */
export class RowsOut {
  readonly self: number;
  readonly hosts: number;
  readonly #open: (host: number) => NodeLink;
  /** By host, once there is one. A link outlives the host at its other end. */
  readonly #links: (NodeLink | undefined)[];
  readonly #sentTo: number[];
  #stalled = new Set<Stallable>();
  /** Some link may hold rows back. Looked at for each message; the links themselves only when this is set. */
  #holding = false;

  constructor(self: number, hosts: number, link: (host: number) => NodeLink) {
    this.self = self;
    this.hosts = hosts;
    this.#open = link;
    this.#links = new Array<NodeLink | undefined>(hosts).fill(undefined);
    this.#sentTo = new Array<number>(hosts).fill(0);
  }

  /** The way to a host. See `NodeOptions.link`. */
  link(host: number): NodeLink {
    return (this.#links[host] ??= this.#open(host));
  }

  /** Puts a row behind all others. @throws ERR_HOST_LOST when the link is stuck for good; what encoding it throws */
  append(
    host: number,
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): void {
    taken(this.link(host).append(kind, handler, target, from, ask, payload));
  }

  /** A row that is about its target alone. */
  say(host: number, kind: number, target: number, payload?: unknown): void {
    this.append(host, kind, 0, target, 0, 0, payload);
  }

  /** Tells a host that an actor is gone. */
  sayGone(host: number, id: number, reason: StopReason): void {
    this.append(host, ROW.gone, STOP_REASONS.indexOf(reason), id, 0, 0, undefined);
  }

  /** Sends what waits for a host now, instead of at the end of the pass. */
  push(host: number): void {
    this.link(host).push();
  }

  // User messages.

  /** One went to a host. */
  sent(host: number): void {
    this.#sentTo[host] = (this.#sentTo[host] as number) + 1;
  }

  /** So many came back from a host that died. */
  cameBack(host: number, messages: number): void {
    this.#sentTo[host] = (this.#sentTo[host] as number) - messages;
  }

  /** How many went to a host that died, and did not come back. The count begins anew. */
  settle(host: number): number {
    const sent = this.#sentTo[host] as number;
    this.#sentTo[host] = 0;
    return sent;
  }

  /** How many went to all hosts that live. */
  get total(): number {
    return this.#sentTo.reduce((sum, count) => sum + count, 0);
  }

  // Links that hold back too much.

  /** A link could not write out all its rows: sends by it may have to wait. */
  heldBack(): void {
    this.#holding = true;
  }

  /** True when the link to the host of `waiter` holds back too much; it is told to resume when that has drained. */
  congested(waiter: Stallable): boolean {
    if (!this.#holding || this.link(waiter.host).pending < CONGESTED_ROWS) return false;
    this.#stalled.add(waiter);
    return true;
  }

  /** Serves what was held back because a link was full. Call after the links were flushed. */
  afterFlush(): void {
    if (!this.#holding) return;
    this.#holding = this.#links.some((link) => link !== undefined && link.pending > 0);
    const stalled = this.#stalled;
    this.#stalled = new Set();
    for (const waiter of stalled) if (!this.congested(waiter)) waiter.resume();
  }
}

/** A link takes rows far beyond where sends begin to park, so one that does not is stuck for good. */
export function taken(appended: boolean): void {
  if (!appended)
    throw new MillraceError('ERR_HOST_LOST', { reason: 'the link to the host holds back all it may' });
}
