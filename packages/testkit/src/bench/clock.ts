/**
 * One clock for all threads of a process. `performance.now()` counts from the start of its own thread,
 * so a time stamped in one thread means nothing in another; here every thread finds its offset to the
 * monotonic system clock once and adds it.
 */
import { performance } from 'node:perf_hooks';

const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on the monotonic system clock, comparable between threads, with a fraction. */
export function nowMs(): number {
  return performance.now() + offsetMs;
}
