/** What worker threads are started with beside what the application asks for. Decides only. */
import type { ResourceLimits } from 'node:worker_threads';
import { YOUNG_GENERATION_DEFAULT_MB } from '../limits.ts';

/**
 * Limits for worker threads. One on the old generation alone is completed by one on the young: without it V8 may
 * find the limit in the middle of a scavenge that it cannot give up, and then the whole process aborts instead of
 * the worker (seen on Node 20, 22 and 24).
 */
export function resourceLimitsFor(given: ResourceLimits | undefined): ResourceLimits | undefined {
  if (given === undefined) return undefined;
  return { maxYoungGenerationSizeMb: YOUNG_GENERATION_DEFAULT_MB, ...given };
}
