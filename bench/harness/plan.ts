/**
 * What a run is going to do and how long that takes, before it begins. Owns the estimate; runs nothing.
 */
import { type Cell, type Params, shortestWarmUpMs } from './cell.ts';
import { formatDuration } from './format.ts';
import { lineUp } from './line-up.ts';
import type { Plan } from './rounds.ts';
import { alignColumns } from './table.ts';

/** What a job takes beside its passes: a process, its modules, its threads or its BEAM, and their end. */
const JOB_OVERHEAD_MS = 500;
/** Warm-ups go on while they gain something: on average so many times their shortest, if that is the usual. */
const WARM_UP_STRETCH_TYPICAL = 1.4;

/** One cell of a plan. */
export interface PlannedCell {
  readonly cell: Cell;
  readonly points: number;
  /** One for each system, point and round. */
  readonly jobs: number;
  readonly expectedMs: number;
}

/** Every cell that has points, in the order in which they are run. */
export function planCells(plan: Omit<Plan, 'stepsPerUs'>): PlannedCell[] {
  const { points } = lineUp(plan.catalogue, plan.scope);
  return plan.catalogue.cells.flatMap((cell) => {
    const own = points.filter((point) => point.cell === cell);
    let [jobs, expectedMs] = [0, 0];
    for (const { params, answers } of own) {
      jobs += plan.rounds * answers.length;
      expectedMs += plan.rounds * answers.length * jobMs(cell, params, plan);
    }
    return jobs === 0 ? [] : [{ cell, points: own.length, jobs, expectedMs }];
  });
}

/** The plan as a table, and how long all of it takes. */
export function renderPlan(cells: readonly PlannedCell[]): string {
  const rows = cells.map(({ cell, points, jobs, expectedMs }) => [
    `${cell.id} ${cell.name}`,
    String(points),
    String(jobs),
    formatDuration(expectedMs),
  ]);
  const total = ['all', sum(cells, 'points'), sum(cells, 'jobs')].map(String);
  return alignColumns([
    ['cell', 'points', 'jobs', 'about'],
    ...rows,
    [...total, formatDuration(sum(cells, 'expectedMs'))],
  ]).join('\n');
}

/** How long all cells take together. */
export function expectedTotalMs(cells: readonly PlannedCell[]): number {
  return sum(cells, 'expectedMs');
}

function jobMs(
  { pace }: Cell,
  params: Params,
  { warmUpMs, passMs }: Pick<Plan, 'warmUpMs' | 'passMs'>,
): number {
  const passesMs =
    pace.kind === 'once'
      ? pace.typicalMs(params)
      : Math.max(shortestWarmUpMs(pace, params, warmUpMs), warmUpMs * WARM_UP_STRETCH_TYPICAL) + passMs;
  return JOB_OVERHEAD_MS + passesMs;
}

function sum(cells: readonly PlannedCell[], column: 'points' | 'jobs' | 'expectedMs'): number {
  return cells.reduce((total, cell) => total + cell[column], 0);
}
