/**
 * Where and with what a run was made. Figures without it mean nothing.
 */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { BENCH_ROOT } from './paths.ts';

/** The machine and the source, apart from what the run itself decides. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
}

/** Describes this machine, this Node and this commit; a tree with changes is marked. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    platform: `${os.platform()} ${os.arch()}`,
    node: process.version,
  };
}

function commit(): string {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', words, {
        cwd: BENCH_ROOT,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
