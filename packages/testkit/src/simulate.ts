/**
 * `simulate`: the user's own actors under a seeded scheduler, with faults. Owns one run from its start to its checks;
 * holds that the same seed gives the same run, that everything comes to an end in a bounded number of steps, and
 * that a run which fails says how to repeat it. Called by tests.
 */
import type { StopReport } from '@millrace/core';
import { array, callable, checkOptions, integer } from '@millrace/core/remote';
import { Random } from './random.ts';
import { FaultDice, SIMULATION_FAULTS, type SimulationFault } from './simulation-faults.ts';
import { startVirtual, type VirtualOptions } from './virtual/start-virtual.ts';
import { NothingLeftToDo, type VirtualSystem } from './virtual/virtual-system.ts';

/** What is simulated: actors, what may go wrong, and what the outside does. */
export interface Scenario extends Omit<VirtualOptions, 'seed'> {
  /** What may go wrong, by chance. Default: nothing. */
  readonly faults?: readonly SimulationFault[];
  /** Steps from one fault to the next, on average. Default 200. */
  readonly faultEverySteps?: number;
  /** Steps past which a run counts as going round for ever. Default 200,000. */
  readonly stepsMax?: number;
  /**
   * Sends to the actors, waits for what comes back, and throws when it is wrong. Time passes by itself. It must wait
   * for nothing but the system, and draw chances from `random` alone, or the same seed is not the same run.
   */
  readonly run: (system: VirtualSystem, random: Random) => Promise<void>;
}

/** What a run went through. */
export interface SimulationReport {
  /** What it was drawn from. */
  readonly seed: number;
  /** Steps of all threads. */
  readonly steps: number;
  /** Two runs share it when everything in them happened in the same order. */
  readonly hash: number;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<SimulationFault, number>>;
  /** The report of the stop at its end. */
  readonly stop: StopReport;
}

/** A run that failed. `cause` is what went wrong. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
  /** What repeats the run. */
  readonly seed: number;
  /** The last 200 steps before, a line each. */
  readonly trace: readonly string[];

  constructor(seed: number, steps: number, trace: readonly string[], cause: unknown) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`seed ${seed} failed after ${steps} steps: ${what} · replay: ${replayLine(seed)}`, { cause });
    this.seed = seed;
    this.trace = trace;
  }
}

/** The variable of the environment that {@link simulateSeeds} reads a single seed from. */
export const SEED_VARIABLE = 'MILLRACE_SEED';

const FAULT_EVERY_DEFAULT_STEPS = 200;
const DEFAULT_MAX_STEPS = 200_000;
/** Mailboxes are checked each time so many steps were made. */
const CHECK_EVERY_STEPS = 16;

/**
 * Runs a scenario once. Whatever the scenario itself checks, every mailbox must keep its law all the time, and in the
 * end everything must stop, with an account that balances.
 *
 * @throws SimulationFailure with what went wrong as its cause
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export async function simulate(seed: number, scenario: Scenario): Promise<SimulationReport> {
  const { faults = [], faultEverySteps = FAULT_EVERY_DEFAULT_STEPS, stepsMax, run, ...options } = scenario;
  checkOptions(
    'simulate',
    { faults, faultEverySteps, stepsMax, run },
    {
      faults: array,
      faultEverySteps: integer(1, 1_000_000),
      stepsMax: integer(1, 2 ** 31 - 1),
      run: callable,
    },
  );
  const system = await startVirtual({ ...options, seed });
  const dice = new FaultDice(system, faults, new Random(seed, 3), faultEverySteps);
  try {
    await within(system, dice, stepsMax ?? DEFAULT_MAX_STEPS, () => run(system, new Random(seed, 2)));
    const { steps, hash } = system;
    return { seed, steps, hash, struck: dice.struck, stop: await system.stop() };
  } catch (cause) {
    system.abandon();
    throw new SimulationFailure(seed, system.steps, system.trace, cause);
  }
}

/** Which seeds to run. */
export interface SeedOptions {
  /** How many. Default 100. */
  readonly seeds?: number;
  /** The first one. Default 1. */
  readonly from?: number;
}

/**
 * Runs a scenario with seed after seed, and fails with the first that does. With `MILLRACE_SEED` in the environment
 * it runs that seed alone: the line of a failure says how.
 *
 * @throws SimulationFailure
 * @returns what the runs went through
 */
export async function simulateSeeds(
  scenario: Scenario,
  options: SeedOptions = {},
): Promise<SimulationReport[]> {
  checkOptions('simulateSeeds', options, { seeds: integer(1, 1_000_000_000), from: integer(0, 2 ** 31 - 1) });
  const only = process.env[SEED_VARIABLE];
  const { from, seeds } =
    only === undefined ? { from: 1, seeds: 100, ...options } : { from: Number(only), seeds: 1 };
  const reports: SimulationReport[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one system at a time
    reports.push(await simulate(seed, scenario));
  }
  return reports;
}

/** Every fault there is, for `Scenario.faults`. */
export const ALL_FAULTS: readonly SimulationFault[] = SIMULATION_FAULTS;

/** Runs the scenario while time flows and faults strike; ends also when it never would. */
async function within(
  system: VirtualSystem,
  dice: FaultDice,
  stepsMax: number,
  run: () => Promise<void>,
): Promise<void> {
  const { stage } = system;
  let over: (() => void) | undefined;
  let broken: unknown;
  let ended = false;
  const interrupted = new Promise<void>((resolve) => {
    over = resolve;
  });
  const breakOff = (error: unknown): void => {
    broken ??= error;
    over?.();
  };
  stage.beforeStep = () => {
    if (stage.steps >= stepsMax) breakOff(new NothingLeftToDo(`it goes round for ever: ${stepsMax} steps`));
    if (stage.steps % CHECK_EVERY_STEPS === 0) attempt(() => system.checkMailboxes(), breakOff);
    dice.throw();
  };
  system.failAtRandom(() => dice.failure());
  stage.flows = true;
  const scenario = run().then(
    () => undefined,
    (error: unknown) => breakOff(error),
  );
  const done = scenario.then(() => {
    ended = true;
  });
  const atRest = system
    .until(() => ended, 'the end of the scenario')
    .catch((error: unknown) => breakOff(error));
  await Promise.race([done, interrupted, atRest]);
  stage.beforeStep = () => undefined;
  system.failAtRandom(() => undefined);
  if (broken !== undefined) throw broken as Error;
  system.checkMailboxes();
}

function attempt(check: () => void, failed: (error: unknown) => void): void {
  try {
    check();
  } catch (error) {
    failed(error);
  }
}

function replayLine(seed: number): string {
  return `${SEED_VARIABLE}=${seed} node ${process.argv[1] ?? ''}`;
}
