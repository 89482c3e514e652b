/**
 * Progress on the terminal while a run goes on: one line that is overwritten on a terminal, one line
 * per point elsewhere, so that a log stays readable.
 */
import { formatDuration, formatNumber, formatParams } from './format.ts';
import type { Job, Outcome } from './job.ts';
import { METRICS } from './metrics.ts';
import type { Watcher } from './rounds.ts';

const TOO_EARLY_TO_TELL_JOBS = 5;

/** A watcher that writes to standard error. */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Watcher & { finish(): void } {
  const startMs = Date.now();
  let prefix = '';
  let lastPoint = '';
  const show = (text: string): void => {
    if (!stream.isTTY) return;
    stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 120) - 1)}`);
  };
  return {
    began(job: Job, done: number, total: number): void {
      const elapsedMs = Date.now() - startMs;
      const left =
        done < TOO_EARLY_TO_TELL_JOBS ? '' : `, ${formatDuration((elapsedMs / done) * (total - done))} left`;
      const point = `${job.cell} ${formatParams(job.params)}`;
      prefix = `[${done + 1}/${total}${left}] ${point} · ${job.system}`;
      if (!stream.isTTY && point !== lastPoint) stream.write(`[${done}/${total}${left}] ${point}\n`);
      lastPoint = point;
      show(prefix);
    },
    ended(job: Job, outcome: Outcome): void {
      if (outcome.kind === 'measured') {
        const first = outcome.measures[0];
        if (first) show(`${prefix} · ${formatNumber(first.value)} ${METRICS[first.metric].unit}`);
        return;
      }
      const what =
        outcome.kind === 'void' ? `VOID ${outcome.discrepancy}` : `FAILED ${outcome.why.split('\n')[0]}`;
      show('');
      stream.write(`${job.cell} ${formatParams(job.params)} · ${job.system}: ${what}\n`);
    },
    finish(): void {
      show('');
    },
  };
}
