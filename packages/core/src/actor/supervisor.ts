/**
 * Looks after the children of one actor. Owns the records of the children in start order; holds OTP's rules:
 * start in order, stop in reverse, restart by strategy, give up past the intensity. The decisions are pure
 * functions of the supervision layer; this carries them out by signals and waits for the children's reports. What a
 * restart takes is in {@link Restarts}.
 */
import { MillraceError } from '../errors.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import { TREE_DEPTH_MAX_LEVELS } from '../limits.ts';
import type { ActorRef } from '../ref.ts';
import {
  type ChildSpec,
  type Directive,
  type ShutdownMs,
  type SupervisionSpec,
  isDirective,
} from '../supervision/child-spec.ts';
import { type ChildEvent, decide, decideAutoShutdown } from '../supervision/strategy.ts';
import {
  type ChildObserver,
  ChildRecord,
  type ChildTarget,
  type ParentLink,
  type SpawnWaiter,
} from './child.ts';
import { ChildList } from './child-list.ts';
import type { DeclaredChildSpec, ErasedDefinition } from './definition.ts';
import type { Kernel } from './kernel.ts';
import { type RestartOwner, Restarts } from './restarts.ts';

/** What a supervisor needs of the actor whose children it looks after. */
export interface SupervisorOwner {
  readonly kernel: Kernel;
  readonly path: string;
  readonly depth: number;
  /** Makes a child and lets it begin. */
  create(link: ParentLink, definition: ErasedDefinition, args: unknown, placement: unknown): ChildTarget;
  /** A child could not be put right here: the actor itself has failed. */
  failBecauseOfChild(error: unknown): void;
  /** A significant child ended by itself: the actor goes down in order. */
  shutDown(): void;
}

/** The supervisor of one actor's children. */
export class Supervisor implements ChildObserver, RestartOwner {
  readonly #owner: SupervisorOwner;
  readonly #spec: SupervisionSpec<DeclaredChildSpec>;
  readonly #children = new ChildList();
  /** Null until a child was to be started again. */
  #restarts: Restarts | null = null;
  /** Declared children that wait for the one before them. */
  #toDeclare: DeclaredChildSpec[] = [];
  #declared: (() => void) | null = null;
  #stopped: (() => void) | null = null;
  #stopKills = false;
  /** Children that are not declared ones. */
  #spawned = 0;

  constructor(owner: SupervisorOwner, spec: SupervisionSpec<DeclaredChildSpec>) {
    this.#owner = owner;
    this.#spec = spec;
  }

  get kernel(): Kernel {
    return this.#owner.kernel;
  }

  get path(): string {
    return this.#owner.path;
  }

  get depth(): number {
    return this.#owner.depth;
  }

  /** Children that are not gone. */
  get size(): number {
    return this.#children.size;
  }

  /** The children in start order. */
  get children(): Iterable<ChildRecord> {
    return this.#children;
  }

  /** The child that was given this name. */
  child(name: string): ChildRecord | undefined {
    return this.#children.named(name);
  }

  /** Starts the declared children in order; `done` is called when the last has started. */
  startDeclared(done: () => void): void {
    this.#toDeclare = [...this.#spec.children];
    this.#declared = done;
    this.#declareNext();
  }

  /**
   * Spawns a child.
   *
   * @throws ERR_NAME_TAKEN
   */
  spawn(
    definition: ErasedDefinition,
    args: unknown,
    name: string | undefined,
    spec: ChildSpec,
    placement: unknown,
    waiter: SpawnWaiter | null,
  ): ActorRef {
    if (this.depth >= TREE_DEPTH_MAX_LEVELS) {
      throw new MillraceError('ERR_TREE_DEPTH', { parent: this.path, levelsMax: TREE_DEPTH_MAX_LEVELS });
    }
    if (name !== undefined && this.#children.named(name) !== undefined) {
      throw new MillraceError('ERR_NAME_TAKEN', { name, parent: this.path });
    }
    const key = name ?? this.kernel.nextId();
    const child = new ChildRecord(this, key, definition, args, spec, placement);
    const target = this.#owner.create(child, definition, args, placement);
    child.target = target;
    child.waiter = waiter;
    this.#children.add(child);
    if (!spec.declared) this.#spawned += 1;
    return target.ref;
  }

  /** Stops one child for good. Its record goes when it reports. */
  stopChild(child: ChildRecord, reason: StopReason, shutdownMs: ShutdownMs = child.spec.shutdownMs): void {
    const status = shutdownMs === 'brutal' ? 'killing' : 'stopping';
    if (child.status === status || child.status === 'killing') return;
    this.#restarts?.cancelBackoff(child);
    // It stopped by itself and was to be made anew: nobody is there to report.
    const gone = (child.status === 'halted' || child.status === 'backing-off') && child.steered.gone;
    child.status = status;
    if (gone) this.childStopped(child, reason, 'order');
    else child.steered.signal({ kind: 'stop', reason, by: 'order', shutdownMs });
  }

  /**
   * Stops every child: those spawned at run time together, then the declared ones in reverse order, one at a
   * time. Calls `done` when all are gone; at once when there are none.
   */
  stopAll(done: () => void): void {
    this.#toDeclare = [];
    this.#declared = null;
    // The actor's next incarnation is a supervisor that has restarted nobody yet.
    this.#restarts?.end();
    this.#restarts = null;
    this.#stopped = done;
    // One whose host died is gone at once, and may take others with it.
    for (const child of [...this.#children]) if (!child.spec.declared) this.#stopForAll(child);
    this.#stopNext();
  }

  /** Kills every child at once: the actor's own time to stop is over. */
  killAll(): void {
    this.#stopKills = true;
    for (const child of [...this.#children]) if (child.listed) this.stopChild(child, 'killed', 'brutal');
  }

  recreate(child: ChildRecord): ChildTarget {
    return this.#owner.create(child, child.definition, child.args, child.placement);
  }

  beyondHelp(child: ChildRecord, error: unknown): void {
    if (child.startedAtMs < 0) {
      this.#firstStartFailed(child, error);
      return;
    }
    const perChild = this.#spec.intensityPer === 'child';
    const what = perChild ? 'so it is stopped' : 'so its supervisor fails';
    const { path } = child.steered.ref.address;
    this.kernel.ports.log('error', `a restart cannot put a child right, ${what}`, { child: path, error });
    if (perChild) this.#giveUp(child);
    else this.#escalate(child, error);
  }

  childStarted(child: ChildRecord): void {
    const { dispatcher, events } = this.kernel;
    const again = child.startedAtMs >= 0;
    child.status = 'running';
    child.startedAtMs = dispatcher.nowMs;
    if (again) child.trouble.error = undefined;
    child.waiter?.resolve(child.steered.ref);
    child.waiter = null;
    if (again && events.wants('restarted')) {
      events.emit('restarted', { address: child.steered.ref.address, incarnation: child.restarts + 1 });
    }
    this.#restarts?.started(child);
    if (child.spec.declared && !again) this.#declareNext();
  }

  childFailed(child: ChildRecord, error: unknown, during: FailurePoint): void {
    // On its way down anyway: the halt or stop that is under way will find it suspended.
    if (child.ending || child.status === 'halting' || child.status === 'halted') return;
    if (child.status === 'backing-off') {
      // Its host died, and to wait for another one is of no use any more: the start will say so.
      this.#restarts?.waitNoLonger(child);
      return;
    }
    const starting = child.status === 'starting';
    child.status = 'failed';
    child.trouble.error = error;
    if (starting && child.startedAtMs < 0) {
      this.#firstStartFailed(child, error);
      return;
    }
    const directive = starting ? 'restart' : this.#direct(child, error, during);
    this.#carryOut(child, { kind: 'failed', directive }, error);
  }

  childHalted(child: ChildRecord): void {
    if (child.status !== 'halting') return;
    child.status = 'halted';
    this.#restarts?.halted(child);
  }

  childStopped(child: ChildRecord, reason: StopReason, by: 'itself' | 'order'): void {
    const wasStarting = child.status === 'starting';
    // Told to stop for good: it stays so when it stopped itself, or lost its host, before the order reached it.
    const ordered = child.ending || (by === 'order' && reason !== 'host-lost');
    this.#restarts?.leave(child);
    // When its host died while it started there, it is started elsewhere, and whoever spawned it waits for that.
    if (reason !== 'host-lost') this.#spawnFailed(child);
    if (this.#stopped !== null) {
      this.#forget(child);
      this.#stopNext();
      return;
    }
    if (ordered) {
      this.#forget(child);
      if (child.givenUp) this.#maybeShutDown(child);
      return;
    }
    child.status = 'halted';
    this.#carryOut(
      child,
      {
        kind: 'stopped',
        abnormal: reason !== 'stopped' && reason !== 'shutdown',
        hostLost: reason === 'host-lost',
      },
      undefined,
    );
    if (!child.listed && wasStarting && child.spec.declared) this.#declareNext();
  }

  #direct(child: ChildRecord, error: unknown, during: FailurePoint): Directive {
    // A supervisor that gave up has lost its children: resuming it would leave it without them.
    if (this.#spec.onFailure === null || during === 'child') return 'restart';
    const { log } = this.kernel.ports;
    try {
      const directive = this.#spec.onFailure(error, { name: child.name, restarts: child.restarts });
      if (isDirective(directive)) return directive;
      log('error', 'onFailure returned no directive, so the failure is escalated', {
        child: child.name,
        returned: directive,
      });
    } catch (thrown) {
      log('error', 'onFailure threw, so the failure is escalated', { child: child.name, thrown });
    }
    return 'escalate';
  }

  #firstStartFailed(child: ChildRecord, cause: unknown): void {
    const error = new MillraceError(
      'ERR_START_FAILED',
      { target: child.steered.ref.address.path },
      { cause },
    );
    child.waiter?.reject(error);
    child.waiter = null;
    this.stopChild(child, 'failed');
    if (child.spec.declared) this.#owner.failBecauseOfChild(error);
  }

  #carryOut(child: ChildRecord, event: ChildEvent, error: unknown): void {
    const verdict = decide(child.spec, event);
    switch (verdict) {
      case 'resume':
        child.status = 'running';
        child.trouble.error = undefined;
        child.steered.signal({ kind: 'resume' });
        return;
      case 'stop':
        this.#giveUp(child);
        return;
      case 'escalate':
        this.#escalate(child, error);
        return;
      case 'forget':
        this.#forget(child);
        this.#maybeShutDown(child);
        return;
      case 'restart':
        this.#restarts ??= new Restarts(this, this.#spec);
        this.#restarts.restart(child, error, event.kind === 'stopped' && event.hostLost === true);
        return;
    }
  }

  #declareNext(): void {
    const next = this.#toDeclare.shift();
    if (next !== undefined) {
      try {
        this.spawn(next.actor, next.args, next.name, next.spec, next.placement, null);
      } catch (error) {
        this.#owner.failBecauseOfChild(error);
      }
      return;
    }
    const done = this.#declared;
    this.#declared = null;
    done?.();
  }

  /** Goes on with {@link stopAll} once nothing that it waits for is left. */
  #stopNext(): void {
    if (this.#spawned > 0) return;
    const { last } = this.#children;
    if (last === null) {
      const done = this.#stopped;
      this.#stopped = null;
      this.#stopKills = false;
      done?.();
    } else {
      this.#stopForAll(last);
    }
  }

  #stopForAll(child: ChildRecord): void {
    if (!child.listed || child.ending) return;
    if (this.#stopKills) this.stopChild(child, 'killed', 'brutal');
    else this.stopChild(child, 'shutdown');
  }

  #escalate(child: ChildRecord, error: unknown): void {
    const { events } = this.kernel;
    if (events.wants('escalated')) events.emit('escalated', { address: child.steered.ref.address, error });
    this.#owner.failBecauseOfChild(error);
  }

  /** Stops a child because it failed. */
  #giveUp(child: ChildRecord): void {
    child.trouble.givenUp = true;
    this.stopChild(child, 'failed');
  }

  #maybeShutDown(ended: ChildRecord): void {
    let significantLeft = 0;
    for (const child of this.#children) if (child.spec.significant) significantLeft += 1;
    if (decideAutoShutdown(this.#spec.autoShutdown, ended.spec, significantLeft)) this.#owner.shutDown();
  }

  #forget(child: ChildRecord): void {
    this.#children.remove(child);
    this.#spawnFailed(child);
    child.steered.forgotten?.();
    if (!child.spec.declared) this.#spawned -= 1;
    this.#restarts?.forget(child);
  }

  /** Whoever spawned it, and waits for its start, is told that there will be none. */
  #spawnFailed(child: ChildRecord): void {
    child.waiter?.reject(new MillraceError('ERR_ACTOR_STOPPED', { target: child.name }));
    child.waiter = null;
  }
}
