/**
 * Looks after the children of one actor. Owns the records of the children in start order, the restart
 * window and the restart under way; holds OTP's rules: start in order, stop in reverse, restart by
 * strategy, give up past the intensity. The decisions are pure functions of the supervision layer; this
 * carries them out by signals and waits for the children's reports.
 *
 * A restart is a plan: first every child in its scope is halted, in reverse order and one at a time; then
 * each is started again, in order and one at a time. A failure of a bigger scope replaces the plan.
 */
import { MillraceError } from '../errors.ts';
import type { FailurePoint, StopReason } from '../events.ts';
import { assert } from '../lib/assert.ts';
import { TREE_DEPTH_MAX_LEVELS } from '../limits.ts';
import type { Timer } from '../ports.ts';
import type { ActorRef } from '../ref.ts';
import { backoffMs, nextAttempt } from '../supervision/backoff.ts';
import {
  type Backoff,
  type ChildSpec,
  type Directive,
  type ShutdownMs,
  type SupervisionSpec,
  isDirective,
} from '../supervision/child-spec.ts';
import { RestartWindow } from '../supervision/intensity.ts';
import { type ChildEvent, decide, decideAutoShutdown, restartScope } from '../supervision/strategy.ts';
import {
  type ChildObserver,
  ChildRecord,
  type ChildTarget,
  type ParentLink,
  type SpawnWaiter,
} from './child.ts';
import type { DeclaredChildSpec, ErasedDefinition } from './definition.ts';
import type { Kernel } from './kernel.ts';

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

/** One restart under way. */
interface RestartPlan {
  /** In reverse start order; the first is being halted. */
  readonly toHalt: ChildRecord[];
  /** In start order; the first is being started once nothing is left to halt. */
  readonly toStart: ChildRecord[];
  /** Whose end began it. */
  readonly cause: ChildRecord;
  /** The wait before the restart is over, or under way. */
  waited: boolean;
}

/** The supervisor of one actor's children. */
export class Supervisor implements ChildObserver {
  readonly #owner: SupervisorOwner;
  readonly #spec: SupervisionSpec<DeclaredChildSpec>;
  readonly #children = new Map<string | number, ChildRecord>();
  readonly #plans = new Map<ChildRecord, RestartPlan>();
  readonly #windows = new Map<ChildRecord | null, RestartWindow>();
  readonly #backoffs = new Map<ChildRecord, Timer>();
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
  get children(): IterableIterator<ChildRecord> {
    return this.#children.values();
  }

  /** The child of that name. */
  child(name: string | number): ChildRecord | undefined {
    return this.#children.get(name);
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
    const key = name ?? this.#owner.kernel.nextId();
    if (this.#children.has(key)) {
      throw new MillraceError('ERR_NAME_TAKEN', { name: key, parent: this.path });
    }
    const child = new ChildRecord(this, key, definition, args, spec, placement);
    const target = this.#owner.create(child, definition, args, placement);
    child.target = target;
    child.waiter = waiter;
    this.#children.set(key, child);
    if (!spec.declared) this.#spawned += 1;
    return target.ref;
  }

  /** Stops one child for good. Its record goes when it reports. */
  stopChild(child: ChildRecord, reason: StopReason, shutdownMs: ShutdownMs = child.spec.shutdownMs): void {
    const status = shutdownMs === 'brutal' ? 'killing' : 'stopping';
    if (child.status === status || child.status === 'killing') return;
    this.#cancelBackoff(child);
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
    this.#plans.clear();
    // The actor's next incarnation is a supervisor that has restarted nobody yet.
    this.#windows.clear();
    for (const child of this.#backoffs.keys()) this.#cancelBackoff(child);
    this.#stopped = done;
    for (const child of this.#children.values()) if (!child.spec.declared) this.#stopForAll(child);
    this.#stopNext();
  }

  /** Kills every child at once: the actor's own time to stop is over. */
  killAll(): void {
    this.#stopKills = true;
    for (const child of this.#children.values()) this.stopChild(child, 'killed', 'brutal');
  }

  childStarted(child: ChildRecord): void {
    const { dispatcher, events } = this.#owner.kernel;
    const again = child.startedAtMs >= 0;
    child.status = 'running';
    child.startedAtMs = dispatcher.nowMs;
    if (again) child.trouble.error = undefined;
    child.waiter?.resolve(child.steered.ref);
    child.waiter = null;
    if (again && events.wants('restarted')) {
      events.emit('restarted', { address: child.steered.ref.address, incarnation: child.restarts + 1 });
    }
    const plan = this.#plans.get(child);
    if (plan !== undefined) {
      this.#plans.delete(child);
      plan.toStart.shift();
      this.#advance(plan);
    }
    if (child.spec.declared && !again) this.#declareNext();
  }

  childFailed(child: ChildRecord, error: unknown, during: FailurePoint): void {
    // On its way down anyway: the halt or stop that is under way will find it suspended.
    if (child.ending || child.status === 'halting') return;
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
    const plan = this.#plans.get(child);
    if (plan === undefined) return;
    plan.toHalt.shift();
    this.#advance(plan);
  }

  childStopped(child: ChildRecord, reason: StopReason, by: 'itself' | 'order'): void {
    const wasStarting = child.status === 'starting';
    // Told to stop for good: it stays so when it stopped itself, or lost its host, before the order reached it.
    const ordered = child.ending || (by === 'order' && reason !== 'host-lost');
    this.#leavePlan(child);
    this.#cancelBackoff(child);
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
    if (this.#children.get(child.key) !== child && wasStarting && child.spec.declared) this.#declareNext();
  }

  #direct(child: ChildRecord, error: unknown, during: FailurePoint): Directive {
    // A supervisor that gave up has lost its children: resuming it would leave it without them.
    if (this.#spec.onFailure === null || during === 'child') return 'restart';
    const { log } = this.#owner.kernel.ports;
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
        this.#restart(child, error, event.kind === 'stopped' && event.hostLost === true);
        return;
    }
  }

  #escalate(child: ChildRecord, error: unknown): void {
    const { events } = this.#owner.kernel;
    if (events.wants('escalated')) events.emit('escalated', { address: child.steered.ref.address, error });
    this.#owner.failBecauseOfChild(error);
  }

  #restart(child: ChildRecord, cause: unknown, free: boolean): void {
    const { intensity, periodMs, intensityPer, strategy } = this.#spec;
    const nowMs = this.#owner.kernel.dispatcher.now;
    const counted = intensityPer === 'child' ? child : null;
    let window = this.#windows.get(counted);
    if (window === undefined) {
      window = new RestartWindow(intensity, periodMs);
      this.#windows.set(counted, window);
    }
    if (!free && !window.allow(nowMs)) {
      const error = new MillraceError(
        'ERR_RESTART_INTENSITY',
        { child: child.name, intensity, periodMs },
        { cause },
      );
      if (intensityPer === 'supervisor') {
        this.#escalate(child, error);
      } else {
        this.#owner.kernel.ports.log('error', 'a child is stopped because it failed too often', {
          child: child.name,
          error,
        });
        this.#giveUp(child);
      }
      return;
    }
    // A restart under way will halt it in its turn, and start it again with the others.
    if (this.#plans.get(child)?.toHalt.includes(child) === true) return;
    const all = strategy === 'one-for-one' ? [child] : [...this.#children.values()];
    const scope = restartScope(strategy, all, all.indexOf(child)).filter((one) => !one.ending);
    for (const one of scope) {
      this.#cancelBackoff(one);
      if (one.status === 'backing-off') one.status = 'halted';
    }
    const plan: RestartPlan = {
      // A temporary sibling is not started again: it is stopped where the others are halted.
      toHalt: scope.filter((one) => one.status !== 'halted').reverse(),
      toStart: scope.filter((one) => one.spec.restart !== 'temporary'),
      cause: child,
      waited: false,
    };
    for (const one of scope) this.#plans.set(one, plan);
    this.#advance(plan);
  }

  #advance(plan: RestartPlan): void {
    const halting = plan.toHalt[0];
    if (halting !== undefined) {
      if (halting.status === 'halting') return;
      if (halting.spec.restart === 'temporary') {
        this.stopChild(halting, 'shutdown');
        return;
      }
      halting.status = 'halting';
      halting.steered.signal({ kind: 'halt', shutdownMs: halting.spec.shutdownMs });
      return;
    }
    const starting = plan.toStart[0];
    if (starting === undefined || starting.status !== 'halted') return;
    const { backoff } = this.#spec;
    if (backoff === null || plan.waited) {
      this.#start(starting);
      return;
    }
    plan.waited = true;
    this.#backOff(starting, plan.cause, backoff);
  }

  /** Starts `child`, and after it the rest of its plan, once it was waited for what `cause` did. */
  #backOff(child: ChildRecord, { trouble, startedAtMs }: ChildRecord, backoff: Backoff): void {
    const { kernel } = this.#owner;
    const livedMs = startedAtMs < 0 ? 0 : (kernel.dispatcher.nowMs - startedAtMs) & 0x7fffffff;
    trouble.attempt = nextAttempt(backoff, trouble.attempt, livedMs);
    const delayMs = backoffMs(backoff, trouble.attempt, kernel.ports.random);
    trouble.attempt += 1;
    child.status = 'backing-off';
    this.#backoffs.set(
      child,
      kernel.ports.clock.setTimer(() => {
        this.#backoffs.delete(child);
        this.#start(child);
      }, delayMs),
    );
  }

  #start(child: ChildRecord): void {
    child.trouble.restarts += 1;
    child.status = 'starting';
    if (child.steered.gone) {
      // It had stopped for good: a new actor takes its name and its place in the order.
      child.target = this.#owner.create(child, child.definition, child.args, child.placement);
      return;
    }
    child.steered.signal({ kind: 'start', error: child.trouble.error });
  }

  #declareNext(): void {
    const next = this.#toDeclare.shift();
    if (next !== undefined) {
      this.spawn(next.actor, next.args, next.name, next.spec, next.placement, null);
      return;
    }
    const done = this.#declared;
    this.#declared = null;
    done?.();
  }

  /** Goes on with {@link stopAll} once nothing that it waits for is left. */
  #stopNext(): void {
    if (this.#spawned > 0) return;
    let last: ChildRecord | undefined;
    for (const child of this.#children.values()) last = child;
    if (last === undefined) {
      const done = this.#stopped;
      this.#stopped = null;
      this.#stopKills = false;
      done?.();
    } else {
      this.#stopForAll(last);
    }
  }

  #stopForAll(child: ChildRecord): void {
    if (child.ending) return;
    if (this.#stopKills) this.stopChild(child, 'killed', 'brutal');
    else this.stopChild(child, 'shutdown');
  }

  /** Stops a child because it failed. */
  #giveUp(child: ChildRecord): void {
    child.trouble.givenUp = true;
    this.stopChild(child, 'failed');
  }

  #maybeShutDown(ended: ChildRecord): void {
    let significantLeft = 0;
    for (const child of this.#children.values()) if (child.spec.significant) significantLeft += 1;
    if (decideAutoShutdown(this.#spec.autoShutdown, ended.spec, significantLeft)) this.#owner.shutDown();
  }

  #forget(child: ChildRecord): void {
    assert(this.#children.get(child.key) === child, 'a child is forgotten once');
    this.#children.delete(child.key);
    this.#spawnFailed(child);
    child.steered.forgotten?.();
    if (!child.spec.declared) this.#spawned -= 1;
    this.#windows.delete(child);
  }

  /** Whoever spawned it, and waits for its start, is told that there will be none. */
  #spawnFailed(child: ChildRecord): void {
    child.waiter?.reject(new MillraceError('ERR_ACTOR_STOPPED', { target: child.name }));
    child.waiter = null;
  }

  #leavePlan(child: ChildRecord): void {
    const plan = this.#plans.get(child);
    if (plan === undefined) return;
    this.#plans.delete(child);
    const wasFirst = plan.toHalt[0] === child || (plan.toHalt.length === 0 && plan.toStart[0] === child);
    for (const list of [plan.toHalt, plan.toStart]) {
      const index = list.indexOf(child);
      if (index >= 0) list.splice(index, 1);
    }
    if (wasFirst) this.#advance(plan);
  }

  #cancelBackoff(child: ChildRecord): void {
    this.#backoffs.get(child)?.cancel();
    this.#backoffs.delete(child);
  }
}
