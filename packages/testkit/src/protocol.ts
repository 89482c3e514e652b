/**
 * The simulator and the explorer of the credit protocol itself, `@millrace/testkit/protocol`: for those who change
 * Millrace, not for those who use it.
 */
export { CountedSlots } from './explorer/counted-slots.ts';
export { type Exploration, explore, type Model } from './explorer/explore.ts';
export { leaseModel, type LeaseModelOptions } from './explorer/lease-model.ts';
export { LinedWay } from './explorer/lined-way.ts';
export { type Access, ExploredMemory, type Program, type ThreadPoint } from './explorer/memory.ts';
export { Random } from './random.ts';
export { type Fate, Violation } from './simulation/message.ts';
export type { Coverage } from './simulation/oracle.ts';
export { type Fault, FAULTS, formatPlan, parsePlan, type Plan, planOf } from './simulation/plan.ts';
export { formatFailure, runPlan, type SimulationResult } from './simulation/run.ts';
export { shrink } from './simulation/shrink.ts';
