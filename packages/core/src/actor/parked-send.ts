/**
 * A send that waits for a slot. Owns its promise, its deadline and its abort listener; holds that it
 * settles exactly once and that its sender's count goes up once and down once. Stands in the waiting line
 * of the recipient, which decides when its turn comes.
 */
import { formatAddress } from '../address.ts';
import type { Wait } from '../credit/wait-graph.ts';
import { MillraceError } from '../errors.ts';
import { Expiring } from '../lib/deadlines.ts';
import type { AskOrigin } from './ask.ts';
import type { HandlerSpec } from './definition.ts';
import type { Origin, Recipient } from './recipient.ts';
import { SendPromise } from './send-promise.ts';
import type { Sender } from './sender.ts';

/** One parked send. */
export class ParkedSend extends Expiring {
  readonly sender: Sender;
  /** In whose line it stands. Changes when the actor is found, or comes to live, on this host. */
  recipient: Recipient;
  readonly handler: HandlerSpec;
  /** What it carries; marks in it are taken when it is admitted on this host. */
  payload: unknown;
  readonly origin: Origin;
  /** The promise of a tell; null when an ask or a timer tick waits, which hear in their own way. */
  readonly promise: SendPromise | null;
  /** Set while the wait graph knows that it waits. */
  wait: Wait | null = null;
  /** When it began to wait, on the clock. */
  readonly sinceMs: number;
  #resolve: (() => void) | null = null;
  #reject: ((error: Error) => void) | null = null;
  #unlisten: (() => void) | null = null;
  #settled = false;

  constructor(
    recipient: Recipient,
    sender: Sender,
    handler: HandlerSpec,
    payload: unknown,
    origin: Origin,
    sinceMs: number,
    promised: boolean,
  ) {
    super();
    this.recipient = recipient;
    this.sender = sender;
    this.handler = handler;
    this.payload = payload;
    this.origin = origin;
    this.sinceMs = sinceMs;
    this.promise = promised
      ? new SendPromise((resolve, reject) => {
          this.#resolve = resolve;
          this.#reject = reject;
        })
      : null;
    if (sender !== recipient.self) sender.parkedSendAdded(this);
  }

  /** Gives the send up when `signal` aborts. */
  abortWith(signal: AbortSignal): void {
    const aborted = (): void => {
      this.recipient.giveUp(
        this,
        new MillraceError(
          'ERR_SEND_ABORTED',
          { target: formatAddress(this.recipient.address), handler: this.handler.name },
          { cause: signal.reason },
        ),
      );
    };
    signal.addEventListener('abort', aborted, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', aborted);
  }

  /** The recipient waited for too long for a slot. */
  override expired(): void {
    this.recipient.parkTimedOut(this);
  }

  /** It was admitted. */
  admitted(): void {
    if (this.#settle()) this.#resolve?.();
  }

  /** It never will be. */
  refused(error: Error): void {
    if (!this.#settle()) return;
    this.promise?.silence();
    this.#reject?.(error);
    (this.origin as Partial<AskOrigin>).fail?.(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.sender !== this.recipient.self) this.sender.parkedSendSettled(this);
    this.recipient.kernel.deadlines.cancel(this);
    this.#unlisten?.();
    return true;
  }
}
