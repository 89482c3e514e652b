/**
 * Who sent what came from another host: stand-ins for senders and asks that live there. Own what is needed
 * to answer; hold that an ask is answered at most once. Made by the node as rows come.
 */
import type { Address } from '../address.ts';
import type { AskOrigin, CallChain } from '../actor/ask.ts';
import { ORIGIN, type Sender } from '../actor/sender.ts';
import { MillraceError } from '../errors.ts';
import { type Link, ROW } from './protocol.ts';

/** Who knows actors by their ids, as far as this host has heard of them. */
export interface Names {
  addressFor(actor: number): Address | undefined;
}

/** An actor, or the application code, of another host. It parks and asks there, so here it counts nothing. */
export class RemoteSender implements Sender {
  readonly senderId: number;
  readonly host: number;
  readonly parkedSends = 0;
  readonly parkedMaxSends = 0;
  openAsks = 0;
  readonly asksMax: number = Number.POSITIVE_INFINITY;
  readonly #names: Names;

  constructor(host: number, senderId: number, names: Names) {
    this.host = host;
    this.senderId = senderId;
    this.#names = names;
  }

  get originKind(): typeof ORIGIN.sender {
    return ORIGIN.sender;
  }

  get senderAddress(): Address | null {
    const id = this.senderId;
    // Paths do not travel with messages: of an actor nobody here has a ref to only the host is known.
    return id === 0 ? null : (this.#names.addressFor(id) ?? { path: `host-${this.host}`, id });
  }

  parkedSendAdded(): void {
    // Its sends park on its own host.
  }

  parkedSendSettled(): void {
    // Its sends park on its own host.
  }
}

/** Senders remembered for each host, by the low bits of their ids. */
const SENDERS_REMEMBERED = 1_024;

/** The senders of other hosts, each remembered for as long as no other comes in its place. */
export class RemoteSenders {
  readonly #byHost: (RemoteSender | undefined)[][] = [];
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** The stand-in for a sender; 0 is the application code of its host. */
  of(host: number, id: number): RemoteSender {
    const remembered = (this.#byHost[host] ??= []);
    const at = id & (SENDERS_REMEMBERED - 1);
    let sender = remembered[at];
    if (sender === undefined || sender.senderId !== id) {
      sender = new RemoteSender(host, id, this.#names);
      remembered[at] = sender;
    }
    return sender;
  }
}

/**
 * An ask that came from another host. Where the link takes no more rows, its answer is not sent: the host at the other
 * end has not read for so long that what it asked ends by time, or with that host.
 */
export class RemoteAsk implements AskOrigin {
  readonly sender: Sender;
  readonly chain: CallChain;
  settled = false;
  onGivenUp: ((error: MillraceError) => void) | null = null;
  readonly #id: number;
  readonly #link: Link;
  readonly #forget: (id: number) => void;

  constructor(id: number, sender: Sender, chain: CallChain, link: Link, forget: (id: number) => void) {
    this.#id = id;
    this.sender = sender;
    this.chain = chain;
    this.#link = link;
    this.#forget = forget;
  }

  get originKind(): typeof ORIGIN.ask {
    return ORIGIN.ask;
  }

  reply(value: unknown): void {
    if (!this.#settle()) return;
    try {
      this.#link.append(ROW.reply, 0, this.#id, 0, 0, value);
    } catch (error) {
      this.#link.append(ROW.replyError, 0, this.#id, 0, 0, error);
    }
  }

  handlerFailed(thrown: unknown): void {
    this.fail(
      thrown instanceof Error ? thrown : new MillraceError('ERR_HANDLER_FAILED', { thrown: String(thrown) }),
    );
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    try {
      this.#link.append(ROW.replyError, 0, this.#id, 0, 0, error);
    } catch (cause) {
      const told = new MillraceError('ERR_HANDLER_FAILED', { error: String(error), cause: String(cause) });
      this.#link.append(ROW.replyError, 0, this.#id, 0, 0, told);
    }
  }

  /** The asker gave up. */
  cancelled(): void {
    const told = this.onGivenUp;
    if (!this.#settle()) return;
    told?.(new MillraceError('ERR_ASK_ABORTED', { ask: this.#id }));
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.onGivenUp = null;
    this.#forget(this.#id);
    return true;
  }
}
