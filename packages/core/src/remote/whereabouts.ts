/**
 * Where the actors of other hosts are. Owns which of them wait to be made, and how many ends of each host this one
 * has heard of; holds that word of a birth, a move or an end reaches each host that knows the actor, in whichever
 * order rows come, and that nobody is asked for an actor before it is there or after it has left. Called by the node
 * as rows come and as hosts die; must not know supervisors.
 *
 * An actor is asked for (`resolve`) on the host where it lives, which gives a slot (`attached`) or says that it is
 * `gone`. Three things come in between:
 *
 * - It is being made. Who named it says so, and tells when it is there (`moved`); till then sends park here.
 * - Its host died. Its parent has it made again and tells all hosts (`moved`, or `gone`).
 * - It was named by a host that had not heard of a loss yet, to one that had. A ref carries the number of ends of
 *   its host that the writer knew: with fewer than here, the writer is asked (`locate`), which answers when it knows.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { LeaseTable } from '../credit/lease-table.ts';
import type { StopReason } from '../events.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { ActorTable } from './actor-table.ts';
import type { ExportedCell } from './exported-cell.ts';
import { MAIN } from './node-options.ts';
import { ROW } from './protocol.ts';
import type { RemoteRecipient, Unborn } from './remote-recipient.ts';
import type { RowsOut } from './rows-out.ts';

/** In place of the host that says when an actor is there: its parent tells every host. */
const NOBODY = -1;

/** What the whereabouts are known by. */
export interface WhereaboutsParts {
  readonly kernel: Kernel;
  readonly out: RowsOut;
  readonly actors: ActorTable;
  readonly leases: LeaseTable;
  readonly keyed: KeyedHost;
}

/** Where the actors of other hosts are, as far as this one knows. */
export class Whereabouts {
  readonly #parts: WhereaboutsParts;
  readonly #losses: number[];

  /** @param losses by host: ends that were settled before this host began */
  constructor(parts: WhereaboutsParts, losses: Iterable<number>) {
    this.#parts = parts;
    this.#losses = [...losses];
  }

  /** Ends of a host that this one has heard of. */
  lossesOf(host: number): number {
    return this.#losses[host] as number;
  }

  // What this host asks and says.

  /** Asks the host of an actor for a slot. */
  resolve({ host, id }: RemoteRecipient): void {
    this.#parts.out.say(host, ROW.resolve, id);
  }

  /** Asks for an actor to be stopped, once it is there. */
  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void {
    const { unborn, host, id } = recipient;
    const { out } = this.#parts;
    // Where another host is having it made, a word from here may come before that host's.
    if (unborn !== null && unborn.by !== out.self) unborn.stop = { shutdownMs };
    else out.say(host, ROW.stop, id, shutdownMs ?? null);
  }

  /** `teller` says when the actor is there; this host itself, when it has it made. */
  expect(recipient: RemoteRecipient, teller: number): void {
    recipient.unborn = waitingFor(recipient, teller);
  }

  /** Tells a host where an actor is. */
  sayMoved(host: number, { id, host: newHost }: { readonly id: number; readonly host: number }): void {
    this.#parts.out.append(host, ROW.moved, 0, id, newHost, this.lossesOf(newHost), undefined);
  }

  /** Tells a host the slot that it was given. */
  sayAttached(host: number, id: number, { lender }: ExportedCell): void {
    this.#parts.out.append(host, ROW.attached, 0, id, lender.slot, lender.generation, undefined);
  }

  /** Asks who named an actor where it is: the host that was named may be one which the actor has left. */
  locate(recipient: RemoteRecipient, teller: number): void {
    const { host, id } = recipient;
    this.expect(recipient, teller);
    this.#parts.out.append(teller, ROW.locate, 0, id, host, this.lossesOf(host), undefined);
  }

  /** Uses a slot that the actor's host gave to this one, so it is there. */
  attach(recipient: RemoteRecipient, host: number, slot: number, generation: number): void {
    // That may come before the word of its parent that it was made again there.
    if (recipient.host !== host) {
      recipient.host = host;
      recipient.detach();
    }
    const { lease } = recipient.outbound;
    if (lease === undefined || lease.slot !== slot || !lease.open)
      recipient.attached(this.#parts.leases.open(host, slot, generation, recipient.outbound));
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

  /** `teller` says that an actor is on a host, of which it has heard so many ends. */
  moved(teller: number, id: number, host: number, losses: number): void {
    const recipient = this.#parts.actors.elsewhere(id);
    // With a slot of that host it is known already; and what was paid by that slot must find it should the host die.
    if (recipient === undefined || (recipient.host === host && recipient.outbound.lease !== undefined))
      return;
    recipient.host = host;
    recipient.detach();
    if (losses < this.lossesOf(host)) {
      this.locate(recipient, teller);
    } else if (host === this.#parts.out.self) {
      // Were it here, nobody would look for it elsewhere: it was, and is gone.
      this.vanished(id, 'stopped');
    } else {
      this.resolve(recipient);
      this.#born(recipient);
    }
  }

  /** A host asks where an actor is that was named to it as one of `lostHost`, of which it has heard so many ends. */
  located(asker: number, id: number, lostHost: number, losses: number): void {
    const { actors, out, keyed } = this.#parts;
    const recipient = actors.elsewhere(id);
    if (recipient === undefined) {
      // The main thread is asked when a teller died, also about actors that it never heard of.
      if (out.self === MAIN && keyed.home.lives(lostHost) && actors.here(id) === undefined)
        this.sayMoved(asker, { id, host: lostHost });
      else this.resolved(asker, id);
      return;
    }
    // The news of the loss is on its way here too.
    if (recipient.unborn === null && recipient.host === lostHost && this.lossesOf(lostHost) < losses)
      this.expect(recipient, NOBODY);
    if (recipient.unborn !== null) recipient.unborn.tell.add(asker);
    else this.sayMoved(asker, recipient);
  }

  /** An actor of another host is gone. */
  vanished(id: number, reason: StopReason): void {
    const { actors, out, kernel } = this.#parts;
    const recipient = actors.forget(id);
    if (recipient === undefined) return;
    for (const host of recipient.unborn?.tell ?? []) out.sayGone(host, id, reason);
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
      this.expect(recipient, NOBODY);
    }
  }

  /** Every host told which actors of the dead one it may make again: those that are not among them are gone. */
  hostSettled(host: number, kept: ReadonlySet<number>): void {
    for (const recipient of this.#parts.actors.allElsewhere()) {
      if (recipient.unborn?.by === host && recipient.host !== host) this.#tellerLost(recipient);
      if (recipient.host === host && recipient.outbound.lease === undefined && !kept.has(recipient.id))
        this.vanished(recipient.id, 'host-lost');
    }
  }

  /** Who was to say where an actor is died. The main thread lives and hears of most; else it is where it was to be. */
  #tellerLost(recipient: RemoteRecipient): void {
    const { out, keyed } = this.#parts;
    if (out.self !== MAIN) {
      this.locate(recipient, MAIN);
    } else if (recipient.host === MAIN) {
      this.vanished(recipient.id, 'stopped');
    } else if (keyed.home.lives(recipient.host)) {
      this.#born(recipient);
      this.resolve(recipient);
    } else {
      this.expect(recipient, NOBODY);
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

/** Whoever waits with an actor for word of it goes on waiting. */
function waitingFor({ unborn }: RemoteRecipient, teller: number): Unborn {
  return { ...unborn, by: teller, tell: unborn?.tell ?? new Set() };
}
