/**
 * Refs as they stand in messages between hosts. Owns nothing; holds that a ref which was read leads to the actor
 * that was meant, wherever it lives by then, that there is one ref object for each actor on a host until the actor is
 * gone and nothing afterwards, and that words which make no sense throw and change nothing. Called by the codec for each ref in a payload.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import { MillraceError } from '../errors.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import { KeyedRecipient } from '../keyed/keyed-recipient.ts';
import type { ActorRef } from '../ref.ts';
import type { ActorTable } from './actor-table.ts';
import type { RefWords } from './protocol.ts';
import { RemoteRecipient } from './remote-recipient.ts';
import type { RowsOut } from './rows-out.ts';
import type { Whereabouts } from './whereabouts.ts';

/** In place of a slot: there is none to give, and the generation says how many ends of the host are known. */
const SLOT_NONE = -1;

/** In place of a slot: the ref is by key, and the path is the key. */
const SLOT_BY_KEY = -2;

/**
 * In place of a slot: the actor is being made at the word of the host that wrote the ref, and the host it will
 * live on may not have heard that word. Asked now it would say that there is no such actor.
 */
const SLOT_UNBORN = -3;

/** What refs are made from. */
export interface RefParts {
  readonly out: RowsOut;
  readonly actors: ActorTable;
  readonly whereabouts: Whereabouts;
  readonly keyed: KeyedHost;
}

/** What to send for a ref in a message to `toHost`; the host may then send to the actor at once. */
export function writeRef({ out, actors, whereabouts }: RefParts, ref: unknown, toHost: number): RefWords {
  const recipient = Ref.recipientOf(ref);
  const { address, definition } = recipient;
  const { name } = definition;
  if (recipient instanceof KeyedRecipient) return [out.self, 0, name, recipient.key, SLOT_BY_KEY, 0];
  if (recipient instanceof RemoteRecipient) {
    const { unborn, host } = recipient;
    if (unborn !== null) {
      unborn.tell.add(toHost);
      return [host, address.id, name, address.path, SLOT_UNBORN, 0];
    }
    return [host, address.id, name, address.path, SLOT_NONE, whereabouts.lossesOf(host)];
  }
  const exported = actors.export(recipient as Cell, toHost);
  if (exported === null)
    return [out.self, address.id, name, address.path, SLOT_NONE, whereabouts.lossesOf(out.self)];
  const { slot, generation } = exported.lender;
  return [out.self, address.id, name, address.path, slot, generation];
}

/** The ref that came in a message from a host. @throws ERR_FRAME_CORRUPT when the words make no sense */
export function readRef(parts: RefParts, words: unknown, from: number): ActorRef {
  const { out, actors, whereabouts, keyed } = parts;
  const [host, id, actor, path, slot, generation] = checkRefWords(words, out.hosts);
  if (slot === SLOT_BY_KEY) return keyed.refOf(actor, path);
  // Whatever the words say: it may have come to live here since.
  const cell = actors.here(id);
  if (cell !== undefined) return cell.ref;
  const known = actors.elsewhere(id) !== undefined;
  const recipient = actors.meet(host, id, actor, path);
  if (slot === SLOT_UNBORN) {
    // What this host wrote itself came back: it waited for the actor, and waits no more.
    if (!known && from === out.self) whereabouts.vanished(id, 'stopped');
    else if (!known) whereabouts.expect(recipient, from);
  } else if (host === out.self) {
    // It was made here since this host began, and is here no more: nobody would tell this host of it again.
    whereabouts.vanished(id, 'stopped');
  } else if (slot >= 0) {
    whereabouts.attach(recipient, host, slot, generation);
  } else if (recipient.unborn !== null) {
    // Whoever named it first says when it is there.
  } else if (!known && from !== out.self && generation < whereabouts.lossesOf(host)) {
    whereabouts.locate(recipient, from);
  } else if (recipient.outbound.lease === undefined) {
    whereabouts.resolve(recipient);
  }
  return recipient.ref;
}

function checkRefWords(words: unknown, hosts: number): RefWords {
  if (Array.isArray(words)) {
    const [host, id, actor, path, slot, generation] = words as unknown[];
    const numbers = [host, id, slot, generation].every((word) => Number.isInteger(word));
    if (
      numbers &&
      typeof actor === 'string' &&
      typeof path === 'string' &&
      (host as number) >= 0 &&
      (host as number) < hosts
    ) {
      return words as unknown as RefWords;
    }
  }
  throw new MillraceError('ERR_FRAME_CORRUPT', { what: 'ref' });
}
