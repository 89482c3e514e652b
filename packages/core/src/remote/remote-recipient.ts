/**
 * The receiving end of a ref whose actor lives on another host. Owns this host's way to it: the lease that
 * pays, the line that waits. Holds that a message leaves only when it is paid for, that a message which
 * cannot be encoded gives its credit back, and that after the actor is gone nothing waits here.
 */
import type { Address } from '../address.ts';
import { Ref, refTo } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import { type Ledger, Losses } from '../actor/ledger.ts';
import { LeasedRecipient } from '../actor/leased-recipient.ts';
import { ParkedSend } from '../actor/parked-send.ts';
import type { Origin, Watcher } from '../actor/recipient.ts';
import type { Sender } from '../actor/sender.ts';
import type { Lease } from '../credit/lease.ts';
import { attach, detach, lineGrew, lineShrank, refund, serve, tryPay } from '../credit/outbound.ts';
import type { StopReason } from '../events.ts';
import type { Stallable } from '../keyed/keyed-words.ts';
import { WaitingLine } from '../mailbox/waiting-line.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { HostLife } from './protocol.ts';

/** What a remote recipient needs of the node. */
export interface RemoteHost {
  readonly kernel: Kernel;
  /** Puts a paid message on the link. Throws when it cannot be encoded. */
  ship(to: RemoteRecipient, handler: HandlerSpec, payload: unknown, origin: Origin): void;
  /** True when the link holds back too much: the recipient parks, and is told to resume when it has drained. */
  congested(recipient: Stallable): boolean;
  /** Asks the owner to lend one slot above the capacity. */
  borrow(recipient: RemoteRecipient, slot: number): void;
  /** Asks the owner for a slot. */
  resolve(recipient: RemoteRecipient): void;
  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void;
}

/** An actor that is being made, as far as this host knows. */
export interface Unborn {
  /** Its host died: it is made again, there or elsewhere, or it is gone. */
  readonly lost: boolean;
  /** Hosts that are to be told of it from here, the host of its parent. */
  readonly tell: Set<number>;
  /** It is to be stopped as soon as it is there. */
  stop?: { readonly shutdownMs: ShutdownMs | undefined };
}

/** An actor of another host, as this host sends to it. */
export class RemoteRecipient extends LeasedRecipient {
  // First what each message touches, so that it lies in the object's first cache lines.
  readonly #node: RemoteHost;
  /** The host it lives on; another one after its host died and its parent had it made again. */
  host: number;
  /** Set until it is known that the actor's host has made it. The host of its parent says so. */
  unborn: Unborn | null = null;
  readonly id: number;
  readonly path: string;
  /** Where its parent lives. When that host dies the actor is not made again, and is stopped where it is. */
  readonly parent: HostLife;
  readonly ref: ActorRef;
  #losses: Losses | null = null;
  #watchers: Set<Watcher> | null = null;
  #stopReason: StopReason | null = null;

  constructor(
    node: RemoteHost,
    definition: ErasedDefinition,
    host: number,
    id: number,
    path: string,
    parent: HostLife,
  ) {
    super(node.kernel, definition);
    this.#node = node;
    this.host = host;
    this.id = id;
    this.path = path;
    this.parent = parent;
    this.ref = refTo(this);
  }

  override get address(): Address {
    return { path: this.path, id: this.id };
  }

  override get gone(): boolean {
    return this.#stopReason !== null;
  }

  override get settled(): boolean {
    return this.gone;
  }

  override get losses(): Losses {
    this.#losses ??= new Losses(this.kernel.losses);
    return this.#losses;
  }

  override admit(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    // Without a lease it may be nowhere, and then there is no link to look at.
    if (this.lease === null || this.#node.congested(this)) return false;
    if (tryPay(this) !== 'paid') return false;
    try {
      this.#node.ship(this, handler, payload, origin);
    } catch (error) {
      refund(this);
      throw error;
    }
    this.offered += 1;
    return true;
  }

  /** Its host died: what was sent from here and not taken there waits again, before all else. */
  returned(handler: HandlerSpec, payload: unknown, origin: Origin, sender: Sender): void {
    const send = new ParkedSend(this, sender, handler, payload, origin, this.kernel.dispatcher.now, false);
    this.line ??= new WaitingLine<Sender, ParkedSend>();
    this.line.enqueueReturned(send);
  }

  /** Its host died: sends park until it is known where it lives, or that it is gone. */
  detach(): void {
    detach(this);
  }

  /** The actor lives on this host now: who waits or watches goes over to its cell. */
  cameHome(cell: Cell): void {
    detach(this);
    Ref.rebind(this.ref, cell);
    cell.ref = this.ref;
    for (const watcher of this.#takeWatchers()) cell.watchedBy(watcher);
    cell.takeOver(this.line);
  }

  /** What this host offered to the actor. What was accepted is counted where the actor lives. */
  ledger(): Ledger {
    return {
      offered: this.offered,
      refused: this.#losses?.refused ?? 0,
      parked: this.line?.size ?? 0,
      // Only what was dropped here by the policy.
      accepted: this.accepted,
      handled: 0,
      failed: 0,
      dropped: this.#losses?.dropped ?? {},
      deadLettered: 0,
      queued: 0,
    };
  }

  /** Asks the owner for one credit above the capacity; it comes as any other credit does. */
  override admitOverdraft(): boolean {
    const { lease } = this;
    if (lease === null || this.gone) return false;
    this.#node.borrow(this, lease.slot);
    return true;
  }

  /** The link has room again. */
  resume(): void {
    serve(this);
  }

  /** The owner gave this host a slot. */
  attached(lease: Lease): void {
    attach(this, lease);
  }

  /** The actor is gone: whoever waits or watches hears of it, once. */
  vanished(reason: StopReason): void {
    if (this.#stopReason !== null) return;
    this.#stopReason = reason;
    detach(this);
    this.refuseLine('ERR_ACTOR_STOPPED');
    for (const watcher of this.#takeWatchers()) watcher.watchedStopped(this.ref, reason);
  }

  override closed(): void {
    this.#node.resolve(this);
  }

  override requestStop(shutdownMs: ShutdownMs | undefined): void {
    if (!this.gone) this.#node.stop(this, shutdownMs);
  }

  override watchedBy(watcher: Watcher): void {
    if (this.#stopReason !== null) {
      watcher.watchedStopped(this.ref, this.#stopReason);
      return;
    }
    this.#watchers ??= new Set<Watcher>();
    this.#watchers.add(watcher);
  }

  override unwatchedBy(watcher: Watcher): void {
    this.#watchers?.delete(watcher);
  }

  #takeWatchers(): readonly Watcher[] {
    const watchers = [...(this.#watchers ?? [])];
    this.#watchers = null;
    return watchers;
  }

  protected override parked(): void {
    lineGrew(this);
  }

  protected override left(): void {
    lineShrank(this);
  }

  protected override carry({ handler, payload, origin }: ParkedSend): void {
    this.#node.ship(this, handler, payload, origin);
  }
}
