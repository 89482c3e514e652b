/**
 * The run's side of a job: starts a fresh process, waits for its report, and makes sure it is gone.
 * Holds that no child outlives its job or the run.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Job, Outcome } from './job.ts';
import { CHILD_OUTPUT_MAX_CHARS, JOB_DEADLINE_MS, STOP_DEADLINE_MS } from './limits.ts';
import { COMPILED_ROOT } from './paths.ts';

const running = new Set<ChildProcess>();

/** Runs one job. Never rejects: whatever goes wrong is an outcome. */
export function runJob(job: Job, deadlineMs: number = JOB_DEADLINE_MS): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = fork(`${COMPILED_ROOT}harness/child.js`, {
      // Its own process group, so that what it started (threads, erl) goes with it.
      detached: true,
      execArgv: ['--expose-gc', '--no-warnings'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(child);
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-CHILD_OUTPUT_MAX_CHARS);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);

    let outcome: Outcome | undefined;
    let stopDeadline: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => {
      outcome ??= { kind: 'failed', why: `no report within ${deadlineMs / 1_000} s` };
      killGroup(child);
    }, deadlineMs);
    // A second report takes back the first: a system that failed in its own stop.
    child.on('message', (message) => {
      outcome = message as Outcome;
      clearTimeout(deadline);
      stopDeadline ??= setTimeout(() => killGroup(child), STOP_DEADLINE_MS);
    });
    child.once('error', (error) => {
      outcome ??= { kind: 'failed', why: error.message };
    });
    child.once('close', (code, signal) => {
      clearTimeout(deadline);
      clearTimeout(stopDeadline);
      running.delete(child);
      killGroup(child);
      resolve(
        outcome ?? {
          kind: 'failed',
          why: `exited without a report: code=${code}, signal=${signal}\n${output}`,
        },
      );
    });
    child.send(job);
  });
}

/** Ends every child that still runs. */
export function killChildren(): void {
  for (const child of running) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
