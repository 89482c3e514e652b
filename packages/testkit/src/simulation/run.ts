/**
 * Runs a plan from its first step to its last and says what came of it. Owns the order of phases: sends and
 * faults, then rest, again and again, and a stop of everything at the end. Called by tests, the soak and
 * the shrinker.
 */
import { Violation, type Fate } from './message.ts';
import type { Coverage } from './oracle.ts';
import { formatPlan, type Plan } from './plan.ts';
import { World } from './world.ts';

/** Numbers of the steps of one phase and of its drain lie this far apart. */
export const PHASE_STRIDE = 1_000_000;

/** What came of a run. */
export interface SimulationResult {
  /** What was run. */
  readonly plan: Plan;
  /** Steps made, those of drains included. */
  readonly steps: number;
  /** Of all that was handled, where and in which order: the same seed gives the same. */
  readonly hash: number;
  /** Sends made. */
  readonly offered: number;
  /** What became of them. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** What the run went through. */
  readonly coverage: Readonly<Coverage>;
  /** What was broken, if anything. */
  readonly failure: Error | undefined;
}

/** Runs a plan. A broken promise is a result, not an exception. */
export function runPlan(plan: Plan): SimulationResult {
  const world = new World(plan);
  let failure: Error | undefined;
  try {
    for (let phase = 0; phase < plan.phases; phase += 1) {
      const base = phase * PHASE_STRIDE;
      for (let step = 0; step < plan.steps; step += 1) {
        if (!plan.without.has(base + step)) world.step(base + step);
      }
      if (phase + 1 === plan.phases) {
        // Half of the runs stop everything in the middle of the tumult, the others when it is quiet.
        if (plan.seed % 2 === 0) world.drain(base + PHASE_STRIDE / 2);
        world.stopAll();
      }
      world.drain(base + PHASE_STRIDE / 2);
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Violation(String(error));
  }
  return {
    plan,
    steps: world.steps,
    hash: world.oracle.hash >>> 0,
    offered: world.ledger.offered,
    fates: world.ledger.fates,
    coverage: world.oracle.coverage,
    failure,
  };
}

/** One line that replays a failed run. */
export function formatFailure(result: SimulationResult): string {
  return `${result.failure?.message ?? 'nothing failed'} · replay: ${formatPlan(result.plan)}`;
}
