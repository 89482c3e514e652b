/**
 * The run itself: every point of every cell, every system, every round. Holds that rounds are
 * interleaved (all systems of a point before its next round begins) so that a noisy minute hits all alike, and that
 * the order turns with each round so that nobody always runs after the same neighbour.
 */
import type { Catalogue } from './catalogue.ts';
import type { Cell, Neighbour, Params, Scope } from './cell.ts';
import type { Job, Outcome } from './job.ts';
import { lineUp, type Answer } from './line-up.ts';
import { METRICS, type Measure, type MetricName } from './metrics.ts';
import type { Absence, ResultRecord, StoredSeries } from './results.ts';
import { spreadOf } from './statistics.ts';

/** What to run. */
export interface Plan {
  readonly catalogue: Catalogue;
  readonly scope: Scope;
  readonly rounds: number;
  readonly passMs: number;
  readonly warmUpMs: number;
  readonly stepsPerUs: number;
}

/** Told about each job as it begins and ends. */
export interface Watcher {
  began(job: Job, done: number, total: number): void;
  ended(job: Job, outcome: Outcome): void;
}

/** The figures of a run. */
export interface Figures {
  readonly records: readonly ResultRecord[];
  readonly absences: readonly Absence[];
  readonly series: readonly StoredSeries[];
}

interface Entry extends Answer {
  readonly outcomes: Outcome[];
}

interface Point {
  readonly cell: Cell;
  readonly params: Params;
  readonly entries: readonly Entry[];
}

/** Runs the plan through `runJob` and sums up. */
export async function runPlan(
  plan: Plan,
  runJob: (job: Job) => Promise<Outcome>,
  watcher: Watcher,
): Promise<Figures> {
  const lineup = lineUp(plan.catalogue, plan.scope);
  const absences: Absence[] = lineup.absences.map((absence) => ({ ...absence, failed: false }));
  const points: Point[] = lineup.points.map(({ cell, params, answers }) => ({
    cell,
    params,
    entries: answers.map((answer) => ({ ...answer, outcomes: [] })),
  }));
  const total = points.reduce((sum, point) => sum + point.entries.length, 0) * plan.rounds;
  let done = 0;
  for (const point of points) {
    for (let round = 0; round < plan.rounds; round += 1) {
      const turn = point.entries.length === 0 ? 0 : round % point.entries.length;
      for (const entry of [...point.entries.slice(turn), ...point.entries.slice(0, turn)]) {
        const job: Job = {
          cell: point.cell.id,
          system: entry.system.name,
          params: point.params,
          passMs: plan.passMs,
          warmUpMs: plan.warmUpMs,
          stepsPerUs: plan.stepsPerUs,
        };
        watcher.began(job, done, total);
        const outcome = await runJob(job);
        entry.outcomes.push(outcome);
        watcher.ended(job, outcome);
        done += 1;
      }
    }
  }
  const records: ResultRecord[] = [];
  const series: StoredSeries[] = [];
  for (const point of points) sumUp(point, plan.rounds, records, absences, series);
  return { records, absences, series };
}

function sumUp(
  point: Point,
  rounds: number,
  records: ResultRecord[],
  absences: Absence[],
  series: StoredSeries[],
): void {
  const { cell, params } = point;
  const perRound = Array.from({ length: rounds }, (_, round) => measuresOfRound(point, round));
  for (const { system, outcomes } of point.entries) {
    const place = { cell: cell.id, system: system.name, params };
    const failed = outcomes.find((outcome) => outcome.kind === 'failed');
    if (failed !== undefined) absences.push({ ...place, why: failed.why, failed: true });

    const voided = outcomes.find((outcome) => outcome.kind === 'void');
    if (voided !== undefined) {
      // One round that does not add up voids the point: the other rounds were only luckier.
      records.push({
        ...place,
        metric: cell.headline,
        unit: METRICS[cell.headline].unit,
        median: null,
        min: null,
        max: null,
        rounds: 0,
        checksum: `VOID: ${voided.discrepancy}`,
      });
      continue;
    }

    const last = outcomes.findLast((outcome) => outcome.kind === 'measured');
    if (last === undefined) continue;
    for (const course of last.series) series.push({ ...place, ...course });
    const values = new Map<MetricName, number[]>();
    for (const measures of perRound) {
      for (const { metric, value } of measures.get(system.name) ?? []) {
        values.set(metric, [...(values.get(metric) ?? []), value]);
      }
    }
    for (const [metric, found] of values) {
      records.push({
        ...place,
        metric,
        unit: METRICS[metric].unit,
        ...rounded(spreadOf(found)),
        checksum: last.digest,
      });
    }
  }
}

/** What each system measured in one round, with the figures that need its neighbours of that round. */
function measuresOfRound(point: Point, round: number): Map<string, Measure[]> {
  const measures = new Map<string, Measure[]>();
  for (const { system, outcomes } of point.entries) {
    const outcome = outcomes[round];
    if (outcome?.kind === 'measured') measures.set(system.name, [...outcome.measures]);
  }
  const neighbour: Neighbour = (system, metric) =>
    measures.get(system)?.find((measure) => measure.metric === metric)?.value;
  for (const [system, own] of measures) {
    const related = point.cell.relate?.(point.params, (metric) => neighbour(system, metric), neighbour) ?? [];
    own.push(...related);
  }
  return measures;
}

function rounded<T extends { median: number; min: number; max: number }>(spread: T): T {
  const round = (value: number): number => Number(value.toPrecision(6));
  return { ...spread, median: round(spread.median), min: round(spread.min), max: round(spread.max) };
}
