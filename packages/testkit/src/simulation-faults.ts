/**
 * What goes wrong by chance in a simulation of the user's actors. Owns the table of faults and the dice; holds that
 * so few actors lose their state that the default supervision never gives one up. Called before every step.
 */
import type { Random } from './random.ts';
import { InjectedFailure, type VirtualSystem } from './virtual/virtual-system.ts';

/** What may go wrong. */
export const SIMULATION_FAULTS = [
  'kill', // a worker dies between two steps, with what it has in memory; it is started again
  'handler-failure', // a handler throws before it begins
  'stall', // a thread makes no step for a while
  'late-grant', // what a thread sends, the credit that it gives back too, comes late
  'clock-jump', // the clock jumps ahead
] as const;

/** One of {@link SIMULATION_FAULTS}. */
export type SimulationFault = (typeof SIMULATION_FAULTS)[number];

/** A thread that is late or stalls does so for at most this long. */
const LATE_MAX_MS = 20;
/** A clock jumps ahead by at most this much. */
const JUMP_MAX_MS = 2_000;
/** Deaths and failures together in {@link LOSSES_PER_MS}: one fewer than an actor survives unless it says otherwise. */
const LOSSES_MAX = 4;
const LOSSES_PER_MS = 10_000;

/** Makes things go wrong. */
export class FaultDice {
  /** How often each fault has struck. */
  readonly struck: Record<SimulationFault, number> = {
    kill: 0,
    'handler-failure': 0,
    stall: 0,
    'late-grant': 0,
    'clock-jump': 0,
  };
  readonly #system: VirtualSystem;
  readonly #faults: readonly SimulationFault[];
  readonly #random: Random;
  readonly #everySteps: number;
  #lossesAtMs: number[] = [];
  #failureWaits = false;

  /** @param everySteps steps from one fault to the next, on average */
  constructor(system: VirtualSystem, faults: readonly SimulationFault[], random: Random, everySteps: number) {
    this.#system = system;
    this.#faults = faults;
    this.#random = random;
    this.#everySteps = everySteps;
  }

  /** Throws the dice. */
  throw(): void {
    if (this.#faults.length === 0 || this.#random.next(this.#everySteps) !== 0) return;
    const fault = this.#random.pick(this.#faults);
    if (this.#strike(fault)) this.struck[fault] += 1;
  }

  /** What the handler that is about to begin fails with, if it does. */
  failure(): Error | undefined {
    if (!this.#failureWaits) return undefined;
    this.#failureWaits = false;
    return new InjectedFailure('by chance');
  }

  #strike(fault: SimulationFault): boolean {
    const system = this.#system;
    switch (fault) {
      case 'kill': {
        const workers = system.liveThreads.filter(({ index }) => index > 0);
        if (workers.length === 0 || !this.#mayLose()) return false;
        system.killWorker(this.#random.pick(workers).index, 'by chance');
        return true;
      }
      case 'handler-failure':
        if (this.#failureWaits || !this.#mayLose()) return false;
        this.#failureWaits = true;
        return true;
      case 'stall':
        system.stall(this.#random.pick(system.liveThreads).index, this.#random.next(LATE_MAX_MS));
        return true;
      case 'late-grant':
        system.delaySends(this.#random.pick(system.liveThreads).index, this.#random.next(LATE_MAX_MS));
        return true;
      case 'clock-jump':
        system.jumpClock(this.#random.next(JUMP_MAX_MS));
        return true;
    }
  }

  #mayLose(): boolean {
    const { nowMs } = this.#system;
    this.#lossesAtMs = this.#lossesAtMs.filter((atMs) => atMs > nowMs - LOSSES_PER_MS);
    if (this.#lossesAtMs.length >= LOSSES_MAX) return false;
    this.#lossesAtMs.push(nowMs);
    return true;
  }
}
