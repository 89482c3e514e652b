/**
 * How an actor goes down, for a restart or for good: its code comes to its end, then its children stop, then
 * its `stopping` hook runs, then its state is let go. Owns the step it is at and the deadline; holds that
 * each step is done once and in this order, and that past the deadline nothing is waited for any more.
 * Driven by the cell's turns; made when a halt or stop begins.
 */
import type { StopReason } from '../events.ts';
import type { Timer } from '../ports.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { Cell } from './cell.ts';
import { NO_STATE } from './lifecycle.ts';

/** What it ends in. */
export type DescentEnd =
  | { readonly kind: 'halt' }
  | { readonly kind: 'stop'; readonly reason: StopReason; readonly by: 'itself' | 'order' };

type Step = 'code' | 'children' | 'hook' | 'end';

/** One actor on its way down. */
export class Descent {
  readonly #cell: Cell;
  #end: DescentEnd;
  #step: Step = 'code';
  #deadline: Timer | null = null;
  #deadlineAtMs = Number.POSITIVE_INFINITY;
  #killed = false;
  #finished = false;

  constructor(cell: Cell, end: DescentEnd) {
    this.#cell = cell;
    this.#end = end;
  }

  /** Stops what the actor has going and begins to wait for it. */
  begin(shutdownMs: ShutdownMs): void {
    this.#cell.enter(this.#end.kind === 'halt' ? 'halting' : 'stopping');
    this.#cell.quiesce();
    this.#goOn(shutdownMs);
  }

  /** Another halt or stop came meanwhile: a stop outranks a halt, and the shorter deadline counts. */
  join(end: DescentEnd, shutdownMs: ShutdownMs): void {
    if (end.kind === 'stop' && this.#end.kind === 'halt') {
      this.#end = end;
      this.#cell.enter('stopping');
    }
    this.#goOn(shutdownMs);
  }

  /** Goes as far as it can now. */
  advance(): void {
    if (this.#finished) return;
    const cell = this.#cell;
    if (this.#step === 'code' && !cell.occupied) {
      this.#step = 'children';
      if (cell.supervisor === null) this.#step = 'hook';
      else cell.supervisor.stopAll(() => this.#childrenGone());
    }
    if (this.#step === 'hook' && !cell.occupied) this.#runHook();
    if (this.#step === 'end' && !cell.occupied) this.#finish();
  }

  #childrenGone(): void {
    this.#step = 'hook';
    this.#cell.schedule();
  }

  #runHook(): void {
    this.#step = 'end';
    const cell = this.#cell;
    if (this.#killed || cell.state === NO_STATE) return;
    const why = this.#end.kind === 'halt' ? 'restart' : this.#end.reason;
    const save = cell.definition.keyed?.save ?? null;
    // An idle one was saved before it began to go down, and a failed one must not overwrite what is good.
    const saves = save !== null && (why === 'stopped' || why === 'shutdown');
    const key = saves ? cell.kernel.keyed?.keyOf(cell) : undefined;
    if (save === null || key === undefined) {
      this.#runStopping(why);
      return;
    }
    cell.runHook(save, [cell.state, key, cell.context], (outcome) => {
      if (outcome.failed) cell.kernel.reportFailure(cell, outcome.error, 'hook');
      this.#runStopping(why);
    });
  }

  #runStopping(why: StopReason | 'restart'): void {
    const cell = this.#cell;
    const { stopping } = cell.definition.hooks;
    if (stopping === undefined) return;
    cell.runHook(stopping, [cell.state, cell.context, why], (outcome) => {
      if (outcome.failed) cell.kernel.reportFailure(cell, outcome.error, 'hook');
    });
  }

  #finish(): void {
    this.#finished = true;
    this.#deadline?.cancel();
    if (this.#end.kind === 'halt') this.#cell.halted();
    else this.#cell.vanish(this.#killed ? 'killed' : this.#end.reason, this.#end.by);
  }

  #goOn(shutdownMs: ShutdownMs): void {
    if (shutdownMs === 'brutal') {
      this.#kill();
      return;
    }
    // Most actors are down at once, and a timer for each would cost more than the rest.
    this.advance();
    if (this.#finished || this.#killed || shutdownMs === 'infinity') return;
    const { clock } = this.#cell.kernel.ports;
    const atMs = clock.now() + shutdownMs;
    if (atMs >= this.#deadlineAtMs) return;
    this.#deadlineAtMs = atMs;
    this.#deadline?.cancel();
    this.#deadline = clock.setTimer(() => this.#kill(), shutdownMs);
  }

  #kill(): void {
    this.#killed = true;
    this.#deadline?.cancel();
    this.#cell.abandon();
    this.#cell.supervisor?.killAll();
    this.advance();
  }
}
