/**
 * The child's side of a job: the only file that the run starts by its path. Loads the one adapter that
 * is asked for, measures, reports once, and leaves.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { loadCatalogue } from './catalogue.ts';
import type { Job, Outcome } from './job.ts';
import { STOP_DEADLINE_MS } from './limits.ts';
import { measurePoint } from './pass.ts';

process.once('message', (job: Job) => {
  carryOut(job).then(report, (error: unknown) =>
    report({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

function report(outcome: Outcome): void {
  process.send?.(outcome, undefined, undefined, () => process.exit(0));
}

async function carryOut(job: Job): Promise<Outcome> {
  const { systems } = await loadCatalogue();
  const system = systems.find((candidate) => candidate.name === job.system);
  const coverage = system?.covers.find((candidate) => candidate.cell.id === job.cell);
  if (coverage === undefined) throw new Error(`no such job: cell=${job.cell}, system=${job.system}`);
  const subject = await coverage.start(job.params, { stepsPerUs: job.stepsPerUs });
  const outcome = await measurePoint(coverage.cell, job.params, subject, job.passMs);
  // The report is worth more than a clean stop: a system that hangs in stop() must not void it.
  await Promise.race([subject.stop(), delay(STOP_DEADLINE_MS)]);
  return outcome;
}
