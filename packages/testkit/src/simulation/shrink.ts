/**
 * Makes a failing plan small: fewer faults, fewer steps, fewer actors and hosts, as long as it still fails.
 * Owns the order of attempts; holds that what it returns fails. Called by tests and the soak after a failure.
 */
import type { Plan } from './plan.ts';
import { PHASE_STRIDE, runPlan, type SimulationResult } from './run.ts';

/** Runs that a shrink may cost. */
const ATTEMPTS_MAX = 600;

/** The smallest failing run found. `failed` must have failed; the smaller run breaks the same rule. */
export function shrink(failed: SimulationResult): SimulationResult {
  let best = failed;
  const rule = ruleOf(failed);
  let attempts = 0;
  const attempt = (overrides: Partial<Plan>): boolean => {
    if (attempts >= ATTEMPTS_MAX) return false;
    attempts += 1;
    const result = runPlan({ ...best.plan, ...overrides });
    if (result.failure === undefined || ruleOf(result) !== rule) return false;
    best = result;
    return true;
  };

  while (best.plan.phases > 1 && attempt({ phases: best.plan.phases - 1 })) continue;
  for (const fault of failed.plan.faults)
    attempt({ faults: best.plan.faults.filter((one) => one !== fault) });
  for (let cut = best.plan.steps >> 1; cut > 0; cut >>= 1) {
    while (best.plan.steps > cut && attempt({ steps: best.plan.steps - cut })) continue;
  }
  for (const key of ['fan', 'hops'] as const) {
    while (best.plan[key] > 0 && attempt({ [key]: best.plan[key] - 1 })) continue;
  }
  while (best.plan.actors > 1 && attempt({ actors: best.plan.actors - 1 })) continue;
  while (best.plan.hosts > 2 && attempt({ hosts: best.plan.hosts - 1 })) continue;
  leaveOut(() => best.plan, attempt);
  return best;
}

/** What comes before the details. */
function ruleOf(result: SimulationResult): string | undefined {
  return result.failure?.message.split(':')[0];
}

/** Leaves out runs of steps, long ones first. */
function leaveOut(plan: () => Plan, attempt: (overrides: Partial<Plan>) => boolean): void {
  for (let length = Math.max(plan().steps >> 1, 1); length > 0; length >>= 1) {
    for (let phase = 0; phase < plan().phases; phase += 1) {
      for (let start = 0; start < plan().steps; start += length) {
        const without = new Set(plan().without);
        const before = without.size;
        for (let step = start; step < Math.min(start + length, plan().steps); step += 1) {
          without.add(phase * PHASE_STRIDE + step);
        }
        if (without.size > before) attempt({ without });
      }
    }
  }
}
