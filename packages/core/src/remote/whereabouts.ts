/**
 * Where the actors of other hosts are. Owns which of them wait to be made, and how many ends of each host this one
 * has heard of; holds that word of a birth, a move or an end reaches each host that knows the actor, in whichever
 * order rows come, and that nobody is asked for an actor before it is there or after it has left. Called by the node
 * as rows come and as hosts die; must not know supervisors.
 *
 * An actor is asked for (`resolve`) on the host where it lives, which gives a slot (`attached`) or says that it is
 * `gone`. Three things come in between:
 *
 * - It is being made. A ref says so, and the host of its parent tells when it is there (`moved`); till then sends
 *   park here.
 * - Its host died. Its parent has it made again and tells all hosts (`moved`, or `gone`).
 * - It was named by a host that had not heard of a loss yet, to one that had. A ref carries the number of ends of
 *   its host that the writer knew: here more are known.
 *
 * Only the parent knows for certain. So a ref names the host of it, and who has such a ref from another host asks there
 * (`locate`), which answers when it knows. When that host dies nobody makes the actor any more, and if it was made it
 * is stopped: the host where it was to live says so, unless that one died too.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { LeaseTable } from '../credit/lease-table.ts';
import type { StopReason } from '../events.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { ActorTable } from './actor-table.ts';
import type { ExportedCell } from './exported-cell.ts';
import { type HostLife, ROW } from './protocol.ts';
import type { RemoteRecipient } from './remote-recipient.ts';
import type { RowsOut } from './rows-out.ts';

/** What the whereabouts are known by. */
export interface WhereaboutsParts {
  readonly kernel: Kernel;
  readonly out: RowsOut;
  readonly actors: ActorTable;
  readonly leases: LeaseTable;
}

/** Where the actors of other hosts are, as far as this one knows. */
export class Whereabouts {
  /** This host. */
  readonly here: HostLife;
  readonly #parts: WhereaboutsParts;
  readonly #losses: number[];

  /** @param losses by host: ends that were settled before this host began */
  constructor(parts: WhereaboutsParts, losses: Iterable<number>) {
    this.#parts = parts;
    this.#losses = [...losses];
    this.here = this.lifeOf(parts.out.self);
  }

  /** Ends of a host that this one has heard of. */
  lossesOf(host: number): number {
    return this.#losses[host] as number;
  }

  /** A host as it lives now, as far as this one has heard. */
  lifeOf(host: number): HostLife {
    return { host, losses: this.lossesOf(host) };
  }

  // What this host asks and says.

  /** Asks the host of an actor for a slot. */
  resolve({ host, id }: RemoteRecipient): void {
    this.#parts.out.say(host, ROW.resolve, id);
  }

  /** Asks for an actor to be stopped, once it is there. */
  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void {
    const { unborn, host, id, parent } = recipient;
    const { out } = this.#parts;
    // Where another host is having it made, a word from here may come before that host's.
    if (unborn !== null && (unborn.lost || parent.host !== out.self)) unborn.stop = { shutdownMs };
    else out.say(host, ROW.stop, id, shutdownMs ?? null);
  }

  /** The host of its parent says when the actor is there; this host itself, when it has it made. */
  expect(recipient: RemoteRecipient, lost = false): void {
    const { unborn } = recipient;
    // Whoever waits with it for word of it goes on waiting.
    recipient.unborn = { ...unborn, lost, tell: unborn?.tell ?? new Set() };
  }

  /** Tells a host where an actor is. */
  sayMoved(host: number, { id, host: newHost }: { readonly id: number; readonly host: number }): void {
    this.#parts.out.append(host, ROW.moved, 0, id, newHost, this.lossesOf(newHost), undefined);
  }

  /** Tells a host the slot that it was given. */
  sayAttached(host: number, id: number, { lender }: ExportedCell): void {
    this.#parts.out.append(host, ROW.attached, 0, id, lender.slot, lender.generation, undefined);
  }

  /**
   * Finds out where an actor is that was not known here and may not be where it was said to be.
   *
   * @param losses ends of that host, as far as who named the actor had heard of them
   * @param told the host of its parent tells without being asked
   */
  seek(recipient: RemoteRecipient, losses: number, told: boolean): void {
    const { host, id, parent } = recipient;
    const { out } = this.#parts;
    const lossesHere = this.lossesOf(host);
    this.expect(recipient, losses < lossesHere);
    if (parent.losses < this.lossesOf(parent.host)) this.#parentLost(recipient);
    else if (parent.host === out.self) this.vanished(id, 'stopped');
    else if (!told) out.append(parent.host, ROW.locate, 0, id, host, lossesHere, undefined);
  }

  /** Uses a slot that the actor's host gave to this one, so it is there. */
  attach(recipient: RemoteRecipient, host: number, slot: number, generation: number): void {
    // That may come before the word of its parent that it was made again there.
    if (recipient.host !== host) {
      recipient.host = host;
      recipient.detach();
    }
    const { lease } = recipient;
    if (lease === null || lease.slot !== slot || !lease.open)
      recipient.attached(this.#parts.leases.open(host, slot, generation, recipient));
    this.#born(recipient);
  }

  // What rows say.

  /** A host asks for a slot of an actor of this one. */
  resolved(host: number, id: number): void {
    const cell = this.#parts.actors.here(id);
    const exported = cell === undefined ? null : this.#parts.actors.export(cell, host);
    if (exported === null) this.#parts.out.sayGone(host, id, 'stopped');
    else this.sayAttached(host, id, exported);
  }

  /** The host of an actor gave this one a slot. False when nobody here knows it. */
  attached(host: number, id: number, slot: number, generation: number): boolean {
    const recipient = this.#parts.actors.elsewhere(id);
    if (recipient !== undefined) this.attach(recipient, host, slot, generation);
    return recipient !== undefined;
  }

  /** The host of its parent says that an actor is on a host, of which it has heard so many ends. */
  moved(id: number, host: number, losses: number): void {
    const recipient = this.#parts.actors.elsewhere(id);
    // When that host died since, its parent has yet to hear of it, and tells all hosts then.
    if (recipient === undefined || losses < this.lossesOf(host)) return;
    // With a slot of that host it is known already; and what was paid by that slot must find it should the host die.
    if (recipient.host === host && recipient.lease !== null) return;
    recipient.host = host;
    recipient.detach();
    if (host === this.#parts.out.self) {
      // Were it here, nobody would look for it elsewhere: it was, and is gone.
      this.vanished(id, 'stopped');
    } else {
      this.resolve(recipient);
      this.#born(recipient);
    }
  }

  /** A host asks where an actor is that was named to it as one of `lostHost`, of which it has heard so many ends. */
  located(asker: number, id: number, lostHost: number, losses: number): void {
    const recipient = this.#parts.actors.elsewhere(id);
    if (recipient === undefined) this.resolved(asker, id);
    else if (recipient.unborn !== null) recipient.unborn.tell.add(asker);
    // Else the news of the loss is on its way here too, and all hosts are told then.
    else if (recipient.host !== lostHost || this.lossesOf(lostHost) >= losses)
      this.sayMoved(asker, recipient);
  }

  /** An actor of another host is gone. */
  vanished(id: number, reason: StopReason): void {
    const { actors, out, kernel } = this.#parts;
    const recipient = actors.forget(id);
    if (recipient === undefined) return;
    for (const host of recipient.unborn?.tell ?? []) out.sayGone(host, id, reason);
    recipient.unborn = null;
    recipient.vanished(reason);
    kernel.retired.add(recipient.ledger());
  }

  /** An actor lives on this host now. If it was known here while it lived on one that died, that goes over to it. */
  cameHome(id: number, cell: Cell): void {
    const { actors, out, kernel } = this.#parts;
    const recipient = actors.forget(id);
    if (recipient === undefined) return;
    recipient.host = out.self;
    recipient.cameHome(cell);
    this.#born(recipient);
    kernel.retired.add(recipient.ledger());
  }

  // When a host dies.

  /** A host died: of its actors nobody is asked until it is known where they are. */
  hostLost(host: number): void {
    this.#losses[host] = this.lossesOf(host) + 1;
    for (const recipient of this.#parts.actors.allElsewhere()) {
      if (recipient.host !== host) continue;
      recipient.detach();
      // Its parent says where it is made again, or that it is gone: until then nobody may ask the host, dead or new.
      this.expect(recipient, true);
    }
  }

  /** Every host told which actors of the dead one it may make again: those that are not among them are gone. */
  hostSettled(host: number, kept: ReadonlySet<number>): void {
    for (const recipient of this.#parts.actors.allElsewhere()) {
      const { id, parent, lease } = recipient;
      if (recipient.host === host && lease === null && !kept.has(id)) this.vanished(id, 'host-lost');
      else if (recipient.unborn !== null && parent.host === host && parent.losses < this.lossesOf(host))
        this.#parentLost(recipient);
    }
  }

  /** The host of its parent died: where it was to live it is stopped, or was never made. */
  #parentLost(recipient: RemoteRecipient): void {
    if (recipient.unborn?.lost === true || recipient.host === this.#parts.out.self) {
      this.vanished(recipient.id, 'host-lost');
    } else {
      this.#born(recipient);
      this.resolve(recipient);
    }
  }

  /** The host that an actor lives on has made it: whoever was to wait for that is told, and what was asked of it is. */
  #born(recipient: RemoteRecipient): void {
    const { unborn } = recipient;
    if (unborn === null) return;
    recipient.unborn = null;
    for (const host of unborn.tell) this.sayMoved(host, recipient);
    // By its ref, because here it may have come home.
    if (unborn.stop !== undefined) Ref.recipientOf(recipient.ref).requestStop(unborn.stop.shutdownMs);
  }
}
