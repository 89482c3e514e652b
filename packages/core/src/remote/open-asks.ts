/**
 * Asks under way between hosts. Owns those that went out, by the number that this host drew, and those that came
 * in and are not answered, by host and number; holds that each that went out is settled once: by its reply, by its
 * asker, or by the death of the host that took it. Called by the node; what an ask means to its ends is theirs to
 * know.
 */
import type { Ask, CallChain } from '../actor/ask.ts';
import type { HandlerSpec } from '../actor/definition.ts';
import type { Sender } from '../actor/sender.ts';
import { MillraceError } from '../errors.ts';
import { type Link, ROW } from './protocol.ts';
import { RemoteAsk } from './remote-origin.ts';
import { taken } from './rows-out.ts';

/** Asks without an answer so far. */
export class OpenAsks {
  readonly #lostPayload: unknown;
  readonly #out = new Map<number, { readonly ask: Ask; readonly host: number }>();
  readonly #in: Map<number, RemoteAsk>[] = [];
  #last = 0;

  /** @param lostPayload stands where a reply was that could not be decoded */
  constructor(lostPayload: unknown) {
    this.#lostPayload = lostPayload;
  }

  // Out.

  /** Puts a paid ask on the link. @throws when it cannot travel; the ask has failed with that */
  ship(host: number, link: Link, slot: number, handler: HandlerSpec, payload: unknown, ask: Ask): void {
    this.#last = (this.#last + 1) | 0;
    const id = this.#last;
    const from = ask.sender.senderId;
    try {
      if (ask.chain.before === null) {
        taken(link.append(ROW.ask, handler.index, slot, from, id, payload));
      } else {
        const waiting: number[] = [];
        for (let one = ask.chain.before; one !== null; one = one.before as typeof one)
          waiting.push(one.sender.senderId);
        taken(link.append(ROW.askChain, handler.index, slot, from, id, [waiting, payload]));
      }
    } catch (error) {
      // It is over, and its place among the asker's open ones is free.
      ask.fail(error);
      throw error;
    }
    this.#out.set(id, { ask, host });
    ask.onGivenUp = () => {
      this.#out.delete(id);
      link.append(ROW.cancel, 0, id, 0, 0, undefined);
    };
  }

  /** A reply came. False when nobody waits for it. */
  settle(id: number, succeeded: boolean, payload: unknown): boolean {
    const ask = this.take(id);
    if (ask === undefined) return false;
    if (payload === this.#lostPayload) {
      ask.fail(new MillraceError('ERR_FRAME_CORRUPT', { what: 'reply', handler: ask.handler }));
    } else if (succeeded) ask.succeed(payload);
    else ask.fail(payload);
    return true;
  }

  /** Takes an ask out; undefined when its asker has given up. */
  take(id: number): Ask | undefined {
    const ask = this.#out.get(id)?.ask;
    this.#out.delete(id);
    return ask;
  }

  // In.

  /**
   * An ask came from another host, over `link` it is answered.
   *
   * @param waiting who else waits for the answer, by whose asks the sender came to ask; nearest first
   */
  received(host: number, id: number, sender: Sender, waiting: readonly Sender[], link: Link): RemoteAsk {
    const open = (this.#in[host] ??= new Map<number, RemoteAsk>());
    const before = waiting.reduceRight<CallChain | null>(longer, null);
    const ask = new RemoteAsk(id, sender, longer(before, sender), link, (settled) => open.delete(settled));
    open.set(id, ask);
    return ask;
  }

  /** The asker gave up. */
  cancelled(host: number, id: number): void {
    this.#in[host]?.get(id)?.cancelled();
  }

  /** A host died: nobody there waits for answers, and none will come from there. */
  hostLost(host: number): void {
    for (const ask of [...(this.#in[host]?.values() ?? [])]) ask.cancelled();
    for (const [id, { ask, host: askedHost }] of this.#out) {
      if (askedHost !== host) continue;
      this.#out.delete(id);
      ask.onGivenUp = null;
      ask.fail(new MillraceError('ERR_HOST_LOST', { host, target: ask.target.path, handler: ask.handler }));
    }
  }
}

function longer(before: CallChain | null, sender: Sender): CallChain {
  return { sender, before, length: 1 + (before?.length ?? 0) };
}
