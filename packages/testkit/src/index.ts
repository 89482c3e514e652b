/** The public face of `@millrace/testkit`. */
export { Random } from './random.ts';
export { type Fate, Violation } from './simulation/message.ts';
export type { Coverage } from './simulation/oracle.ts';
export { type Fault, FAULTS, formatPlan, parsePlan, type Plan, planOf } from './simulation/plan.ts';
export { formatFailure, runPlan, type SimulationResult } from './simulation/run.ts';
export { shrink } from './simulation/shrink.ts';
