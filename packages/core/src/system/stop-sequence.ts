/**
 * The coordinated stop: phases in a fixed order, each with a deadline. Owns the tasks of each phase and the
 * one run; holds that phases never overlap, that a phase which misses its deadline is reported and left
 * behind, and that stopping twice is stopping once. The idea of named phases with tasks and time-outs is
 * that of Akka's coordinated shutdown.
 */
import type { Kernel } from '../actor/kernel.ts';
import { checkOptions, milliseconds } from '../options.ts';
import type { Guardian } from './guardian.ts';

/** The phases in order. */
export const STOP_PHASES = ['intake', 'drain', 'actors', 'report'] as const;

/**
 * `intake`: application code may send no more. `drain`: what was accepted or parked is handled. `actors`:
 * actors stop, children before parents, in reverse order of their start. `report`: nothing runs any more.
 */
export type StopPhase = (typeof STOP_PHASES)[number];

/** Work that belongs to a phase. */
export type StopTask = () => void | Promise<void>;

/** Deadlines of the phases. */
export interface StopOptions {
  /** Default 1,000 ms. */
  readonly intakeMs?: number;
  /** Default 5,000 ms. */
  readonly drainMs?: number;
  /** Default 10,000 ms. What has not stopped by then is killed. */
  readonly actorsMs?: number;
  /** Default 1,000 ms. */
  readonly reportMs?: number;
}

/** How a phase went. */
export interface PhaseReport {
  /** Which phase. */
  readonly phase: StopPhase;
  /** How long it took. */
  readonly tookMs: number;
  /** False when its deadline passed first. */
  readonly completed: boolean;
}

const DEADLINES_MS: Readonly<Record<StopPhase, number>> = {
  intake: 1_000,
  drain: 5_000,
  actors: 10_000,
  report: 1_000,
};

/** The stop of one system. */
export class StopSequence {
  readonly #kernel: Kernel;
  readonly #guardian: Guardian;
  readonly #tasks: Readonly<Record<StopPhase, StopTask[]>>;
  #run: Promise<readonly PhaseReport[]> | null = null;
  #drained: (() => void) | null = null;

  constructor(kernel: Kernel, guardian: Guardian) {
    this.#kernel = kernel;
    this.#guardian = guardian;
    this.#tasks = {
      intake: [() => this.#closeIntake()],
      drain: [() => this.#drain()],
      actors: [() => this.#stopActors()],
      report: [() => kernel.deadlines.close(), () => kernel.waits.stop()],
    };
    kernel.dispatcher.atEndOfPass(() => this.#lookDrained());
  }

  /** Adds a task to a phase. */
  add(phase: StopPhase, task: StopTask): void {
    this.#tasks[phase].push(task);
  }

  /** Runs the phases, once; later calls get the same reports. @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN */
  run(options: StopOptions): Promise<readonly PhaseReport[]> {
    checkOptions('stop', options, {
      intakeMs: milliseconds(),
      drainMs: milliseconds(),
      actorsMs: milliseconds(),
      reportMs: milliseconds(),
    });
    this.#run ??= this.#phases(options);
    return this.#run;
  }

  async #phases(options: StopOptions): Promise<readonly PhaseReport[]> {
    const reports: PhaseReport[] = [];
    for (const phase of STOP_PHASES) {
      // oxlint-disable-next-line no-await-in-loop -- phases are sequential by definition
      reports.push(await this.#phase(phase, options[`${phase}Ms`] ?? DEADLINES_MS[phase]));
      if (phase === 'actors' && reports.at(-1)?.completed === false) {
        this.#guardian.cell.signal({ kind: 'stop', reason: 'killed', by: 'order', shutdownMs: 'brutal' });
        // oxlint-disable-next-line no-await-in-loop -- a kill waits for no user code, so it ends
        await this.#guardian.gone;
      }
    }
    return reports;
  }

  async #phase(phase: StopPhase, deadlineMs: number): Promise<PhaseReport> {
    const { clock, log } = this.#kernel.ports;
    const startedAtMs = clock.now();
    let completed = true;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(() => {
        completed = false;
        resolve();
      }, deadlineMs);
      const tasks = this.#tasks[phase].map(async (task) => task());
      const settled = Promise.allSettled(tasks);
      void settled.then((outcomes) => {
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected')
            log('error', `a task of the stop phase '${phase}' failed`, { error: outcome.reason });
        }
        timer.cancel();
        resolve();
      });
    });
    // No time at all is a wish to leave the phase out, and no surprise.
    if (!completed && deadlineMs > 0)
      log('warn', `the stop phase '${phase}' missed its deadline`, { deadlineMs });
    return { phase, tookMs: clock.now() - startedAtMs, completed };
  }

  #closeIntake(): void {
    this.#kernel.intakeClosed = true;
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      this.#kernel.dispatcher.wake();
    });
  }

  #lookDrained(): void {
    if (this.#drained === null || this.#kernel.activeCells > 0 || this.#kernel.outside.parkedSends > 0)
      return;
    const drained = this.#drained;
    this.#drained = null;
    drained();
  }

  #stopActors(): Promise<void> {
    this.#guardian.requestStop();
    return this.#guardian.gone;
  }
}
