/**
 * Rows that a host had written for another one which died before it took them: what becomes of each. Owns
 * nothing; holds that every user message among them either waits again for its actor or is counted as what it
 * became. Called by the node with what it reads back out of its own ring; must not know links.
 */
import type { Ask } from '../actor/ask.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { Origin } from '../actor/recipient.ts';
import type { Sender } from '../actor/sender.ts';
import type { Address } from '../address.ts';
import { MillraceError } from '../errors.ts';
import { ROW, type Rows } from './protocol.ts';
import { type Names, RemoteSender } from './remote-origin.ts';

/** Whoever sent such a row, and can wait with it again. */
export interface ReturnTarget {
  readonly address: Address;
  readonly definition: ErasedDefinition;
  /** A message that was on its way waits again, before all that never were. */
  returned(handler: HandlerSpec, payload: unknown, origin: Origin, sender: Sender): void;
}

/** What is needed to read such rows. */
export interface ReturnOptions {
  readonly kernel: Kernel;
  readonly names: Names;
  /** This host, which wrote the rows. */
  readonly self: number;
  /** The host that died. */
  readonly host: number;
  /** Who sent, by the slot that paid. */
  readonly bySlot: ReadonlyMap<number, ReturnTarget>;
  /** Takes an ask out of those under way; undefined when its asker has given up. */
  readonly takeAsk: (id: number) => Ask | undefined;
  /** Stands where a payload was that cannot be had. */
  readonly lostPayload: unknown;
}

/** Takes the rows of one frame back. @returns user messages among them */
export function takeBackRows(rows: Rows, options: ReturnOptions): number {
  let messages = 0;
  for (let i = 0; i < rows.count; i += 1) {
    const kind = rows.kind(i);
    if (kind !== ROW.tell && kind !== ROW.ask && kind !== ROW.askChain) continue;
    messages += 1;
    takeBackRow(rows, i, kind, options);
  }
  return messages;
}

function takeBackRow(rows: Rows, i: number, kind: number, options: ReturnOptions): void {
  const { kernel, names, self, bySlot, takeAsk, lostPayload } = options;
  const target = bySlot.get(rows.target(i));
  const handler = target?.definition.specs[rows.handler(i)];
  const ask = kind === ROW.tell ? null : takeAsk(rows.ask(i));
  if (ask === undefined) {
    // Its asker was told that it failed, and so it was offered for nothing.
    kernel.retired.refused += 1;
    kernel.losses.refuse();
    return;
  }
  if (ask !== null) ask.onGivenUp = null;
  let payload = rows.payloads[i];
  if (kind === ROW.askChain && Array.isArray(payload)) payload = payload[1];
  const sender = new RemoteSender(self, rows.from(i), names);
  if (target === undefined || handler === undefined || payload === lostPayload) {
    const lost = payload === lostPayload;
    settleLost(options, { target: target?.address, handler, payload, sender, ask, lost });
    return;
  }
  target.returned(handler, payload, ask ?? sender, sender);
}

interface LostRow {
  readonly target: Address | undefined;
  readonly handler: HandlerSpec | undefined;
  readonly payload: unknown;
  readonly sender: Sender;
  readonly ask: Ask | null;
  /** What it carried went down with the host, as a transferred buffer does; else its actor is gone. */
  readonly lost: boolean;
}

function settleLost({ kernel, host }: ReturnOptions, row: LostRow): void {
  const { ask, lost } = row;
  const target = row.target ?? { path: `host-${host}`, id: 0 };
  const handler = row.handler?.name ?? '?';
  // It had been paid for, so it counts as accepted.
  kernel.accepted += 1;
  kernel.retired.accepted += 1;
  if (lost) {
    kernel.retired.lostWithHost += 1;
  } else {
    kernel.retired.deadLettered += 1;
    kernel.losses.bury();
  }
  const sender = row.sender.senderAddress;
  const reason = lost ? 'host-lost' : 'actor-stopped';
  kernel.deadLetters.offer({ reason, target, sender, handler, payload: lost ? undefined : row.payload });
  const code = lost ? 'ERR_HOST_LOST' : 'ERR_ACTOR_STOPPED';
  ask?.fail(new MillraceError(code, { host, target: target.path, handler }));
}
