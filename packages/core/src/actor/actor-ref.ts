/**
 * The object behind `ActorRef`: a recipient with everything but tell and ask hidden. Owns nothing. There is
 * one for each actor and host, so refs of one host can be compared with `===`.
 */
import { MillraceError } from '../errors.ts';
import { formatAddress, type Address } from '../address.ts';
import type { ActorRef, AskOptions, TellOptions, TryTell } from '../ref.ts';
import type { Recipient } from './recipient.ts';

/** An {@link ActorRef} with its types erased. */
export class Ref {
  #recipient: Recipient;

  constructor(recipient: Recipient) {
    this.#recipient = recipient;
  }

  /** The recipient behind a ref. @throws ERR_OPTION_INVALID when `ref` is something else */
  static recipientOf(ref: unknown): Recipient {
    if (typeof ref === 'object' && ref !== null && #recipient in ref) return (ref as Ref).#recipient;
    throw new MillraceError('ERR_OPTION_INVALID', {
      option: 'ref',
      value: typeof ref,
      allowed: 'a ref of this system',
    });
  }

  /** The actor behind a ref lives elsewhere from now on: on this host, where it did not before. */
  static rebind(ref: ActorRef, recipient: Recipient): void {
    (ref as unknown as Ref).#recipient = recipient;
  }

  /** True for a ref, of whatever actor. */
  static isRef(value: unknown): value is ActorRef {
    return typeof value === 'object' && value !== null && #recipient in value;
  }

  get address(): Address {
    return this.#recipient.address;
  }

  tell(handler: string, payload?: unknown, options?: TellOptions): Promise<void> {
    return this.#recipient.tell(handler, payload, options);
  }

  tryTell(handler: string, payload?: unknown): TryTell {
    return this.#recipient.tryTell(handler, payload);
  }

  ask(handler: string, payload?: unknown, options?: AskOptions): Promise<unknown> {
    return this.#recipient.ask(handler, payload, options);
  }

  toString(): string {
    return formatAddress(this.address);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The public face of a recipient. */
export function refTo(recipient: Recipient): ActorRef {
  return new Ref(recipient) as unknown as ActorRef;
}
