/** What the census says at its end, as text and as JSON. Pure: takes the figures, gives lines. */
import { formatLedger } from 'millrace';
import type { CensusResult } from './census.ts';
import type { Recount } from './recount.ts';
import type { TokenTable } from './token-table.ts';

/** How the recount compares. */
export interface Comparison {
  /** The recount. */
  readonly recount: Recount;
  /** What differs, in words; empty when everything is equal. */
  readonly differences: readonly string[];
}

/** What a run has to take at least to say much about its speed. */
const SHORT_SECONDS = 2;

/** Differences that are shown one by one. */
const DIFFERENCES_SHOWN = 10;

/** Compares every count of two tables, and the files. */
export function compare(result: CensusResult, table: TokenTable, recount: Recount): Comparison {
  const differences: string[] = [];
  if (result.files !== recount.files) differences.push(`files: ${result.files}, recounted ${recount.files}`);
  if (result.bytes !== recount.bytes) differences.push(`bytes: ${result.bytes}, recounted ${recount.bytes}`);
  let others = 0;
  const differ = (token: string, count: number, recounted: number): void => {
    if (differences.length < DIFFERENCES_SHOWN)
      differences.push(`${token}: ${count}, recounted ${recounted}`);
    else others += 1;
  };
  for (const [token, count] of table.entries()) {
    const recounted = recount.table.get(token);
    if (recounted !== count) differ(token, count, recounted);
  }
  for (const [token, recounted] of recount.table.entries()) {
    if (table.get(token) === 0) differ(token, 0, recounted);
  }
  if (others > 0) differences.push(`and ${others} more`);
  return { recount, differences };
}

/** Files and directories that could not be read. */
export function unreadableCount(result: CensusResult): number {
  return [...result.unreadable.values()].reduce((total, count) => total + count, 0);
}

/** The object that `--json` prints; the fields at its end only where there is something to say. */
export function jsonOf(result: CensusResult, comparison: Comparison | null): Record<string, unknown> {
  return {
    files: result.files,
    bytes: result.bytes,
    tokens: result.tokens,
    distinct: result.distinct,
    top: result.top,
    unreadable: unreadableCount(result),
    seconds: result.seconds,
    workers: result.workers,
    peakRssBytes: result.peakRssBytes,
    ledger: result.stop.ledger,
    ...(result.unreadable.size === 0 ? {} : { unreadableBy: Object.fromEntries(result.unreadable) }),
    ...(result.complete ? {} : { complete: false, filesLeft: result.left }),
    ...(comparison === null
      ? {}
      : {
          verified: comparison.differences.length === 0,
          differences: comparison.differences,
          secondsOnOneThread: comparison.recount.seconds,
          speedUp: comparison.recount.seconds / result.seconds,
        }),
  };
}

/** The figures and the table of tokens, as lines; `times` says how many times over the files were counted. */
export function reportOf(result: CensusResult, times = 1): string[] {
  const { files, bytes, tokens, distinct, seconds, startSeconds, workers, peakRssBytes, stop } = result;
  const lines = [
    '',
    ...topTable(result.top),
    '',
    `${integer(tokens)} tokens, ${integer(distinct)} different, in ${integer(files)} files of ${megabytes(bytes)}${times === 1 ? '' : ` (each ${times} times over)`}`,
    `${seconds.toFixed(2)} s on ${workers} ${workers === 1 ? 'worker' : 'workers'} (${rate(bytes, seconds)}), after ${startSeconds.toFixed(2)} s to start the threads; at most ${megabytes(peakRssBytes)} of memory`,
  ];
  if (result.unreadable.size > 0) {
    const reasons = [...result.unreadable].map(([code, count]) => `${code} ${integer(count)}`).join(', ');
    lines.push(`${integer(unreadableCount(result))} could not be read: ${reasons}`);
  }
  if (!result.complete)
    lines.push(`interrupted: ${integer(result.left)} files that were found are not in the counts`);
  lines.push('', 'What became of every message:', ...formatLedger(stop.ledger).split('\n'));
  for (const problem of stop.problems) lines.push(`THE LEDGER DOES NOT BALANCE: ${problem}`);
  return lines;
}

/** The verdict of the recount, as lines. */
export function verdictOf(result: CensusResult, { recount, differences }: Comparison): string[] {
  if (differences.length > 0) return ['', 'The recount on one thread differs:', ...differences];
  const speedUp = recount.seconds / result.seconds;
  const short =
    result.seconds < SHORT_SECONDS
      ? ' (a short run: each thread had to compile the code first, --times N makes it longer)'
      : '';
  return [
    `One thread, without actors: ${recount.seconds.toFixed(2)} s. All ${integer(recount.table.distinct)} counts are equal.`,
    `Speed-up: ${speedUp.toFixed(2)} × on ${result.workers} ${result.workers === 1 ? 'worker' : 'workers'}${short}`,
  ];
}

/** `12,345`. */
export function integer(value: number): string {
  return value.toLocaleString('en-US');
}

/** `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `12.3 MB/s`. */
export function rate(bytes: number, seconds: number): string {
  return `${megabytes(bytes / Math.max(seconds, 1e-3))}/s`;
}

function topTable(top: CensusResult['top']): string[] {
  const most = top[0]?.[1] ?? 1;
  return top.map(([token, count]) => {
    const bar = '█'.repeat(Math.max(1, Math.round((count / most) * BAR_CHARS)));
    const shown = token.length > TOKEN_CHARS ? `${token.slice(0, TOKEN_CHARS - 1)}…` : token;
    return `${shown.padEnd(TOKEN_CHARS)} ${integer(count).padStart(11)}  ${bar}`;
  });
}

const BAR_CHARS = 40;
const TOKEN_CHARS = 24;
