/**
 * What a pipeline process is given and what it tells its parent, in either way of doing it. Owns the
 * messages; must not know what a pipeline does.
 */
import type { Scenario } from './scenario.ts';

/** What a pipeline process is started with, as JSON in its first argument. */
export interface PipelineArgs {
  readonly scenario: Scenario;
  readonly logPath: string;
  readonly databasePath: string;
  readonly apiPort: number;
  /** Ends parts of the pipeline by force while payments are under way. */
  readonly crash: boolean;
}

/** Where a pipeline stands. */
export interface Progress {
  /** Payments that it took from the log. */
  readonly accepted: number;
  /** Payments that it is done with, stored or given up. */
  readonly done: number;
  /** Calls that it made beyond the first for each payment. */
  readonly retries: number;
}

/** What a pipeline says at its end. */
export interface Farewell {
  /** Samples that telemetry dropped. */
  readonly samplesDropped: number;
  /** Laws that the ledger of messages breaks. */
  readonly ledgerProblems: readonly string[];
}

/** What a pipeline process sends. */
export type PipelineMessage =
  | (Progress & { readonly kind: 'progress'; readonly rssBytes: number })
  | (Farewell & { readonly kind: 'finished' });

/** How often a pipeline tells where it stands. */
export const PROGRESS_MS = 100;

/** Reads what this process was started with. */
export function pipelineArgs(): PipelineArgs {
  return JSON.parse(process.argv[2] ?? '') as PipelineArgs;
}

/** Tells the parent where this pipeline stands. */
export function reportProgress(progress: Progress): void {
  send({ kind: 'progress', ...progress, rssBytes: process.memoryUsage.rss() });
}

/** Tells the parent that everything is done, and lets go of it. */
export function reportFinished(farewell: Farewell): void {
  send({ kind: 'finished', ...farewell });
  process.disconnect?.();
}

function send(message: PipelineMessage): void {
  process.send?.(message);
}
