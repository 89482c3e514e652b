/**
 * `npm run bench` and `npm run bench:quick`: reads the command line, runs the plan, prints the table,
 * writes the file. Exits with 1 when a figure is void or a system failed, 2 for a wrong command line.
 */
import { isMillraceError } from '@millrace/core';
import { nowMs } from '@millrace/testkit/bench';
import { loadCatalogue } from './harness/catalogue.ts';
import type { Scope } from './harness/cell.ts';
import { killChildren, runJob } from './harness/child-process.ts';
import { describeMachine } from './harness/environment.ts';
import { formatDuration } from './harness/format.ts';
import {
  PASS_FULL_MS,
  PASS_QUICK_MS,
  ROUNDS_FULL,
  ROUNDS_QUICK,
  WARM_UP_FULL_MS,
  WARM_UP_QUICK_MS,
} from './harness/limits.ts';
import { parseOptions, USAGE, type Options } from './harness/options.ts';
import { expectedTotalMs, planCells, renderPlan } from './harness/plan.ts';
import { terminalProgress } from './harness/progress.ts';
import { isVoid, writeResults, type Results } from './harness/results.ts';
import { runPlan } from './harness/rounds.ts';
import type { System } from './harness/system.ts';
import { renderTable } from './harness/table.ts';
import { calibratedSteps } from './load/busy-work.ts';

const WORKERS_SWEEP = [1, 2, 4, 8, 16];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killChildren();
    process.exit(130);
  });
}

const catalogue = await loadCatalogue();

try {
  const options = parseOptions(process.argv.slice(2), {
    cells: catalogue.cells.map((cell) => cell.id),
    systems: catalogue.systems.map((system) => system.name),
  });
  if (options.help) console.log(USAGE);
  else if (options.list) list();
  else process.exitCode = await bench(options);
} catch (error) {
  if (!isMillraceError(error)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

function list(): void {
  for (const cell of catalogue.cells) {
    const systems = catalogue.systems.filter((system) =>
      system.covers.some((covered) => covered.cell.id === cell.id),
    );
    console.log(
      `${cell.id} ${cell.name}: ${cell.question}\n    ${systems.map((system) => system.name).join(' ')}`,
    );
  }
}

async function bench(options: Options): Promise<number> {
  const startMs = Date.now();
  const machine = describeMachine();
  const notes: string[] = [];
  const scope = scopeOf(options, machine.cores, notes);
  const versions: Record<string, string> = {};
  const systems: System[] = [];
  for (const system of catalogue.systems.filter((candidate) => isWanted(candidate, options))) {
    const version = await system.version();
    versions[system.name] = 'installed' in version ? version.installed : `not run: ${version.missing}`;
    if ('installed' in version) systems.push(system);
    else console.error(`${system.name} is left out: ${version.missing}`);
  }
  const leftOut = catalogue.systems.filter((system) => options.quick && system.onlyInFull === true);
  if (leftOut.length > 0 && options.systems === undefined) {
    notes.push(
      `A quick run leaves out ${leftOut.map((system) => system.name).join(', ')}: name them in --systems.`,
    );
  }
  const cells = catalogue.cells.filter((cell) => options.only?.includes(cell.id) ?? true);
  const passMs = options.quick ? PASS_QUICK_MS : PASS_FULL_MS;
  const warmUpMs = options.warmUpMs ?? (options.quick ? WARM_UP_QUICK_MS : WARM_UP_FULL_MS);
  const rounds = options.rounds ?? (options.quick ? ROUNDS_QUICK : ROUNDS_FULL);
  const plan = { catalogue: { cells, systems }, scope, rounds, passMs, warmUpMs };
  const planned = planCells(plan);
  if (options.plan) {
    console.log(renderPlan(planned));
    return 0;
  }
  console.error(`about ${formatDuration(expectedTotalMs(planned))}`);

  const stepsPerUs = await calibratedSteps(nowMs);
  const progress = terminalProgress();
  const figures = await runPlan({ ...plan, stepsPerUs }, runJob, progress);
  progress.finish();

  const durationS = Math.round((Date.now() - startMs) / 1_000);
  const results: Results = {
    environment: {
      ...machine,
      mode: scope.mode,
      workers: scope.workers,
      rounds,
      passMs,
      warmUpMs,
      stepsPerUs,
      systems: versions,
      durationS,
      notes,
    },
    ...figures,
  };
  const path = writeResults(options.out, results);
  console.log(`${renderTable(results, cells)}\n`);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, commit ${machine.commit}, ` +
      `${rounds} rounds, ${formatDuration(durationS * 1_000)}`,
  );
  for (const note of notes) console.log(note);
  console.log(path);

  const voids = figures.records.filter(isVoid).length;
  const failures = figures.absences.filter((absence) => absence.failed).length;
  if (voids + failures > 0) console.error(`${voids} VOID, ${failures} failed`);
  return voids + failures > 0 ? 1 : 0;
}

/** Controls run only when they are asked for: they exist to fail. */
function isWanted(system: System, options: Options): boolean {
  const byDefault = system.kind !== 'control' && !(options.quick && system.onlyInFull === true);
  return options.systems?.includes(system.name) ?? byDefault;
}

function scopeOf(options: Options, cores: number, notes: string[]): Scope {
  const largest = WORKERS_SWEEP.at(-1) as number;
  const workers = options.workers ?? Math.min(cores, largest);
  const workersSweep = options.workers ? [options.workers] : WORKERS_SWEEP.filter((count) => count <= cores);
  if (workers > cores)
    notes.push(`${workers} workers share ${cores} cores: these figures show time slicing.`);
  if (cores < largest && options.workers === undefined) {
    notes.push(
      `Workers are swept up to ${workersSweep.at(-1)} of ${largest}: this machine has ${cores} cores.`,
    );
  }
  return { mode: options.quick ? 'quick' : 'full', workers, workersSweep };
}
