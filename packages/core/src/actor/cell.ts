/**
 * An actor at run time: its state, its mailbox, its turn. Owns everything of one actor on the host where it
 * lives; holds that messages are handled in order and, unless its definition says otherwise, one at a time;
 * that signals come before messages; that each accepted message is counted once as what became of it, and
 * its slot returned once. Driven by the dispatcher; steered by its supervisor through signals.
 *
 * The path of a message without surprises (tell, queue, handle, release) allocates nothing. What few actors
 * need is in {@link CellExtras}, made when first needed, because a million idle actors pay for each field.
 */
import { type Address, formatAddress } from '../address.ts';
import type { Runnable } from '../dispatch/dispatcher.ts';
import { MillraceError } from '../errors.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import { optionError } from '../options.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import { ASKS_PER_ACTOR_MAX, PARKED_PER_ACTOR_MAX_SENDS } from '../limits.ts';
import { Mailbox } from '../mailbox/mailbox.ts';
import type { ActorRef, AnyRef } from '../ref.ts';
import { type ShutdownMs, type StopActorOptions, resolveSpawned, resolveStop } from '../supervision/child-spec.ts';
import { Ref, refTo } from './actor-ref.ts';
import { type AskOrigin, chainHas } from './ask.ts';
import { CellExtras, type RunningMessage, type TakenMessage } from './cell-extras.ts';
import type { ChildTarget, ParentLink, Signal, SpawnWaiter } from './child.ts';
import { Context, type SpawnOptions } from './context.ts';
import { type ErasedDefinition, type HandlerSpec, type Terminated, isAsyncFunction } from './definition.ts';
import { Descent, type DescentEnd } from './descent.ts';
import type { Invocation, Kernel } from './kernel.ts';
import { type DropReason, Losses } from './ledger.ts';
import { NO_STATE, type Phase, advance } from './lifecycle.ts';
import { ParkedSend } from './parked-send.ts';
import { type Origin, Recipient, type Watcher } from './recipient.ts';
import { ORIGIN, type Sender } from './sender.ts';
import { beginIncarnation } from './start.ts';
import { Supervisor, type SupervisorOwner } from './supervisor.ts';
import { type Tick, type TimerOwner, Timers } from './timers.ts';

/** Deals the slots of a mailbox that other hosts send to as well. */
export interface SlotDealer {
  /** A slot came free: let parked sends in, here or elsewhere. */
  released(): void;
  /** True while somebody elsewhere waits, so that a local send must line up. */
  readonly contended: boolean;
  /** A send of this host began to wait. */
  localParked(): void;
  /** The actor is gone. */
  gone(): void;
}

/** How an init or a hook ended. */
export type HookOutcome =
  | { readonly failed: false; readonly value: unknown }
  | { readonly failed: true; readonly error: unknown };

/** The run-time record of one actor. */
export class Cell
  extends Recipient
  implements Sender, Invocation, ChildTarget, Runnable, TimerOwner, SupervisorOwner, Watcher
{
  readonly id: number;
  readonly link: ParentLink;
  readonly args: unknown;
  readonly mailbox: Mailbox<HandlerSpec, Origin>;
  readonly ref: ActorRef;
  phase: Phase = 'starting';
  /** Changes whenever what was begun must not take effect any more. */
  epoch = 0;
  state: unknown = NO_STATE;
  /** Messages handled to the end. */
  handled = 0;
  parkedSends = 0;
  openAsks = 0;
  /** Set while other hosts may send here. */
  dealer: SlotDealer | null = null;
  /** The ask that the running synchronous handler answers. */
  answering: AskOrigin | null = null;
  supervisor: Supervisor | null = null;
  extras: CellExtras | null = null;
  #context: Context | null = null;
  /** Messages whose handler returned a promise that has not settled. */
  #running = 0;
  /** In the ready queue, or in its turn. */
  #scheduled = false;
  /** Counted among the kernel's active cells. */
  #active = false;
  /** The synchronous part of a handler runs now. */
  #handling = false;
  /** An init or hook is under way. */
  #hookRuns = false;
  /** This incarnation is to begin at the next turn. */
  #toBegin = true;

  /** @param id one that no actor of the system has or had */
  constructor(kernel: Kernel, link: ParentLink, definition: ErasedDefinition, args: unknown, id?: number) {
    super(kernel, definition);
    this.id = id ?? kernel.nextId();
    this.link = link;
    this.args = args;
    this.mailbox = new Mailbox<HandlerSpec, Origin>(definition.mailbox.capacityMessages, kernel.arrays);
    this.ref = refTo(this);
    const { events } = kernel;
    if (events.wants('spawned')) events.emit('spawned', { address: this.address, actor: definition.name });
    this.schedule();
  }

  // Who it is.

  get originKind(): typeof ORIGIN.sender {
    return ORIGIN.sender;
  }

  get path(): string {
    return `${this.link.parentPath}/${this.link.name}`;
  }

  override get address(): Address {
    return { path: this.path, id: this.id };
  }

  get depth(): number {
    return this.link.depth;
  }

  override get self(): Sender {
    return this;
  }

  get sender(): Sender {
    return this;
  }

  get senderId(): number {
    return this.id;
  }

  get senderAddress(): Address {
    return this.address;
  }

  get parkedMaxSends(): number {
    return PARKED_PER_ACTOR_MAX_SENDS;
  }

  get asksMax(): number {
    return ASKS_PER_ACTOR_MAX;
  }

  override get gone(): boolean {
    return this.phase === 'stopped' || this.phase === 'stopping';
  }

  /** True while its code may act: it starts, runs, or has failed and keeps its state. */
  get alive(): boolean {
    return this.phase === 'running' || this.phase === 'starting' || this.phase === 'suspended';
  }

  override get losses(): Losses {
    const extras = this.ownExtras();
    extras.losses ??= new Losses();
    return extras.losses;
  }

  /** Lives of its state so far, this one included. */
  get incarnation(): number {
    return this.extras?.restart?.incarnation ?? 1;
  }

  /** Messages being handled by asynchronous handlers now. */
  get running(): number {
    return this.#running;
  }

  /** True while a handler, an init or a hook has not come to its end. */
  get occupied(): boolean {
    return this.#running > 0 || this.#hookRuns;
  }

  /** How long the oldest queued message has waited, in milliseconds; 0 when none waits. */
  get oldestAgeMs(): number {
    if (this.mailbox.queued === 0) return 0;
    return (this.kernel.ports.clock.now() - this.mailbox.headAtMs) & 0x7fffffff;
  }

  /** The context of whatever is not one of several messages at a time. */
  get context(): Context {
    this.#context ??= new Context(this, null);
    return this.#context;
  }

  /** The extras, made now if need be. */
  ownExtras(): CellExtras {
    this.extras ??= new CellExtras();
    return this.extras;
  }

  /** The supervisor of its children, made now if need be. */
  ownSupervisor(): Supervisor {
    this.supervisor ??= new Supervisor(this, this.definition.supervision);
    return this.supervisor;
  }

  // Messages in.

  override admit(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    const { mailbox } = this;
    if (mailbox.free <= 0 || this.phase === 'stopping' || this.phase === 'stopped') return false;
    if (this.dealer !== null && this.dealer.contended) return false;
    this.offered += 1;
    this.accepted += 1;
    // First, because it reads the clock when the system was idle: the time of arrival must not be that of the last pass.
    this.schedule();
    if (origin.originKind === ORIGIN.ask && this.#reenters(origin)) {
      mailbox.hold();
      const extras = this.ownExtras();
      extras.reentrant ??= new RingDeque<TakenMessage>();
      extras.reentrant.push({ handler, payload, origin, atMs: this.kernel.dispatcher.nowMs });
    } else {
      mailbox.push(handler, payload, origin, this.kernel.dispatcher.nowMs);
    }
    return true;
  }

  /** A message came from another host, with a slot that was lent there. It was counted as offered there. */
  admitLent(handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.accepted += 1;
    this.schedule();
    if (origin.originKind === ORIGIN.ask && this.#reenters(origin)) {
      this.mailbox.holdLent();
      const extras = this.ownExtras();
      extras.reentrant ??= new RingDeque<TakenMessage>();
      extras.reentrant.push({ handler, payload, origin, atMs: this.kernel.dispatcher.nowMs });
    } else {
      this.mailbox.pushLent(handler, payload, origin, this.kernel.dispatcher.nowMs);
    }
  }

  /** Lets up to `count` parked sends into free slots, in their order. Returns how many. */
  admitParked(count: number): number {
    let admitted = 0;
    while (admitted < count && this.mailbox.free > 0) {
      const send = this.line?.next();
      if (send === undefined) break;
      this.mailbox.push(send.handler, send.payload, send.origin, this.kernel.dispatcher.nowMs);
      this.#parkedIsIn(send);
      admitted += 1;
    }
    return admitted;
  }

  /** Lets one parked send in above the capacity, to open a cycle of full mailboxes. False when none waits. */
  admitOverdraft(): boolean {
    const send = this.line?.next();
    if (send === undefined) return false;
    this.mailbox.pushOverdraft(send.handler, send.payload, send.origin, this.kernel.dispatcher.nowMs);
    this.#parkedIsIn(send);
    return true;
  }

  tick(tick: Tick): void {
    const { handler, payload } = tick.target;
    if (this.gone || this.admit(handler, payload, tick)) return;
    this.offered += 1;
    const nowMs = this.kernel.ports.clock.now();
    tick.parked = new ParkedSend(this, this, handler, payload, tick, nowMs, false);
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
    this.#dropQueued('drop-oldest', handler, payload, origin);
    return true;
  }

  protected override replaceSameKey(handler: HandlerSpec, payload: unknown, origin: Origin): boolean {
    const { key } = this.definition.mailbox;
    const wanted = key(payload);
    const same = (other: HandlerSpec, otherPayload: unknown): boolean =>
      other === handler && Object.is(key(otherPayload), wanted);
    const old = this.mailbox.replace(same, handler, payload, origin);
    if (old === undefined) return false;
    this.offered += 1;
    this.accepted += 1;
    this.#dropQueued('latest', old.handler, old.payload, old.origin);
    return true;
  }

  protected override parked(): void {
    this.dealer?.localParked();
  }

  protected override countRefused(): void {
    if (this.phase === 'stopped') {
      // Its own counts are added to the retired ones already.
      this.kernel.retired.offered += 1;
      this.kernel.retired.refused += 1;
    } else {
      super.countRefused();
    }
  }

  // Its turn.

  /** Puts the actor into the ready queue unless it is there. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (!this.#active) {
      this.#active = true;
      this.kernel.activeCells += 1;
    }
    this.kernel.dispatcher.schedule(this);
  }

  runTurn(): boolean {
    const { dispatcher } = this.kernel;
    this.kernel.current = this;
    let more = false;
    for (let left = dispatcher.turnMessages; ; left -= 1) {
      if (this.extras !== null || this.phase !== 'running') this.#control();
      if (!this.#mayHandle()) break;
      if (left === 0) {
        more = true;
        break;
      }
      this.#handleNext();
      if (!dispatcher.spend()) {
        more = true;
        break;
      }
    }
    this.kernel.current = null;
    if (more) return true;
    this.#scheduled = false;
    this.#rest();
    return false;
  }

  signal(signal: Signal): void {
    if (this.phase === 'stopped') return;
    this.ownExtras().signals.push(signal);
    this.schedule();
  }

  // What it may do itself: see ActorContext.

  /** @throws ERR_NAME_TAKEN, ERR_OPTION_INVALID, ERR_TREE_DEPTH */
  spawnChild(
    definition: ErasedDefinition,
    options: SpawnOptions<unknown> | undefined,
    waiter: SpawnWaiter | null,
  ): ActorRef {
    const spec = resolveSpawned(`spawn('${definition.name}')`, options);
    return this.ownSupervisor().spawn(
      definition,
      options?.args,
      options?.name,
      spec,
      options?.placement,
      waiter,
    );
  }

  stopFromInside(ref: AnyRef | undefined, options: StopActorOptions | undefined): void {
    const shutdownMs = resolveStop(options);
    if (ref !== undefined && ref !== this.ref) Ref.recipientOf(ref).requestStop(shutdownMs);
    else this.#stopItself('stopped', shutdownMs ?? 'infinity');
  }

  watch(ref: AnyRef): void {
    const target = Ref.recipientOf(ref);
    if (this.definition.hooks.terminated === undefined) {
      const option = `defineActor('${this.definition.name}').hooks.terminated`;
      throw optionError(option, undefined, 'a function, in an actor that watches');
    }
    const extras = this.ownExtras();
    extras.watching ??= new Set<AnyRef>();
    if (extras.watching.has(ref)) return;
    extras.watching.add(ref);
    target.watchedBy(this);
  }

  unwatch(ref: AnyRef): void {
    const { extras } = this;
    if (extras?.watching?.delete(ref) !== true) return;
    Ref.recipientOf(ref).unwatchedBy(this);
    // A notice that came already must not add up when an actor watches and unwatches one that is gone.
    for (const notice of extras.notices ?? []) {
      if (notice.ref !== ref) continue;
      extras.notices?.remove(notice);
      return;
    }
  }

  ownTimers(): Timers {
    const extras = this.ownExtras();
    extras.timers ??= new Timers(this.kernel.ports.clock, this);
    return extras.timers;
  }

  get lastMessageAtMs(): number {
    return this.extras?.lastMessageAtMs ?? 0;
  }

  /** @throws ERR_STASH_FULL, ERR_STASH_NOTHING */
  checkStash(): void {
    const { stashCapacityMessages } = this.definition;
    if (!this.#handling && this.#running === 0) {
      throw new MillraceError('ERR_STASH_NOTHING', { actor: formatAddress(this.address) });
    }
    if ((this.extras?.stash?.size ?? 0) < stashCapacityMessages) return;
    throw new MillraceError('ERR_STASH_FULL', {
      actor: formatAddress(this.address),
      stashCapacity: stashCapacityMessages,
    });
  }

  unstash(): void {
    this.#putBack(this.extras?.stash ?? null);
  }

  // Stopping and watching, from outside.

  override requestStop(shutdownMs: ShutdownMs | undefined): void {
    if (this.phase !== 'stopped') this.link.requestStop(shutdownMs);
  }

  override watchedBy(watcher: Watcher): void {
    const extras = this.ownExtras();
    if (this.phase === 'stopped') {
      watcher.watchedStopped(this.ref, extras.stopReason);
      return;
    }
    extras.watchers ??= new Set<Watcher>();
    extras.watchers.add(watcher);
  }

  override unwatchedBy(watcher: Watcher): void {
    this.extras?.watchers?.delete(watcher);
  }

  watchedStopped(ref: AnyRef, reason: StopReason): void {
    if (this.extras?.watching?.has(ref) !== true) return;
    this.extras.notices ??= new RingDeque<Terminated>();
    this.extras.notices.push({ ref, reason });
    this.schedule();
  }

  // As a sender.

  parkedSendAdded(send: ParkedSend): void {
    this.parkedSends += 1;
    const extras = this.ownExtras();
    extras.parked ??= new Set<ParkedSend>();
    extras.parked.add(send);
  }

  parkedSendSettled(send: ParkedSend): void {
    this.parkedSends -= 1;
    this.extras?.parked?.delete(send);
    if (this.parkedSends === 0 && this.phase !== 'stopped') this.schedule();
  }

  // As the owner of a supervisor.

  create(link: ParentLink, definition: ErasedDefinition, args: unknown, placement: unknown): ChildTarget {
    return this.kernel.createChild(link, definition, args, placement);
  }

  failBecauseOfChild(error: unknown): void {
    this.fail(error, 'child');
  }

  shutDown(): void {
    this.#stopItself('shutdown', 'infinity');
  }

  // Its life, for the sequences that take it up and down.

  /** Changes the phase along the table. */
  enter(phase: Phase): void {
    this.phase = advance(this.phase, phase);
    // A slot that comes free from here on is nobody's: who waits for one would be told it was sent, and be buried.
    if (phase === 'stopping') this.refuseLine('ERR_ACTOR_STOPPED');
  }

  /** Suspends the actor and reports to its supervisor. While it is suspended or going down, it is only reported. */
  fail(error: unknown, during: FailurePoint): void {
    this.kernel.reportFailure(this, error, during);
    // To resume it would leave it without children that it cannot put right: it fails again when it goes on.
    if (this.phase === 'suspended' && during === 'child') this.ownExtras().failedBeside = { error };
    if (this.phase !== 'running' && this.phase !== 'starting') return;
    this.enter('suspended');
    this.link.failed(error, during);
  }

  /** The incarnation is up. */
  startedUp(): void {
    this.enter('running');
    // Most actors of a million are idle from here on; the next message makes a new one.
    this.#context = null;
    this.link.started();
    this.schedule();
  }

  /** Calls init or a hook; `done` hears how it ended, unless the incarnation was over by then. */
  runHook<Args extends readonly unknown[]>(
    hook: (...args: never) => unknown,
    args: Args,
    done: (outcome: HookOutcome) => void,
  ): void {
    const { kernel, epoch } = this;
    const call = hook as unknown as (...args: Args) => unknown;
    const settle = (outcome: HookOutcome): void => {
      if (this.epoch !== epoch) return;
      this.#hookRuns = false;
      done(outcome);
      this.schedule();
    };
    this.#hookRuns = true;
    let value: unknown;
    // After an asynchronous init this runs outside a turn, and what the hook sends is the actor's all the same.
    const { current } = kernel;
    kernel.current = this;
    try {
      value = isAsyncFunction(hook) ? kernel.runAsync(this.context, () => call(...args)) : call(...args);
    } catch (error) {
      settle({ failed: true, error });
      return;
    } finally {
      kernel.current = current;
    }
    if (!isThenable(value)) {
      settle({ failed: false, value });
      return;
    }
    const settleLater = (outcome: HookOutcome): void => {
      kernel.dispatcher.readClock();
      settle(outcome);
    };
    value.then(
      (settled) => settleLater({ failed: false, value: settled }),
      (error: unknown) => settleLater({ failed: true, error }),
    );
  }

  /** Ends what the incarnation has going beside its code: timers, watches, whoever listens to its abort signal. */
  quiesce(): void {
    const extras = this.ownExtras();
    extras.timers?.clear();
    for (const context of extras.aborts ?? []) context.abort(undefined);
    extras.aborts = null;
    for (const ref of extras.watching ?? []) Ref.recipientOf(ref).unwatchedBy(this);
    extras.watching = null;
    extras.notices = null;
    this.#toBegin = false;
  }

  /** Lets go of handlers and hooks that do not end: their messages failed, and what they do later is ignored. */
  abandon(): void {
    this.epoch += 1;
    this.#hookRuns = false;
    const running = this.extras?.running ?? null;
    if (running === null) return;
    for (const message of running) {
      this.losses.failed += 1;
      this.mailbox.release();
      if (message.origin.originKind === ORIGIN.ask) {
        message.origin.fail(this.error('ERR_ACTOR_STOPPED', message.handler));
      }
      this.#slotFreed();
    }
    running.clear();
    this.#running = 0;
  }

  /** The incarnation is over, and the next may begin: nothing of the old one is left but the mailbox. */
  halted(): void {
    this.#endIncarnation();
    this.enter('halted');
    this.link.halted();
  }

  /** The actor is gone: everything that is still here finds its end, once. */
  vanish(reason: StopReason, by: 'itself' | 'order'): void {
    const { kernel } = this;
    const extras = this.ownExtras();
    extras.stopReason = reason;
    this.#endIncarnation();
    this.enter('stopped');
    while (this.mailbox.queued > 0) this.#buryHead();
    this.mailbox.rest();
    this.refuseLine('ERR_ACTOR_STOPPED');
    this.dealer?.gone();
    for (const send of extras.parked ?? []) {
      const sender = formatAddress(this.address);
      send.recipient.giveUp(
        send,
        new MillraceError('ERR_ACTOR_STOPPED', { sender, handler: send.handler.name }),
      );
    }
    if (this.#active) kernel.activeCells -= 1;
    this.#active = false;
    kernel.retire(this);
    if (kernel.events.wants('stopped')) kernel.events.emit('stopped', { address: this.address, reason });
    const { watchers } = extras;
    extras.watchers = null;
    for (const watcher of watchers ?? []) watcher.watchedStopped(this.ref, reason);
    this.link.stopped(reason, by);
  }

  // Inside a turn.

  #mayHandle(): boolean {
    return (
      this.mailbox.queued > 0 &&
      this.phase === 'running' &&
      this.#running < this.definition.concurrency &&
      this.parkedSends === 0 &&
      !this.#hookRuns
    );
  }

  /** Does what comes before messages: begins, obeys signals, goes on going down, hears of actors that stopped. */
  #control(): void {
    for (;;) {
      if (this.#toBegin) {
        this.#toBegin = false;
        beginIncarnation(this);
      }
      const { extras } = this;
      if (extras === null) return;
      const signal = extras.signals.shift();
      if (signal !== undefined) {
        this.#obey(signal, extras);
        continue;
      }
      extras.descent?.advance();
      if (this.phase !== 'running') {
        if (extras.signals.size === 0) return;
      } else if (!this.#reenter(extras) && !this.#hearNotice(extras)) {
        return;
      }
    }
  }

  #obey(signal: Signal, extras: CellExtras): void {
    if (this.phase === 'stopped') return;
    switch (signal.kind) {
      case 'start':
        if (this.phase !== 'halted') return;
        this.enter('starting');
        extras.restart = { error: signal.error, incarnation: this.incarnation + 1 };
        this.#toBegin = true;
        return;
      case 'resume':
        if (this.phase === 'suspended') this.#resume(extras);
        return;
      case 'halt':
        this.#descend({ kind: 'halt' }, signal.shutdownMs, extras);
        return;
      case 'stop':
        this.#descend({ kind: 'stop', reason: signal.reason, by: signal.by }, signal.shutdownMs, extras);
        return;
    }
  }

  #resume(extras: CellExtras): void {
    this.enter('running');
    const { failedBeside } = extras;
    if (failedBeside === null) return;
    extras.failedBeside = null;
    this.enter('suspended');
    this.link.failed(failedBeside.error, 'child');
  }

  #descend(end: DescentEnd, shutdownMs: ShutdownMs, extras: CellExtras): void {
    if (extras.descent !== null) {
      extras.descent.join(end, shutdownMs);
      return;
    }
    extras.descent = new Descent(this, end);
    extras.descent.begin(shutdownMs);
  }

  #stopItself(reason: StopReason, shutdownMs: ShutdownMs): void {
    const extras = this.ownExtras();
    if (extras.stopsItself) return;
    extras.stopsItself = true;
    this.signal({ kind: 'stop', reason, by: 'itself', shutdownMs });
  }

  /** Handles the next ask that comes back while this actor waits. */
  #reenter(extras: CellExtras): boolean {
    const message = extras.reentrant?.shift();
    if (message === undefined) return false;
    this.#handle(message.handler, message.payload, message.origin, message.atMs);
    return true;
  }

  /** Tells the `terminated` hook of the next watched actor that stopped. */
  #hearNotice(extras: CellExtras): boolean {
    if (this.occupied) return false;
    const notice = extras.notices?.shift();
    if (notice === undefined) return false;
    const { terminated } = this.definition.hooks;
    // Watched no more: nothing is told, although the stop was on its way.
    if (extras.watching?.delete(notice.ref) !== true || terminated === undefined) return true;
    this.runHook(terminated, [this.state, notice, this.context], (outcome) => {
      if (outcome.failed) this.fail(outcome.error, 'hook');
    });
    return true;
  }

  #handleNext(): void {
    const { mailbox } = this;
    const handler = mailbox.headHandler;
    const payload = mailbox.headPayload;
    const origin = mailbox.headOrigin;
    const atMs = mailbox.headAtMs;
    mailbox.take();
    this.#handle(handler, payload, origin, atMs);
  }

  /** Handles a message that left the queue and holds its slot. */
  #handle(handler: HandlerSpec, payload: unknown, origin: Origin, atMs: number): void {
    let ask: AskOrigin | null = null;
    if (origin.originKind !== ORIGIN.sender) {
      if (!this.#isWanted(handler, payload, origin)) return;
      if (origin.originKind === ORIGIN.ask) ask = origin;
    }
    const { extras } = this;
    if (extras !== null && extras.timers !== null && origin.originKind !== ORIGIN.tick) {
      extras.lastMessageAtMs = this.kernel.dispatcher.now;
    }
    const context = ask === null && this.definition.concurrency === 1 ? this.context : new Context(this, ask);
    this.answering = ask;
    this.#handling = true;
    let value: unknown;
    try {
      value = handler.isAsync
        ? this.kernel.runAsync(context, () => handler.run(this.state, payload, context))
        : handler.run(this.state, payload, context);
    } catch (error) {
      this.answering = null;
      this.#handling = false;
      this.#messageFailed({ handler, payload, origin, atMs, context }, error);
      return;
    }
    this.answering = null;
    this.#handling = false;
    if (value !== undefined && isThenable(value)) {
      this.#follow({ handler, payload, origin, atMs, context }, value);
    } else if (context.stashing) {
      this.#stash({ handler, payload, origin, atMs, context });
    } else {
      if (context !== this.#context) context.finish();
      this.#messageHandled(origin, value);
    }
  }

  /** Drops what nobody waits for any more: a tick of a cancelled timer, an ask whose asker gave up. */
  #isWanted(handler: HandlerSpec, payload: unknown, origin: AskOrigin | Tick): boolean {
    if (origin.originKind === ORIGIN.tick) {
      this.extras?.timers?.arrived(origin);
      if (!origin.cancelled) return true;
      this.#dropQueued('timer-cancelled', handler, payload, origin);
    } else {
      if (!origin.settled) return true;
      this.#dropQueued('ask-expired', handler, payload, origin);
    }
    this.mailbox.release();
    this.#slotFreed();
    return false;
  }

  #follow(message: RunningMessage, promise: PromiseLike<unknown>): void {
    const extras = this.ownExtras();
    extras.running ??= new Set<RunningMessage>();
    const { running } = extras;
    running.add(message);
    this.#running += 1;
    const settle = (act: () => void): void => {
      // Gone from the set: it was abandoned, and its slot is returned.
      if (!running.delete(message)) return;
      this.#running -= 1;
      act();
      this.schedule();
    };
    promise.then(
      (value) =>
        settle(() => {
          if (message.context.stashing) {
            this.#stash(message);
          } else {
            if (message.context !== this.#context) message.context.finish();
            this.#messageHandled(message.origin, value);
          }
        }),
      (error: unknown) =>
        settle(() => {
          this.kernel.dispatcher.readClock();
          this.#messageFailed(message, error);
        }),
    );
  }

  #messageHandled(origin: Origin, value: unknown): void {
    this.handled += 1;
    this.mailbox.release();
    if (origin.originKind === ORIGIN.ask) origin.reply(value);
    if (this.dealer !== null || this.line !== null) this.#slotFreed();
  }

  #messageFailed(message: RunningMessage, error: unknown): void {
    message.context.stashing = false;
    if (message.context !== this.#context) message.context.finish();
    this.losses.failed += 1;
    this.mailbox.release();
    if (message.origin.originKind === ORIGIN.ask) message.origin.handlerFailed(error);
    this.#slotFreed();
    this.fail(error, 'handler');
  }

  #stash(message: RunningMessage): void {
    message.context.stashing = false;
    if (message.context !== this.#context) message.context.finish();
    const { handler, payload, origin, atMs } = message;
    const extras = this.ownExtras();
    extras.stash ??= new RingDeque<TakenMessage>();
    extras.stash.push({ handler, payload, origin, atMs });
  }

  #slotFreed(): void {
    if (this.dealer !== null) this.dealer.released();
    else if (this.line !== null) this.admitParked(1);
  }

  #parkedIsIn(send: ParkedSend): void {
    this.accepted += 1;
    if (send.origin.originKind === ORIGIN.ask) send.origin.onGivenUp = null;
    send.admitted();
    const { events } = this.kernel;
    if (events.wants('resumed'))
      events.emit('resumed', { address: this.address, sender: send.sender.senderAddress });
    this.schedule();
  }

  #reenters(ask: AskOrigin): boolean {
    return this.definition.reentrant && this.occupied && chainHas(ask.chain, this.id);
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

  #putBack(set: RingDeque<TakenMessage> | null): void {
    if (set === null) return;
    for (const { handler, payload, origin, atMs } of [...set].reverse()) {
      this.mailbox.putBack(handler, payload, origin, atMs);
    }
    while (set.shift() !== undefined);
  }

  #dropQueued(reason: DropReason, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    if (origin.originKind === ORIGIN.tick) this.extras?.timers?.arrived(origin);
    this.drop(reason, handler, payload, origin);
  }

  /** The oldest message will not be handled: the actor is gone. */
  #buryHead(): void {
    const { handler, payload, origin } = this.#take();
    this.mailbox.release();
    if (origin.originKind === ORIGIN.tick) {
      this.losses.drop('timer-cancelled');
      return;
    }
    this.losses.deadLettered += 1;
    const isAsk = origin.originKind === ORIGIN.ask;
    this.deadLetter('actor-stopped', handler, payload, isAsk ? origin.sender : origin);
    if (isAsk) origin.fail(this.error('ERR_ACTOR_STOPPED', handler));
  }

  #endIncarnation(): void {
    const extras = this.ownExtras();
    this.#putBack(extras.stash);
    this.#putBack(extras.reentrant);
    extras.timers = null;
    extras.failedBeside = null;
    extras.descent = null;
    this.epoch += 1;
    this.state = NO_STATE;
    this.#context = null;
  }

  /** Nothing to do for now: keep little, and count as idle unless something is under way. */
  #rest(): void {
    this.mailbox.rest();
    if (
      !this.#active ||
      this.mailbox.queued > 0 ||
      this.occupied ||
      (this.extras !== null && this.extras.descent !== null)
    )
      return;
    this.#active = false;
    this.kernel.activeCells -= 1;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
