/**
 * The child's side of a job: the only file that the run starts by its path. Loads the one adapter that
 * is asked for, measures, reports once, and leaves.
 */
import { loadCatalogue } from './catalogue.ts';
import type { Job, Outcome } from './job.ts';
import { measurePoint } from './pass.ts';

process.once('message', (job: Job) => {
  carryOut(job)
    .catch((error: unknown) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return report({ kind: 'failed', why });
    })
    .finally(() => process.exit(0));
});

async function carryOut(job: Job): Promise<void> {
  const { systems } = await loadCatalogue();
  const system = systems.find((candidate) => candidate.name === job.system);
  const coverage = system?.covers.find((candidate) => candidate.cell.id === job.cell);
  if (coverage === undefined) throw new Error(`no such job: cell=${job.cell}, system=${job.system}`);
  const subject = await coverage.start(job.params, { stepsPerUs: job.stepsPerUs });
  await report(await measurePoint(coverage.cell, job.params, subject, job));
  // A system that cannot stop is killed by the run, which has its figures by now; one whose own account turns
  // out wrong at the end throws here, and that is the report that counts.
  await subject.stop();
}

function report(outcome: Outcome): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(outcome, undefined, undefined, () => resolve());
  });
}
