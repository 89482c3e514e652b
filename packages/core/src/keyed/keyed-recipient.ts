/**
 * The receiving end of a ref by key: it has an actor while one exists, and finds it, or has it made, when a
 * message needs it. Owns the line of sends that wait until then; holds that they reach the actor in the order of
 * each sender, and that nothing overtakes them. An actor of this host gets what is sent at once; one of
 * another host is paid by a lease, as by any sender.
 *
 * A slot that closes is no end here: the line stays, the actor is looked up again, and the line goes on.
 */
import type { Address } from '../address.ts';
import { refTo } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { Ledger, Losses } from '../actor/ledger.ts';
import { LeasedRecipient } from '../actor/leased-recipient.ts';
import { ParkedSend } from '../actor/parked-send.ts';
import type { Origin, Watcher } from '../actor/recipient.ts';
import type { Sender } from '../actor/sender.ts';
import type { GrantListener } from '../credit/lease-table.ts';
import { attach, detach, lineGrew, lineShrank, refund, serve, tryPay } from '../credit/outbound.ts';
import type { ErrorCode } from '../errors.ts';
import type { OverflowVerdict, SendMode } from '../mailbox/overflow.ts';
import { WaitingLine } from '../mailbox/waiting-line.ts';
import { optionError } from '../options.ts';
import type { ActorRef, AskOptions, TellOptions, TryTell } from '../ref.ts';
import { keyedPath } from './actor-key.ts';
import type { KeyedWays } from './keyed-words.ts';

/** What a keyed recipient needs of its host. */
export interface KeyedFinder {
  readonly kernel: Kernel;
  readonly ways: KeyedWays;
  /** Refusals and drops of all keyed recipients of this host: one of them alone is let go when nobody holds it. */
  readonly losses: Losses;
  /** True once there will be no actors any more. */
  readonly givenUp: boolean;
  /**
   * Finds the actor, or has it made; {@link KeyedRecipient.found} or {@link KeyedRecipient.refuse} is called, possibly
   * before this returns.
   */
  find(recipient: KeyedRecipient): void;
  /** The recipient has nothing that is worth keeping it for: its counts are added up. */
  rested(recipient: KeyedRecipient): void;
  /** A send was refused on the spot. */
  countRefused(): void;
}

/** Where an actor of another host was found. */
export interface Found {
  readonly host: number;
  /** The id of the actor there. */
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
}

/**
 * Hears of credit for one slot. A lease and who listens to it stay until the slot is given again, which may be never:
 * cut off, this holds no recipient.
 */
class CreditOf implements GrantListener {
  recipient: GrantListener | null;

  constructor(recipient: GrantListener) {
    this.recipient = recipient;
  }

  granted(): void {
    this.recipient?.granted();
  }
}

/** No actor has this id; 0 stands for application code. */
const NO_ID = -1;

/** An actor as its key names it. */
export class KeyedRecipient extends LeasedRecipient {
  readonly key: string;
  readonly ref: ActorRef;
  /** The number of the look-up under way; 0 when there is none. Changed by the finder. */
  lookUp = 0;
  /** The host that the actor lives on; −1 while that is not known. */
  host = -1;
  readonly #finder: KeyedFinder;
  #cell: Cell | null = null;
  #credit: CreditOf | null = null;
  #id = NO_ID;
  /** The line holds messages that were on their way to an actor whose host died. */
  #hasReturned = false;

  constructor(finder: KeyedFinder, definition: ErasedDefinition, key: string) {
    super(finder.kernel, definition);
    this.#finder = finder;
    this.key = key;
    this.ref = refTo(this);
  }

  override get address(): Address {
    return { path: keyedPath(this.definition.name, this.key), id: this.id < 0 ? 0 : this.id };
  }

  override get id(): number {
    return this.#cell?.id ?? this.#id;
  }

  /** Never: the next message makes the actor again. */
  override get gone(): boolean {
    return false;
  }

  override get settled(): boolean {
    return false;
  }

  override get losses(): Losses {
    return this.#finder.losses;
  }

  override tell(handler: string, given: unknown, options: TellOptions | undefined): Promise<void> {
    const cell = this.#localFor(handler);
    return cell === null ? super.tell(handler, given, options) : cell.tell(handler, given, options);
  }

  override tryTell(handler: string, given: unknown): TryTell {
    const cell = this.#localFor(handler);
    if (cell !== null) return cell.tryTell(handler, given);
    const outcome = super.tryTell(handler, given);
    return outcome === 'full' && this.#finder.givenUp ? 'stopped' : outcome;
  }

  override ask(handler: string, given: unknown, options: AskOptions | undefined): Promise<unknown> {
    const cell = this.#localFor(handler);
    return cell === null ? super.ask(handler, given, options) : cell.ask(handler, given, options);
  }

  override admit(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    const { lease } = this;
    if (lease === null || this.lookUp !== 0) return false;
    const { ways } = this.#finder;
    if (ways.congested(this)) return false;
    // A closed slot may show that the next instance lives here.
    if (tryPay(this) !== 'paid') return this.#cell?.admit(handler, payload, origin) ?? false;
    try {
      ways.shipTo(this.host, lease.slot, handler, payload, origin);
    } catch (error) {
      refund(this);
      throw error;
    }
    this.offered += 1;
    return true;
  }

  /** What was offered here and not to an instance of this host. */
  ledger(): Ledger {
    return {
      offered: this.offered,
      refused: 0,
      parked: this.line?.size ?? 0,
      accepted: this.accepted,
      handled: 0,
      failed: 0,
      dropped: {},
      deadLettered: 0,
      queued: 0,
    };
  }

  /** The actor lives on this host. */
  foundHere(cell: Cell): void {
    this.#cell = cell;
    this.#letGo();
    this.host = this.#finder.ways.self;
    this.#handOver(cell);
    this.#finder.rested(this);
  }

  /** The actor lives on another host, which gave this one a slot. */
  found({ host, id, slot, generation }: Found): void {
    this.host = host;
    this.#id = id;
    this.#letGo();
    this.#credit = new CreditOf(this);
    attach(this, this.#finder.ways.lease(host, slot, generation, this.#credit));
  }

  /** There is no actor and there will be none for what waits here. */
  refuse(code: ErrorCode): void {
    this.#forget();
    this.refuseLine(code);
    this.#rest();
  }

  /** The actor that was found is gone: what waits goes to the next one. */
  lost(): void {
    if (this.lookUp !== 0) return;
    this.#forget();
    this.#rest();
  }

  /** The slot that pays on the host where the actor lives. */
  get slot(): number | undefined {
    return this.lease?.slot;
  }

  /** The host of the actor died: what was sent from here and not taken there waits again, before all else. */
  returned(handler: HandlerSpec, payload: unknown, origin: Origin, sender: Sender): void {
    this.line ??= new WaitingLine<Sender, ParkedSend>();
    this.#hasReturned = true;
    this.line.enqueueReturned(
      new ParkedSend(this, sender, handler, payload, origin, this.kernel.dispatcher.now, false),
    );
  }

  /** The host of the actor died. What waits goes to the next instance. */
  hostLost(): void {
    detach(this);
    this.lost();
  }

  /** Lets go of a local instance that is gone. */
  dropCell(cell: Cell): void {
    if (this.#cell === cell) this.#cell = null;
  }

  resume(): void {
    serve(this);
  }

  override closed(): void {
    this.#finder.find(this);
  }

  /** @throws ERR_OPTION_INVALID always: it can be made again, so it is never gone for good */
  override requestStop(): void {
    throw optionError(
      'ref',
      this.ref.toString(),
      'an actor that was spawned: one by key stops when it is idle',
    );
  }

  /** @throws ERR_OPTION_INVALID always: it can be made again, so it is never gone for good */
  override watchedBy(_watcher: Watcher): void {
    throw optionError(
      'ref',
      this.ref.toString(),
      'an actor that was spawned: one by key never ends for good',
    );
  }

  override unwatchedBy(): void {
    // Nobody watches it.
  }

  protected override parked(): void {
    const cell = this.#cell;
    // Found here while this send was looking for a way elsewhere.
    if (cell !== null) this.#handOver(cell);
    else if (this.lease !== null) lineGrew(this);
    else if (this.lookUp === 0) this.#finder.find(this);
  }

  protected override countRefused(): void {
    this.#finder.countRefused();
  }

  protected override left(): void {
    lineShrank(this);
  }

  protected override decide(mode: SendMode): OverflowVerdict {
    // A new actor has room: what it drops is for it to decide.
    if (this.lookUp !== 0) return mode === 'try' ? 'refuse' : 'park';
    return super.decide(mode);
  }

  protected override carry({ handler, payload, origin }: ParkedSend): void {
    this.#finder.ways.shipTo(this.host, this.lease?.slot ?? -1, handler, payload, origin);
  }

  /** The instance of this host, found or made now if need be; null when it is elsewhere or not known yet. */
  #localFor(handler: string): Cell | null {
    if (this.#cell !== null) {
      if (!this.#cell.gone) return this.#cell;
      this.#cell = null;
      this.host = -1;
    }
    if (this.lease !== null || this.lookUp !== 0) return null;
    const { kernel } = this;
    if (kernel.intakeClosed && kernel.invocation() === null) return null;
    // A misspelt handler makes no actor.
    this.definition.spec(handler);
    this.#finder.find(this);
    return this.#cell;
  }

  /** Everything that waits here goes to an actor of this host, in the order of its turns. */
  #handOver(cell: Cell): void {
    const { line } = this;
    this.line = null;
    if (this.#hasReturned) {
      // Counted as offered here: it is this host's, and was so long before the actor was.
      this.#hasReturned = false;
      cell.takeOver(line);
      return;
    }
    for (const send of line?.clear() ?? []) {
      this.offered -= 1;
      cell.adopt(send);
    }
  }

  #forget(): void {
    this.#id = NO_ID;
    this.host = -1;
  }

  /** The lease pays no more, and whoever keeps it keeps no hold of this. */
  #letGo(): void {
    detach(this);
    if (this.#credit !== null) this.#credit.recipient = null;
    this.#credit = null;
  }

  #rest(): void {
    if (this.lookUp !== 0) return;
    if ((this.line?.size ?? 0) > 0) {
      this.#finder.find(this);
      return;
    }
    this.#letGo();
    this.line = null;
    this.#finder.rested(this);
  }
}
