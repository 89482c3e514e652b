/**
 * The restarts that one supervisor has under way. Owns the plans, the windows that count against the intensity and
 * the waits before a restart; holds OTP's rules: who restarts together is halted in reverse start order and
 * started in start order, one at a time, and past the intensity nobody is started again. Made when a child is
 * first to be started again, for most supervisors never see a failure; the supervisor tells it what children report.
 *
 * A failure of a bigger scope replaces the plan it meets.
 */
import { MillraceError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import type { Timer } from '../ports.ts';
import { backoffMs, nextAttempt } from '../supervision/backoff.ts';
import type { Backoff, SupervisionSpec } from '../supervision/child-spec.ts';
import { RestartWindow } from '../supervision/intensity.ts';
import { restartScope } from '../supervision/strategy.ts';
import type { ChildRecord, ChildTarget } from './child.ts';
import type { Kernel } from './kernel.ts';

/** What restarts need of the supervisor. */
export interface RestartOwner {
  readonly kernel: Kernel;
  /** Every child, in start order. */
  readonly children: Iterable<ChildRecord>;
  stopChild(child: ChildRecord, reason: StopReason): void;
  /** Makes a child anew that had stopped for good. */
  recreate(child: ChildRecord): ChildTarget;
  /**
   * To start the child again is of no use, or was of none too often: that is the supervisor's own failure, or the end
   * of the child, as the intensity counts.
   */
  beyondHelp(child: ChildRecord, error: unknown): void;
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

/** The restarts of one supervisor's children. */
export class Restarts {
  readonly #owner: RestartOwner;
  readonly #spec: SupervisionSpec;
  readonly #plans = new Map<ChildRecord, RestartPlan>();
  readonly #windows = new Map<ChildRecord | null, RestartWindow>();
  readonly #backoffs = new Map<ChildRecord, Timer>();

  constructor(owner: RestartOwner, spec: SupervisionSpec) {
    this.#owner = owner;
    this.#spec = spec;
  }

  /**
   * Starts a child again, with the siblings that its strategy names, unless it was restarted too often.
   *
   * @param free it does not count against the intensity
   */
  restart(child: ChildRecord, cause: unknown, free: boolean): void {
    if (!free && !this.#allow(child, cause)) return;
    // A restart under way will halt it in its turn, and start it again with the others.
    if (this.#plans.get(child)?.toHalt.includes(child) === true) return;
    const { strategy } = this.#spec;
    const all = strategy === 'one-for-one' ? [child] : [...this.#owner.children];
    const scope = restartScope(strategy, all, all.indexOf(child)).filter((one) => !one.ending);
    for (const one of scope) {
      this.cancelBackoff(one);
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

  /** A child has started, again or for the first time. */
  started(child: ChildRecord): void {
    const plan = this.#plans.get(child);
    if (plan === undefined) return;
    this.#plans.delete(child);
    plan.toStart.shift();
    this.#advance(plan);
  }

  /** A child has been halted. */
  halted(child: ChildRecord): void {
    const plan = this.#plans.get(child);
    if (plan === undefined) return;
    plan.toHalt.shift();
    this.#advance(plan);
  }

  /** A child has stopped for good, and nobody waits to start it. */
  leave(child: ChildRecord): void {
    this.cancelBackoff(child);
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

  /** A child is over: what was counted of it goes with it. */
  forget(child: ChildRecord): void {
    this.#windows.delete(child);
  }

  /** Starts a child at once that waits for its restart: nothing gets better by waiting. */
  waitNoLonger(child: ChildRecord): void {
    this.cancelBackoff(child);
    this.#start(child);
  }

  /** Ends the wait before a restart. */
  cancelBackoff(child: ChildRecord): void {
    this.#backoffs.get(child)?.cancel();
    this.#backoffs.delete(child);
  }

  /** Ends everything that is under way, and forgets what was counted. */
  end(): void {
    for (const child of this.#backoffs.keys()) this.cancelBackoff(child);
    this.#plans.clear();
    this.#windows.clear();
  }

  /** Counts a restart. False, and the child or the supervisor is given up, when it is one too many. */
  #allow(child: ChildRecord, cause: unknown): boolean {
    const { intensity, periodMs, intensityPer } = this.#spec;
    const { kernel } = this.#owner;
    const counted = intensityPer === 'child' ? child : null;
    let window = this.#windows.get(counted);
    if (window === undefined) {
      window = new RestartWindow(intensity, periodMs);
      this.#windows.set(counted, window);
    }
    if (window.allow(kernel.dispatcher.now)) return true;
    const error = new MillraceError(
      'ERR_RESTART_INTENSITY',
      { child: child.name, intensity, periodMs },
      { cause },
    );
    this.#owner.beyondHelp(child, error);
    return false;
  }

  #advance(plan: RestartPlan): void {
    const halting = plan.toHalt[0];
    if (halting !== undefined) {
      if (halting.status === 'halting') return;
      if (halting.spec.restart === 'temporary') {
        this.#owner.stopChild(halting, 'shutdown');
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
    try {
      // One that had stopped for good: a new actor takes its name and its place in the order.
      if (child.steered.gone) child.target = this.#owner.recreate(child);
      else child.steered.signal({ kind: 'start', error: child.trouble.error });
    } catch (error) {
      // There is no host to make it on any more.
      child.status = 'halted';
      this.#owner.beyondHelp(child, error);
    }
  }
}
