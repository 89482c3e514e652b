/**
 * What hosts say to each other about keyed actors, and the ways they have. Owns the kinds of rows and what
 * their numbers mean; must not know how rows travel. A host says the same words to itself by a call, so a
 * system of one host is the same protocol without links.
 *
 * The home of a key is the host that a hash of it names. It alone decides where an instance lives, so there is
 * one. `asker` is a host and the number of its look-up there.
 *
 * | kind | from → to | handler | target | from | ask | payload |
 * |---|---|---|---|---|---|---|
 * | find | asker → home; holder → home | | look-up | asker | | [definition, key] |
 * | serve | home → holder | 1: make it | look-up | asker | instance | [definition, key] |
 * | attached | holder → asker | | look-up | slot | generation | id of the cell |
 * | refused | holder → asker | | look-up | | | |
 * | released | holder → home | | | | instance | [definition, key] |
 *
 * A holder whose instance is gone says `released` and only then passes on what it cannot serve as `find`, on the
 * same link: the home never sends an asker back to an instance that is gone.
 */
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Origin } from '../actor/recipient.ts';
import type { GrantListener } from '../credit/lease-table.ts';
import type { Lease } from '../credit/lease.ts';
import type { ActorKey } from './actor-key.ts';
import type { Holder } from './holder.ts';
import type { Home } from './home.ts';
import type { KeyedRecipient } from './keyed-recipient.ts';
import type { LookUps } from './look-ups.ts';
import { type HostLoad, IDLE } from './placer.ts';

/** The kinds of rows, beside those of `remote/protocol.ts`. */
export const KEYED_ROW = { find: 32, serve: 33, attached: 34, refused: 35, released: 36 } as const;

/** The first kind of row that is about keyed actors. */
export const KEYED_ROW_FIRST: number = KEYED_ROW.find;

/** What names a keyed actor between hosts. */
export type KeyWords = readonly [definition: string, key: string];

/** Who waits for an instance: a host, and the number of its look-up. */
export interface Asker {
  readonly host: number;
  readonly lookUp: number;
}

/** Numbers that look-ups and instances go round in; they travel as 32 bits with a sign. */
export const NUMBERS = 0x7fffffff;

/** Something that sends to one actor of another host and may have to wait for the link. */
export interface Stallable {
  /** The host that the actor lives on. */
  readonly host: number;
  /** The link has room again. */
  resume(): void;
}

/** The ways between hosts, as keyed actors use them. */
export interface KeyedWays {
  readonly self: number;
  readonly hosts: number;
  /** How often this host was started, this time included. */
  readonly incarnation: number;
  /** What a host says of its load. */
  loadOf(host: number): HostLoad;
  definition(name: string): ErasedDefinition;
  /** Puts a row on the link to another host. */
  say(
    host: number,
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): void;
  /** Gives another host a slot of an actor of this one; null when the actor is gone. */
  slotFor(cell: Cell, host: number): { readonly slot: number; readonly generation: number } | null;
  /** The lease of this host on a slot that another gave it. */
  lease(owner: number, slot: number, generation: number, listener: GrantListener): Lease;
  /** Puts a paid message on the link. Throws when it cannot be encoded. */
  shipTo(host: number, slot: number, handler: HandlerSpec, payload: unknown, origin: Origin): void;
  /** True when the link holds back too much; `waiter` is then told to resume. */
  congested(waiter: Stallable): boolean;
}

/** The sides of the protocol on one host, as they speak to each other there, and their ways to those of other hosts. */
export interface KeyedSides {
  readonly ways: KeyedWays;
  /** Asks for actors. */
  readonly lookUps: LookUps;
  /** Knows where they are. */
  readonly home: Home;
  /** Has them. */
  readonly holder: Holder;
  /** The recipient of a key, if somebody of this host holds a ref. */
  peek(at: ActorKey): KeyedRecipient | undefined;
}

/** The ways of a host that is alone. */
export const ALONE: KeyedWays = {
  self: 0,
  hosts: 1,
  incarnation: 1,
  loadOf: () => IDLE,
  definition: nobody,
  say: nobody,
  slotFor: () => null,
  lease: nobody,
  shipTo: nobody,
  congested: () => false,
};

function nobody(): never {
  throw new Error('a host that is alone speaks to no other');
}
