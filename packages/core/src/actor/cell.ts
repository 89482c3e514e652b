/**
 * An actor at run time: who it is, its turn, its life. Owns what is above its inbox and its code; holds that
 * messages are handled in order and, unless its definition says otherwise, one at a time, that signals come
 * before messages, and that it ends once. Driven by the dispatcher; steered by its supervisor through signals.
 *
 * A cell is built in three layers by inheritance, so that the path of a message stays within one object of one
 * shape: {@link CellInbox} (where messages wait), {@link CellWork} (how its code runs), and this. What few
 * actors need is in {@link CellExtras}, made when first needed: a million idle actors pay for each field.
 * What is not on the path of a message takes the cell from outside: {@link control} first of all.
 */
import type { Address } from '../address.ts';
import type { Runnable } from '../dispatch/dispatcher.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import { ASKS_PER_ACTOR_MAX, PARKED_PER_ACTOR_MAX_SENDS } from '../limits.ts';
import type { ActorRef, AnyRef } from '../ref.ts';
import {
  type ShutdownMs,
  type StopActorOptions,
  resolveSpawned,
  resolveStop,
} from '../supervision/child-spec.ts';
import { Ref, refTo } from './actor-ref.ts';
import type { AskOrigin } from './ask.ts';
import type { CellExtras } from './cell-extras.ts';
import { CellWork } from './cell-work.ts';
import type { ChildTarget, ParentLink, Signal, SpawnWaiter } from './child.ts';
import { Context, type SpawnOptions } from './context.ts';
import { control, descend, stopItself } from './control.ts';
import type { ErasedDefinition } from './definition.ts';
import type { Kernel } from './kernel.ts';
import { NO_STATE, type Phase, advance } from './lifecycle.ts';
import { addOwnSend, giveUpOwnSends, settleOwnSend } from './own-sends.ts';
import type { ParkedSend } from './parked-send.ts';
import type { Watcher } from './recipient.ts';
import { ORIGIN, type Sender } from './sender.ts';
import { Supervisor, type SupervisorOwner } from './supervisor.ts';
import { type TimerOwner, Timers } from './timers.ts';
import { addNotice, addWatcher, beginWatch, endAllWatches, endWatch, tellWatchers } from './watches.ts';

export type { SlotDealer } from './cell-inbox.ts';

/** The run-time record of one actor. */
export class Cell
  extends CellWork
  implements Sender, ChildTarget, Runnable, TimerOwner, SupervisorOwner, Watcher
{
  readonly id: number;
  readonly link: ParentLink;
  readonly args: unknown;
  ref: ActorRef;
  openAsks = 0;
  supervisor: Supervisor | null = null;
  /** This incarnation is to begin at the next turn. */
  toBegin = true;

  /** @param id one that no actor of the system has or had */
  constructor(kernel: Kernel, link: ParentLink, definition: ErasedDefinition, args: unknown, id?: number) {
    super(kernel, definition);
    this.id = id ?? kernel.nextId();
    this.link = link;
    this.args = args;
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

  override get sender(): Sender {
    return this;
  }

  get senderId(): number {
    return this.id;
  }

  get senderAddress(): Address {
    return this.address;
  }

  get parkedMaxSends(): number {
    // Messages handled at the same time have one parked send each beside the share of one, so that a handler
    // that awaits each of its sends is never refused for what its neighbours do.
    return PARKED_PER_ACTOR_MAX_SENDS + this.definition.concurrency - 1;
  }

  get asksMax(): number {
    return ASKS_PER_ACTOR_MAX;
  }

  /** True while its code may act: it starts, runs, or has failed and keeps its state. */
  get alive(): boolean {
    return this.phase === 'running' || this.phase === 'starting' || this.phase === 'suspended';
  }

  /** Lives of its state so far, this one included. */
  get incarnation(): number {
    return this.extras?.restart?.incarnation ?? 1;
  }

  /** The supervisor of its children, made now if need be. */
  ownSupervisor(): Supervisor {
    this.supervisor ??= new Supervisor(this, this.definition.supervision);
    return this.supervisor;
  }

  // Its turn.

  /** Puts the actor into the ready queue unless it is there. */
  override schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    if (!this.active) {
      this.active = true;
      this.kernel.activeCells += 1;
    }
    this.kernel.dispatcher.schedule(this);
  }

  runTurn(): boolean {
    const { kernel } = this;
    const { dispatcher } = kernel;
    const shippedMax = kernel.shipped + dispatcher.turnShipped;
    kernel.current = this;
    let more = false;
    const readyMax = dispatcher.ready + dispatcher.turnReadied;
    for (let left = dispatcher.turnMessages; ; left -= 1) {
      if (this.extras !== null || this.phase !== 'running') control(this);
      if (!this.#mayHandle()) break;
      if (left === 0 || kernel.shipped >= shippedMax) {
        more = true;
        break;
      }
      this.handleNext();
      if (!dispatcher.spend() || dispatcher.ready >= readyMax) {
        more = true;
        break;
      }
    }
    kernel.current = null;
    if (more) return true;
    this.scheduled = false;
    this.#rest();
    return false;
  }

  signal(signal: Signal): void {
    if (this.phase === 'stopped') return;
    this.ownExtras().signals.push(signal);
    this.schedule();
  }

  protected override contextFor(ask: AskOrigin | null): Context {
    return new Context(this, ask);
  }

  // What it may do itself: see ActorContext.

  /** @throws ERR_NAME_TAKEN, ERR_OPTION_INVALID, ERR_TREE_DEPTH */
  spawnChild(
    definition: ErasedDefinition,
    options: SpawnOptions<unknown> | undefined,
    waiter: SpawnWaiter | null,
    placement: unknown = options?.placement,
  ): ActorRef {
    const spec = resolveSpawned(definition.name, options);
    return this.ownSupervisor().spawn(definition, options?.args, options?.name, spec, placement, waiter);
  }

  stopFromInside(ref: AnyRef | undefined, options: StopActorOptions | undefined): void {
    const shutdownMs = resolveStop(options);
    if (ref !== undefined && ref !== this.ref) Ref.recipientOf(ref).requestStop(shutdownMs);
    else stopItself(this, 'stopped', shutdownMs ?? 'infinity');
  }

  watch(ref: AnyRef): void {
    beginWatch(this, ref);
  }

  unwatch(ref: AnyRef): void {
    endWatch(this, ref);
  }

  ownTimers(): Timers {
    const extras = this.ownExtras();
    extras.timers ??= new Timers(this.kernel.ports.clock, this);
    return extras.timers;
  }

  get lastMessageAtMs(): number {
    return this.extras?.lastMessageAtMs ?? 0;
  }

  // Stopping and watching, from outside.

  override requestStop(shutdownMs: ShutdownMs | undefined): void {
    if (this.phase !== 'stopped') this.link.requestStop(shutdownMs);
  }

  override watchedBy(watcher: Watcher): void {
    addWatcher(this, watcher);
  }

  override unwatchedBy(watcher: Watcher): void {
    this.extras?.watchers?.delete(watcher);
  }

  watchedStopped(ref: AnyRef, reason: StopReason): void {
    addNotice(this, ref, reason);
  }

  // As a sender.

  parkedSendAdded(send: ParkedSend): void {
    addOwnSend(this, send);
  }

  parkedSendSettled(send: ParkedSend): void {
    settleOwnSend(this, send);
  }

  // As the owner of a supervisor.

  create(link: ParentLink, definition: ErasedDefinition, args: unknown, placement: unknown): ChildTarget {
    return this.kernel.createChild(link, definition, args, placement);
  }

  failBecauseOfChild(error: unknown): void {
    this.fail(error, 'child');
  }

  shutDown(): void {
    stopItself(this, 'shutdown', 'infinity');
  }

  // Its life, for the sequences that take it up and down.

  /** Changes the phase along the table. */
  enter(phase: Phase): void {
    this.phase = advance(this.phase, phase);
    // A slot that comes free from here on is nobody's: who waits for one would be told it was sent, and be buried.
    if (phase === 'stopping') this.refuseLine('ERR_ACTOR_STOPPED');
  }

  /** Suspends the actor and reports to its supervisor. While it is suspended or going down, it is only reported. */
  override fail(error: unknown, during: FailurePoint): void {
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
    this.forgetContext();
    this.link.started();
    this.schedule();
  }

  /** Ends what the incarnation has going beside its code: timers, watches, whoever listens to its abort signal. */
  quiesce(): void {
    const extras = this.ownExtras();
    extras.timers?.clear();
    for (const context of extras.aborts ?? []) context.abort(undefined);
    extras.aborts = null;
    endAllWatches(this, extras);
    this.toBegin = false;
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
    while (this.mailbox.queued > 0) this.buryHead();
    this.mailbox.rest();
    this.refuseLine('ERR_ACTOR_STOPPED');
    this.dealer?.gone();
    giveUpOwnSends(this, extras);
    if (this.active) kernel.activeCells -= 1;
    this.active = false;
    kernel.retire(this);
    if (kernel.events.wants('stopped')) kernel.events.emit('stopped', { address: this.address, reason });
    tellWatchers(this, extras, reason);
    this.link.stopped(reason, by);
  }

  /**
   * Lets the actor go for want of work. Its slot closes at once, so nothing can come while it goes down. Call it
   * outside turns, when nothing is queued, under way or running.
   */
  passivate(shutdownMs: ShutdownMs): void {
    this.dealer?.gone();
    descend(this, { kind: 'stop', reason: 'passivated', by: 'order' }, shutdownMs);
  }

  // Inside a turn.

  #mayHandle(): boolean {
    return this.mailbox.queued > 0 && this.phase === 'running' && this.mayBegin;
  }

  /** Handles the next ask that comes back while this actor waits. */
  reenter(extras: CellExtras): boolean {
    const message = extras.reentrant?.shift();
    if (message === undefined) return false;
    this.handle(message.handler, message.payload, message.origin, message.atMs);
    return true;
  }

  #endIncarnation(): void {
    const extras = this.ownExtras();
    this.putBack(extras.stash);
    this.putBack(extras.reentrant);
    extras.timers = null;
    extras.failedBeside = null;
    extras.descent = null;
    this.epoch += 1;
    this.state = NO_STATE;
    this.forgetContext();
  }

  /** Nothing to do for now: keep little, and count as idle unless something is under way. */
  #rest(): void {
    this.mailbox.rest();
    if (
      !this.active ||
      this.mailbox.queued > 0 ||
      this.occupied ||
      (this.extras !== null && this.extras.descent !== null)
    )
      return;
    this.active = false;
    this.kernel.activeCells -= 1;
  }
}
