/**
 * The receiving end of a ref: everything between `ref.tell(…)` and a slot in a mailbox. Owns the waiting
 * line and carries out the verdicts on overflow; holds that each send is counted once as offered and once
 * as refused, accepted or parked, that no send overtakes a parked one, and that a refusal is never an
 * unhandled rejection. A cell is the recipient of an actor on this host; a host that reaches actors of
 * other hosts supplies another. Must not know how a slot is found: that is {@link admit}.
 */
import { type Address, formatAddress } from '../address.ts';
import { type ErrorCode, MillraceError } from '../errors.ts';
import type { DeadLetterReason, StopReason } from '../events.ts';
import { unreachable } from '../lib/assert.ts';
import { checkOptions, milliseconds, object } from '../options.ts';
import { ASK_CHAIN_MAX_ACTORS } from '../limits.ts';
import { type OverflowVerdict, type SendMode, decideOverflow } from '../mailbox/overflow.ts';
import { WaitingLine } from '../mailbox/waiting-line.ts';
import type { AnyRef, AskOptions, TellOptions, TryTell } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import { Ask, type AskOrigin, chainOf, cyclePath } from './ask.ts';
import type { ErasedDefinition, HandlerSpec } from './definition.ts';
import type { Invocation, Kernel } from './kernel.ts';
import type { DropReason, Losses } from './ledger.ts';
import { ParkedSend } from './parked-send.ts';
import { SENT, type SendPromise, refusedSend } from './send-promise.ts';
import { ORIGIN, type Sender } from './sender.ts';
import type { Tick } from './timers.ts';

/** What came with a message: who sent it, or the ask that waits for its reply, or the timer that ticked. */
export type Origin = Sender | AskOrigin | Tick;

/** Who hears that an actor has stopped. */
export interface Watcher {
  watchedStopped(ref: AnyRef, reason: StopReason): void;
}

/** The receiving end of one actor. */
export abstract class Recipient {
  readonly kernel: Kernel;
  readonly definition: ErasedDefinition;
  /** Where sends wait; null until one does. INVARIANT: while one waits here, {@link admit} refuses. */
  line: WaitingLine<Sender, ParkedSend> | null = null;
  /** Sends offered so far. */
  offered = 0;
  /** Messages accepted so far. */
  accepted = 0;

  constructor(kernel: Kernel, definition: ErasedDefinition) {
    this.kernel = kernel;
    this.definition = definition;
  }

  abstract get address(): Address;
  /** The id in the address. */
  abstract get id(): number;
  /** The sender that this actor itself is, when it lives here; sends of an actor to itself do not mute it. */
  abstract get self(): Sender | null;
  /** True once no message will be accepted ever again. */
  abstract get gone(): boolean;
  /** True once what it counted was added to the totals of its host: what it counts later is not seen any more. */
  abstract get settled(): boolean;
  /** The rare outcomes, counted. */
  abstract get losses(): Losses;
  /**
   * Takes a slot and queues the message, counting it as offered and accepted. False, without counting, when there
   * is no slot or somebody waits for one.
   */
  abstract admit(handler: HandlerSpec, payload: unknown, origin: Origin): boolean;
  /** Asks for the actor to be stopped for good. Harmless when it is gone. */
  abstract requestStop(shutdownMs: ShutdownMs | undefined): void;
  /** Tells `watcher` once when the actor has stopped; at once when it has already. Watching twice is watching once. */
  abstract watchedBy(watcher: Watcher): void;
  /** Forgets a watcher. */
  abstract unwatchedBy(watcher: Watcher): void;
  /** Frees the slot of the oldest queued message. False when none is queued. */
  protected abstract evictOldest(): boolean;
  /** Puts the message in the place of a queued one with the same key, counting. False when there is none. */
  protected abstract replaceSameKey(handler: HandlerSpec, payload: unknown, origin: Origin): boolean;
  /** A send began to wait. */
  protected abstract parked(send: ParkedSend): void;

  /** A send that waited has left the line without being admitted. */
  protected left(): void {
    // A line that competes with other hosts' for credit tells them.
  }

  /** What to do with a message that found no slot. */
  protected decide(mode: SendMode): OverflowVerdict {
    return decideOverflow(this.definition.mailbox.overflow, mode);
  }

  /** See `ActorRef.tell`. */
  tell(handler: string, given: unknown, options: TellOptions | undefined): Promise<void> {
    const spec = this.definition.spec(handler);
    const payload = this.#checkPayload(handler, given);
    const sender = this.kernel.invocation()?.sender ?? this.kernel.outside;
    if (options === undefined && !this.#shut(sender) && this.admit(spec, payload, sender)) return SENT;
    return this.#send(spec, payload, sender, sender, 'wait', options) ?? SENT;
  }

  /** See `ActorRef.tryTell`. */
  tryTell(handler: string, given: unknown): TryTell {
    const spec = this.definition.spec(handler);
    const payload = this.#checkPayload(handler, given);
    const sender = this.kernel.invocation()?.sender ?? this.kernel.outside;
    const shut = this.#shut(sender);
    if (!shut && this.admit(spec, payload, sender)) return 'sent';
    if (shut || this.gone) {
      this.countRefused();
      return 'stopped';
    }
    return this.#overflow(spec, payload, sender, sender, 'try', undefined) === SENT ? 'sent' : 'full';
  }

  /** See `ActorRef.ask`. */
  ask(handler: string, given: unknown, options: AskOptions | undefined): Promise<unknown> {
    const spec = this.definition.spec(handler);
    const payload = this.#checkPayload(handler, given);
    if (options !== undefined) checkOptions('ask', options, ASK_CHECKS);
    const invocation = this.kernel.invocation();
    const sender = invocation?.sender ?? this.kernel.outside;
    const chain = chainOf(sender, invocation?.answering ?? null);
    const ask = new Ask(
      this.kernel,
      chain,
      this.address,
      handler,
      options?.timeoutMs ?? this.kernel.askTimeoutMs,
      options?.signal,
    );
    const refusal = this.#refuseAsk(ask, invocation);
    if (refusal !== null || ask.settled) {
      this.countRefused();
      if (refusal !== null) ask.fail(refusal);
    } else if (this.#shut(sender) || !this.admit(spec, payload, ask)) {
      // What becomes of it reaches the asker through the ask.
      void this.#send(spec, payload, sender, ask, 'wait', undefined);
    }
    return ask.promise;
  }

  /**
   * Lets the first parked send of `sender` in above the capacity, to open a cycle of full mailboxes. False when it
   * cannot.
   */
  admitOverdraft(_sender: Sender): boolean {
    // A mailbox of another host is not this one's to lend from.
    return false;
  }

  /** A parked send is given up by its sender. Harmless when it has settled. */
  giveUp(send: ParkedSend, error: MillraceError): void {
    if (this.line?.remove(send) !== true) return;
    this.left();
    this.losses.refuse();
    send.refused(error);
    if (send.promise !== null) this.#watch(send.promise, send.handler, send.payload, send.sender);
  }

  /** A parked send waited for as long as it may. */
  parkTimedOut(send: ParkedSend): void {
    if (this.definition.mailbox.onTimeout === 'drop') {
      if (this.line?.remove(send) !== true) return;
      this.left();
      this.losses.refuse();
      this.deadLetter('park-timeout', send.handler, send.payload, send.sender);
      if (send.origin.originKind === ORIGIN.ask) send.refused(this.error('ERR_ASK_DROPPED', send.handler));
      else send.admitted();
      return;
    }
    const waitedMs = Math.round(this.kernel.ports.clock.now() - send.sinceMs);
    this.giveUp(send, this.error('ERR_SEND_TIMEOUT', send.handler, { waitedMs }));
  }

  /** Refuses everything that waits: the actor is gone. */
  protected refuseLine(code: ErrorCode): void {
    for (const send of this.line?.clear() ?? []) {
      this.losses.refuse();
      send.refused(this.error(code, send.handler));
      if (send.promise !== null) this.#watch(send.promise, send.handler, send.payload, send.sender);
    }
  }

  /** Counts a dropped message that had been accepted, and hands it to dead letters. */
  protected drop(reason: DropReason, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.losses.drop(reason);
    if (this.kernel.events.wants('dropped'))
      this.kernel.events.emit('dropped', { address: this.address, reason });
    if (reason === 'timer-cancelled') return;
    if (origin.originKind === ORIGIN.ask) {
      this.deadLetter(reason, handler, payload, origin.sender);
      origin.fail(this.error('ERR_ASK_DROPPED', handler, { reason }));
    } else {
      this.deadLetter(reason, handler, payload, origin.originKind === ORIGIN.tick ? null : origin);
    }
  }

  /** Hands a message to dead letters. */
  protected deadLetter(
    reason: DeadLetterReason,
    handler: HandlerSpec,
    payload: unknown,
    sender: Sender | null,
  ): void {
    this.kernel.deadLetters.offer({
      reason,
      target: this.address,
      sender: sender?.senderAddress ?? null,
      handler: handler.name,
      payload,
    });
  }

  /** Counts a send that was refused on the spot. */
  protected countRefused(): void {
    if (this.settled) {
      this.kernel.retired.offered += 1;
      this.kernel.retired.refused += 1;
      this.kernel.losses.refuse();
    } else {
      this.offered += 1;
      this.losses.refuse();
    }
  }

  /** An error about this actor. */
  protected error(
    code: ErrorCode,
    handler: HandlerSpec,
    more: Readonly<Record<string, string | number>> = {},
  ): MillraceError {
    return new MillraceError(code, { target: formatAddress(this.address), handler: handler.name, ...more });
  }

  /** Lines a send up, without counting it as offered. */
  protected lineUp(send: ParkedSend): void {
    this.line ??= new WaitingLine<Sender, ParkedSend>();
    this.line.enqueue(send);
    this.parked(send);
    const { events } = this.kernel;
    if (events.wants('parked'))
      events.emit('parked', { address: this.address, sender: send.sender.senderAddress });
  }

  /** Sends what could not be admitted at once; undefined when it was admitted after all. */
  #send(
    handler: HandlerSpec,
    payload: unknown,
    sender: Sender,
    origin: Sender | Ask,
    mode: SendMode,
    options: TellOptions | undefined,
  ): Promise<void> | undefined {
    if (options !== undefined) checkOptions('tell', options, TELL_CHECKS);
    if (options?.signal?.aborted === true)
      return this.#refuse('ERR_SEND_ABORTED', handler, payload, sender, origin);
    if (this.#shut(sender)) return this.#refuse('ERR_SYSTEM_STOPPING', handler, payload, sender, origin);
    if (this.gone) return this.#refuse('ERR_ACTOR_STOPPED', handler, payload, sender, origin);
    if (options !== undefined && this.admit(handler, payload, origin)) return undefined;
    return this.#overflow(handler, payload, sender, origin, mode, options);
  }

  #overflow(
    handler: HandlerSpec,
    payload: unknown,
    sender: Sender,
    origin: Sender | Ask,
    mode: SendMode,
    options: TellOptions | undefined,
  ): Promise<void> {
    const { mailbox } = this.definition;
    const { events } = this.kernel;
    if (events.wants('overflow')) {
      events.emit('overflow', { address: this.address, capacityMessages: mailbox.capacityMessages });
    }
    const verdict = this.decide(mode);
    switch (verdict) {
      case 'refuse':
        if (mode === 'try') {
          this.countRefused();
          return REFUSED;
        }
        return this.#refuse('ERR_MAILBOX_FULL', handler, payload, sender, origin);
      case 'drop-newest':
        this.#dropNewest('drop-newest', handler, payload, origin);
        return SENT;
      case 'evict-oldest':
        // With nothing queued, all slots are held by messages being handled: then the newest is the oldest that waits.
        if (!this.evictOldest() || !this.admit(handler, payload, origin)) {
          this.#dropNewest('drop-oldest', handler, payload, origin);
        }
        return SENT;
      case 'evict-same-key':
        if (this.replaceSameKey(handler, payload, origin)) return SENT;
        if (mode === 'try') {
          this.countRefused();
          return REFUSED;
        }
        return this.#park(handler, payload, sender, origin, options);
      case 'park':
        return this.#park(handler, payload, sender, origin, options);
      default:
        return unreachable(verdict);
    }
  }

  #dropNewest(reason: DropReason, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.offered += 1;
    this.accepted += 1;
    this.kernel.accepted += 1;
    this.drop(reason, handler, payload, origin);
  }

  #park(
    handler: HandlerSpec,
    payload: unknown,
    sender: Sender,
    origin: Sender | Ask,
    options: TellOptions | undefined,
  ): Promise<void> {
    const parked = sender === this.self ? (this.line?.sizeOf(sender) ?? 0) : sender.parkedSends;
    if (parked >= sender.parkedMaxSends) {
      return this.#refuse('ERR_PARKED_LIMIT', handler, payload, sender, origin, {
        parkedMaxSends: sender.parkedMaxSends,
      });
    }
    this.offered += 1;
    const { deadlines } = this.kernel;
    const promised = origin.originKind !== ORIGIN.ask;
    const nowMs = this.kernel.ports.clock.now();
    const send = new ParkedSend(this, sender, handler, payload, origin, nowMs, promised);
    const timeoutMs = Math.min(
      options?.timeoutMs ?? Number.POSITIVE_INFINITY,
      this.definition.mailbox.timeoutMs ?? Number.POSITIVE_INFINITY,
    );
    if (timeoutMs !== Number.POSITIVE_INFINITY) deadlines.add(send, timeoutMs, nowMs);
    if (options?.signal !== undefined) send.abortWith(options.signal);
    if (origin.originKind === ORIGIN.ask) origin.onGivenUp = (error) => send.recipient.giveUp(send, error);
    this.lineUp(send);
    return send.promise ?? SENT;
  }

  #refuse(
    code: ErrorCode,
    handler: HandlerSpec,
    payload: unknown,
    sender: Sender,
    origin: Sender | Ask,
    more?: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    this.countRefused();
    const error = this.error(code, handler, more);
    if (origin.originKind === ORIGIN.ask) {
      origin.fail(error);
      return SENT;
    }
    const refusal = refusedSend(error);
    this.#watch(refusal, handler, payload, sender);
    return refusal;
  }

  #watch(promise: SendPromise, handler: HandlerSpec, payload: unknown, sender: Sender): void {
    this.kernel.watchRefusal({ promise, target: this.address, sender, handler: handler.name, payload });
  }

  #refuseAsk(ask: Ask, invocation: Invocation | null): MillraceError | null {
    const { sender, chain } = ask;
    // The ask itself is counted by now.
    if (sender.openAsks > sender.asksMax) {
      return new MillraceError('ERR_ASK_LIMIT', {
        target: formatAddress(this.address),
        asksMax: sender.asksMax,
      });
    }
    if (invocation === null) return null;
    const mayInterleave = this.definition.reentrant || this.definition.concurrency > 1;
    const path = mayInterleave ? null : cyclePath(chain, this.id);
    if (path !== null) {
      return new MillraceError('ERR_ASK_CYCLE', {
        // The first waits elsewhere perhaps, where its path is not known; it is this one.
        path: [this.address, ...path.slice(1), this.address].map(formatAddress).join(' -> '),
        handler: ask.handler,
      });
    }
    if (chain.length > ASK_CHAIN_MAX_ACTORS) {
      return new MillraceError('ERR_ASK_LIMIT', {
        target: formatAddress(this.address),
        chainMaxActors: ASK_CHAIN_MAX_ACTORS,
      });
    }
    return null;
  }

  #shut(sender: Sender): boolean {
    return this.kernel.intakeClosed && sender === this.kernel.outside;
  }

  #checkPayload(handler: string, payload: unknown): unknown {
    const type = typeof payload;
    if (type === 'function' || type === 'symbol') {
      throw new MillraceError('ERR_PAYLOAD_NOT_DATA', {
        target: formatAddress(this.address),
        handler,
        value: `a ${type}`,
        allowed: 'data: numbers, text, objects, arrays, refs',
      });
    }
    return this.kernel.payloadGate === null ? payload : this.kernel.payloadGate(payload);
  }
}

/** Stands for a refusal that is told as a value, so it has no error. */
const REFUSED: Promise<void> = Promise.resolve();

const TELL_CHECKS = { signal: object, timeoutMs: milliseconds() };
const ASK_CHECKS = { signal: object, timeoutMs: milliseconds() };
