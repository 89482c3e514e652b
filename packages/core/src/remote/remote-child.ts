/**
 * A parent and a child on different hosts, each seen from the other side. The parent's host holds a
 * {@link RemoteChild}, which passes signals on and hands reports to the record; the child's host holds a
 * {@link RemoteParent}, which passes reports on. Own nothing but the way.
 */
import type { ChildTarget, ParentLink, Signal } from '../actor/child.ts';
import { MillraceError } from '../errors.ts';
import { assert, unreachable } from '../lib/assert.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { ReportWords, SpawnWords } from './protocol.ts';
import type { RemoteRecipient } from './remote-recipient.ts';

/** A child on another host, as its parent steers it. */
export class RemoteChild implements ChildTarget {
  readonly recipient: RemoteRecipient;
  readonly #link: ParentLink;
  readonly #send: (signal: Signal) => void;

  constructor(recipient: RemoteRecipient, link: ParentLink, send: (signal: Signal) => void) {
    this.recipient = recipient;
    this.#link = link;
    this.#send = send;
  }

  get ref(): ActorRef {
    return this.recipient.ref;
  }

  get gone(): boolean {
    return this.recipient.gone;
  }

  signal(signal: Signal): void {
    if (!this.gone) this.#send(signal);
  }

  /** The child reports. */
  report(words: ReportWords): void {
    switch (words.what) {
      case 'started':
        this.#link.started();
        return;
      case 'halted':
        this.#link.halted();
        return;
      case 'failed':
        this.#link.failed(words.error, words.during);
        return;
      case 'stopped':
        this.#link.stopped(words.reason, words.by);
        return;
      case 'stopMe':
        this.#link.requestStop(words.shutdownMs ?? undefined);
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
  readonly #send: (report: ReportWords) => void;
  #over = false;

  constructor(words: SpawnWords, send: (report: ReportWords) => void) {
    this.name = words.name;
    this.parentPath = words.parentPath;
    this.depth = words.depth;
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
