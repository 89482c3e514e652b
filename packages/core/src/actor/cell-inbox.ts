/**
 * How messages come to an actor and wait: the part of a cell between a send and the handler. Owns the
 * mailbox of the actor and what it did with slots; holds that each message is counted as offered and accepted
 * once, and that each that leaves unhandled is counted as dropped or dead and tells its asker. Senders and
 * timers call it; what handles messages is the layer of the cell above.
 */
import { releasesDue } from '../credit/ports.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import { OVERDRAFT_MAX_MESSAGES } from '../limits.ts';
import { Mailbox } from '../mailbox/mailbox.ts';
import { WaitingLine } from '../mailbox/waiting-line.ts';
import { chainHas } from './ask.ts';
import { CellExtras, type TakenMessage } from './cell-extras.ts';
import type { ErasedDefinition, HandlerSpec } from './definition.ts';
import type { Kernel } from './kernel.ts';
import { type DropReason, Losses } from './ledger.ts';
import type { Phase } from './lifecycle.ts';
import { ParkedSend } from './parked-send.ts';
import { type Origin, Recipient } from './recipient.ts';
import { ORIGIN, type Sender } from './sender.ts';
import type { Tick } from './timers.ts';

/** Deals the slots of a mailbox that other hosts send to as well. */
export interface SlotDealer {
  /** So many slots came free: let parked sends in, here or elsewhere. */
  released(count: number): void;
  /** A send of this host began to wait. */
  localParked(): void;
  /** Takes all credit back if no message is under way; then only {@link gone} may follow. False when one is. */
  recall(): boolean;
  /** The actor is gone. */
  gone(): void;
}

/** Where the messages of one actor arrive and wait. */
export abstract class CellInbox extends Recipient {
  readonly mailbox: Mailbox<HandlerSpec, Origin>;
  phase: Phase = 'starting';
  /** In the ready queue, or in its turn. */
  protected scheduled = false;
  /** Counted among the kernel's active cells. */
  protected active = false;
  /** Set while other hosts may send here. */
  dealer: SlotDealer | null = null;
  extras: CellExtras | null = null;

  constructor(kernel: Kernel, definition: ErasedDefinition) {
    super(kernel, definition);
    this.mailbox = new Mailbox<HandlerSpec, Origin>(definition.mailbox.capacityMessages, kernel.arrays);
  }

  abstract override get self(): Sender;
  /** True while a handler, an init or a hook has not come to its end. */
  abstract get occupied(): boolean;
  /** Puts the actor into the ready queue unless it is there. */
  abstract schedule(): void;

  override get gone(): boolean {
    return this.phase === 'stopped' || this.phase === 'stopping';
  }

  override get settled(): boolean {
    return this.phase === 'stopped';
  }

  override get losses(): Losses {
    const extras = this.ownExtras();
    extras.losses ??= new Losses(this.kernel.losses);
    return extras.losses;
  }

  /** How long the oldest queued message has waited, in milliseconds; 0 when none waits. */
  get oldestAgeMs(): number {
    if (this.mailbox.queued === 0) return 0;
    return (this.kernel.ports.clock.now() - this.mailbox.headAtMs) & 0x7fffffff;
  }

  /** The extras, made now if need be. */
  ownExtras(): CellExtras {
    this.extras ??= new CellExtras();
    return this.extras;
  }

  override admit(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    const { mailbox } = this;
    if (mailbox.free <= 0 || mailbox.contended || this.phase === 'stopping' || this.phase === 'stopped')
      return false;
    const { marks } = this.kernel;
    const unmarked = marks.open.count === 0 ? payload : marks.take(payload);
    this.offered += 1;
    this.accepted += 1;
    this.kernel.accepted += 1;
    // First, because it reads the clock when the system was idle: the time of arrival must not be that of the last pass.
    this.schedule();
    if (this.definition.reentrant && this.#reenters(origin)) {
      mailbox.hold();
      const extras = this.ownExtras();
      extras.reentrant ??= new RingDeque<TakenMessage>();
      extras.reentrant.push({ handler, payload: unmarked, origin, atMs: this.kernel.dispatcher.nowMs });
    } else {
      mailbox.push(handler, unmarked, origin, this.kernel.dispatcher.nowMs);
    }
    return true;
  }

  /** So many messages came from another host, where they were counted as offered. */
  countAccepted(messages: number): void {
    this.accepted += messages;
    this.kernel.accepted += messages;
  }

  /** A message came from another host, with a slot that was lent there. It was counted as offered there. */
  admitLent(handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.countAccepted(1);
    this.schedule();
    if (this.definition.reentrant && this.#reenters(origin)) {
      this.mailbox.holdLent();
      const extras = this.ownExtras();
      extras.reentrant ??= new RingDeque<TakenMessage>();
      extras.reentrant.push({ handler, payload, origin, atMs: this.kernel.dispatcher.nowMs });
    } else {
      this.mailbox.pushLent(handler, payload, origin, this.kernel.dispatcher.nowMs);
    }
  }

  /**
   * Takes over the line in which sends waited for this actor while it lived elsewhere. What had come back there goes
   * before all others here too; the rest take their turns, and their senders may still give them up.
   */
  takeOver(line: WaitingLine<Sender, ParkedSend> | null): void {
    if (line === null || line.size === 0) return;
    this.line ??= new WaitingLine<Sender, ParkedSend>();
    for (const send of line.takeReturned()) {
      send.recipient = this;
      this.line.enqueueReturned(send);
    }
    for (const send of line.clear()) {
      send.recipient = this;
      this.line.enqueue(send);
    }
    this.admitParked(this.mailbox.free);
    if (this.line.size > 0) this.dealer?.localParked();
  }

  /** Takes a send that waited elsewhere until this actor was found. It stays in its turn. */
  adopt(send: ParkedSend): void {
    const { handler, payload, origin } = send;
    const isAsk = origin.originKind === ORIGIN.ask;
    if ((this.line?.size ?? 0) === 0 && this.admit(handler, payload, origin)) {
      if (isAsk) origin.onGivenUp = null;
      send.admitted();
      return;
    }
    this.offered += 1;
    send.recipient = this;
    this.lineUp(send);
  }

  /** Lets up to `count` parked sends into free slots, in their order. Returns how many. */
  admitParked(count: number): number {
    let admitted = 0;
    while (admitted < count && this.mailbox.free > 0) {
      const send = this.line?.next();
      if (send === undefined) break;
      if (!this.#unmark(send)) continue;
      this.mailbox.push(send.handler, send.payload, send.origin, this.kernel.dispatcher.nowMs);
      this.#parkedIsIn(send);
      admitted += 1;
    }
    return admitted;
  }

  override admitOverdraft(sender: Sender): boolean {
    // A free slot is on its way to whoever waits already.
    if (this.mailbox.free > 0 || this.mailbox.overdraft >= OVERDRAFT_MAX_MESSAGES) return false;
    const send = this.line?.takeFirst(sender);
    if (send === undefined || !this.#unmark(send)) return false;
    this.mailbox.pushOverdraft(send.handler, send.payload, send.origin, this.kernel.dispatcher.nowMs);
    this.#parkedIsIn(send);
    return true;
  }

  tick(tick: Tick): void {
    const { handler, payload } = tick.target;
    if (this.gone || this.admit(handler, payload, tick)) return;
    this.offered += 1;
    const nowMs = this.kernel.ports.clock.now();
    tick.parked = new ParkedSend(this, this.self, handler, payload, tick, nowMs, false);
    this.lineUp(tick.parked);
  }

  withdraw({ parked, target }: Tick): void {
    if (parked !== null) this.giveUp(parked, this.error('ERR_SEND_ABORTED', target.handler));
  }

  /** Drops the oldest queued message under `drop-oldest`. False when none is queued. */
  override evictOldest(): boolean {
    if (this.mailbox.queued === 0) return false;
    const { handler, payload, origin } = this.#take();
    this.mailbox.release();
    this.dropQueued('drop-oldest', handler, payload, origin);
    return true;
  }

  protected override replaceSameKey(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    const { key } = this.definition.mailbox;
    const wanted = key(payload);
    const same = (other: HandlerSpec, otherPayload: unknown): boolean =>
      other === handler && Object.is(key(otherPayload), wanted);
    const { marks } = this.kernel;
    const unmarked = marks.open.count === 0 ? payload : marks.take(payload);
    const old = this.mailbox.replace(same, handler, unmarked, origin);
    if (old === undefined) return false;
    this.offered += 1;
    this.accepted += 1;
    this.kernel.accepted += 1;
    this.dropQueued('latest', old.handler, old.payload, old.origin);
    return true;
  }

  protected override parked(): void {
    this.dealer?.localParked();
  }

  protected slotFreed(): void {
    const { dealer, mailbox } = this;
    if (dealer === null) {
      if (this.line !== null) this.admitParked(1);
      return;
    }
    mailbox.freedUntold += 1;
    if (mailbox.freedUntold < releasesDue(mailbox)) return;
    const count = mailbox.freedUntold;
    mailbox.freedUntold = 0;
    dealer.released(count);
  }

  protected dropQueued(reason: DropReason, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    if (origin.originKind === ORIGIN.tick) this.extras?.timers?.arrived(origin);
    this.drop(reason, handler, payload, origin);
  }

  #take(): TakenMessage {
    const { mailbox } = this;
    const taken = {
      handler: mailbox.headHandler,
      payload: mailbox.headPayload,
      origin: mailbox.headOrigin,
      atMs: mailbox.headAtMs,
    };
    mailbox.take();
    return taken;
  }

  protected putBack(set: RingDeque<TakenMessage> | null): void {
    if (set === null) return;
    for (const { handler, payload, origin, atMs } of [...set].reverse()) {
      this.mailbox.putBack(handler, payload, origin, atMs);
    }
    while (set.shift() !== undefined);
  }

  /** The oldest message will not be handled: the actor is gone. */
  protected buryHead(): void {
    const { handler, payload, origin } = this.#take();
    this.mailbox.release();
    if (origin.originKind === ORIGIN.tick) {
      this.losses.drop('timer-cancelled');
      return;
    }
    this.losses.bury();
    const isAsk = origin.originKind === ORIGIN.ask;
    this.deadLetter('actor-stopped', handler, payload, isAsk ? origin.sender : origin);
    if (isAsk) origin.fail(this.error('ERR_ACTOR_STOPPED', handler));
  }

  /** A parked send is about to come in. False, and it is refused, when its payload cannot. */
  #unmark(send: ParkedSend): boolean {
    const { marks } = this.kernel;
    if (marks.open.count === 0) return true;
    try {
      send.payload = marks.take(send.payload);
      return true;
    } catch (error) {
      this.losses.refuse();
      send.refused(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  #parkedIsIn(send: ParkedSend): void {
    this.accepted += 1;
    this.kernel.accepted += 1;
    if (send.origin.originKind === ORIGIN.ask) send.origin.onGivenUp = null;
    send.admitted();
    const { events } = this.kernel;
    if (events.wants('resumed'))
      events.emit('resumed', { address: this.address, sender: send.sender.senderAddress });
    this.schedule();
  }

  #reenters(origin: Origin): boolean {
    return origin.originKind === ORIGIN.ask && this.occupied && chainHas(origin.chain, this.id);
  }
}
