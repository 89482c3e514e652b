/**
 * A parent and a child on different hosts, each seen from the other side. The parent's host holds a
 * {@link RemoteChild}, which passes signals on and hands reports to the record; the child's host holds a
 * {@link RemoteParent}, which passes reports on. Own nothing but the way.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { ChildTarget, ParentLink, Signal } from '../actor/child.ts';
import { MillraceError } from '../errors.ts';
import { assert, unreachable } from '../lib/assert.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { HostLife, ReportWords, SpawnWords } from './protocol.ts';
import type { RemoteRecipient } from './remote-recipient.ts';

/** What a remote child needs of the node. */
export interface ChildHost {
  /** Passes a signal on. */
  signal(child: RemoteChild, signal: Signal): void;
  /** Has the child made again, under its id, on a host that lives. @throws ERR_HOST_LOST when none ever will */
  spawnAgain(child: RemoteChild): void;
  /** The child will not come back. */
  gone(child: RemoteChild, reason: StopReason): void;
}

/** A child on another host, as its parent steers it. */
export class RemoteChild implements ChildTarget {
  readonly recipient: RemoteRecipient;
  readonly link: ParentLink;
  readonly args: unknown;
  readonly placement: unknown;
  /** Its host died, and it was not made again so far. */
  lost = false;
  /** So it is, and its supervisor has not been told: other hosts may not know yet, and must before it is made again. */
  #untold = false;
  /** It is being made again on another host, and nobody else was told so far. */
  moving = false;
  readonly #node: ChildHost;

  constructor(
    node: ChildHost,
    recipient: RemoteRecipient,
    link: ParentLink,
    args: unknown,
    placement: unknown,
  ) {
    this.#node = node;
    this.recipient = recipient;
    this.link = link;
    this.args = args;
    this.placement = placement;
  }

  get ref(): ActorRef {
    return this.recipient.ref;
  }

  get gone(): boolean {
    // By its ref, because it may have come to live on this host.
    return Ref.recipientOf(this.ref).gone;
  }

  signal(signal: Signal): void {
    if (this.gone) return;
    if (!this.lost) {
      this.#node.signal(this, signal);
    } else if (signal.kind === 'stop') {
      this.#node.gone(this, 'host-lost');
      this.link.stopped('host-lost', 'order');
    } else if (this.#untold) {
      // Whatever it was to do, that it has stopped is the answer, and comes.
    } else if (signal.kind === 'start') {
      try {
        this.#node.spawnAgain(this);
      } catch (error) {
        this.#node.gone(this, 'host-lost');
        throw error;
      }
      this.lost = false;
    } else if (signal.kind === 'halt') {
      this.link.halted();
    }
  }

  forgotten(): void {
    if (this.lost && !this.gone) this.#node.gone(this, 'host-lost');
  }

  /** Its host died. */
  hostLost(): void {
    // Its supervisor knows already when it waits to be made again.
    if (this.lost) return;
    this.lost = true;
    this.#untold = true;
  }

  /** Every host knows that its host died: its supervisor decides what becomes of it. */
  hostSettled(): void {
    if (!this.#untold) return;
    this.#untold = false;
    this.link.stopped('host-lost', 'order');
  }

  /** The child reports. */
  report(words: ReportWords): void {
    switch (words.what) {
      case 'started':
        this.link.started();
        return;
      case 'halted':
        this.link.halted();
        return;
      case 'failed':
        this.link.failed(words.error, words.during);
        return;
      case 'stopped':
        this.link.stopped(words.reason, words.by);
        return;
      case 'stopMe':
        this.link.requestStop(words.shutdownMs ?? undefined);
        return;
      default:
        unreachable(words);
    }
  }
}

/** A parent on another host, as its child reports to it. */
export class RemoteParent implements ParentLink {
  readonly name: string;
  readonly parentPath: string;
  readonly depth: number;
  /** Where it lives. */
  readonly at: HostLife;
  readonly #send: (report: ReportWords) => void;
  #over = false;

  constructor(words: SpawnWords, at: HostLife, send: (report: ReportWords) => void) {
    this.name = words.name;
    this.parentPath = words.parentPath;
    this.depth = words.depth;
    this.at = at;
    this.#send = send;
  }

  started(): void {
    this.#send({ what: 'started' });
  }

  failed(error: unknown, during: FailurePoint): void {
    const told =
      error instanceof Error ? error : new MillraceError('ERR_HANDLER_FAILED', { thrown: String(error) });
    this.#send({ what: 'failed', error: told, during });
  }

  halted(): void {
    this.#send({ what: 'halted' });
  }

  stopped(reason: StopReason, by: 'itself' | 'order'): void {
    assert(!this.#over, 'an actor stops once');
    this.#over = true;
    this.#send({ what: 'stopped', reason, by });
  }

  requestStop(shutdownMs: ShutdownMs | undefined): void {
    this.#send({ what: 'stopMe', shutdownMs: shutdownMs ?? null });
  }
}
