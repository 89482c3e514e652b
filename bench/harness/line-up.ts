/**
 * Who answers which question: every point of every cell with the systems that have an answer there, and why the
 * others have none. Pure; runs nothing.
 */
import type { Catalogue } from './catalogue.ts';
import type { Cell, Params, Scope } from './cell.ts';
import type { Coverage, System } from './system.ts';

/** One system that has an answer. */
export interface Answer {
  readonly system: System;
  readonly coverage: Coverage;
}

/** One point of one cell. */
export interface LinedUp {
  readonly cell: Cell;
  readonly params: Params;
  readonly answers: readonly Answer[];
}

/** What is to be run in each round, and what is not. */
export interface LineUp {
  readonly points: readonly LinedUp[];
  readonly absences: readonly {
    readonly cell: string;
    readonly system: string;
    readonly params: Params;
    readonly why: string;
  }[];
}

export function lineUp({ cells, systems }: Catalogue, scope: Scope): LineUp {
  const points: LinedUp[] = [];
  const absences: LineUp['absences'][number][] = [];
  for (const cell of cells) {
    for (const params of cell.points(scope)) {
      const answers: Answer[] = [];
      for (const system of systems) {
        const coverage = system.covers.find((candidate) => candidate.cell.id === cell.id);
        if (coverage === undefined) continue;
        const why = coverage.lacks(params);
        if (why === undefined) answers.push({ system, coverage });
        else absences.push({ cell: cell.id, system: system.name, params, why });
      }
      points.push({ cell, params, answers });
    }
  }
  return { points, absences };
}
