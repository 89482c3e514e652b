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
import { RemoteParent } from './remote-child.ts';
import { RemoteRecipient } from './remote-recipient.ts';
import type { RowsOut } from './rows-out.ts';
import type { Whereabouts } from './whereabouts.ts';

/** In place of a slot: there is none to give, and the generation says how many ends of the host are known. */
const SLOT_NONE = -1;

/** In place of a slot: the ref is by key, and the path is the key. */
const SLOT_BY_KEY = -2;

/**
 * In place of a slot: the actor is being made, and the host it will live on may not have heard of that. Asked now it
 * would say that there is no such actor. The generation says how many ends of that host are known.
 */
const SLOT_UNBORN = -3;

/** In place of the ends of a host: the actor is there no more. */
const LOST = -1;

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
  if (recipient instanceof KeyedRecipient) return [out.self, 0, name, recipient.key, SLOT_BY_KEY, 0, 0, 0];
  const { id, path } = address;
  if (recipient instanceof RemoteRecipient) {
    const { unborn, host, parent } = recipient;
    const known = recipient.gone || unborn?.lost === true ? LOST : whereabouts.lossesOf(host);
    if (unborn !== null && parent.host === out.self) unborn.tell.add(toHost);
    const slot = unborn === null ? SLOT_NONE : SLOT_UNBORN;
    return [host, id, name, path, slot, known, parent.host, parent.losses];
  }
  const cell = recipient as Cell;
  const parent = cell.link instanceof RemoteParent ? cell.link.at : whereabouts.here;
  const lender = actors.export(cell, toHost)?.lender;
  const slot = lender?.slot ?? SLOT_NONE;
  const generation = lender?.generation ?? whereabouts.here.losses;
  return [out.self, id, name, path, slot, generation, parent.host, parent.losses];
}

/** The ref that came in a message from a host. @throws ERR_FRAME_CORRUPT when the words make no sense */
export function readRef(parts: RefParts, words: unknown, from: number): ActorRef {
  const { out, actors, whereabouts, keyed } = parts;
  const [host, id, actor, path, slot, generation, parent, losses] = checkRefWords(words, out.hosts);
  if (slot === SLOT_BY_KEY) return keyed.refOf(actor, path);
  // Whatever the words say: it may have come to live here since.
  const cell = actors.here(id);
  if (cell !== undefined) return cell.ref;
  const before = actors.elsewhere(id);
  const known = before !== undefined;
  const recipient = before ?? actors.meet(host, id, actor, path, { host: parent, losses });
  if (slot === SLOT_UNBORN) {
    if (!known) whereabouts.seek(recipient, generation, from === parent);
  } else if (host === out.self) {
    // It was made here since this host began, and is here no more: nobody would tell this host of it again.
    whereabouts.vanished(id, 'stopped');
  } else if (slot >= 0) {
    whereabouts.attach(recipient, host, slot, generation);
  } else if (recipient.unborn !== null) {
    // The host of its parent says when it is there.
  } else if (!known && generation < whereabouts.lossesOf(host)) {
    whereabouts.seek(recipient, generation, false);
  } else if (recipient.lease === null) {
    whereabouts.resolve(recipient);
  }
  return recipient.ref;
}

function checkRefWords(words: unknown, hosts: number): RefWords {
  if (Array.isArray(words)) {
    const [host, id, actor, path, slot, generation, parent, losses] = words as unknown[];
    const numbers = [id, slot, generation, losses].every((word) => Number.isInteger(word));
    const known = [host, parent].every((word) => isIndexBelow(hosts, word));
    if (numbers && known && typeof actor === 'string' && typeof path === 'string') {
      return words as unknown as RefWords;
    }
  }
  throw new MillraceError('ERR_FRAME_CORRUPT', { what: 'ref' });
}

function isIndexBelow(end: number, word: unknown): boolean {
  return Number.isInteger(word) && (word as number) >= 0 && (word as number) < end;
}
