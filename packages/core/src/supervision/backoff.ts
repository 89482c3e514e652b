/**
 * How long to wait before the next restart: jittered exponential backoff, a pure function of the number
 * of restarts in a row. The jitter spreads restarts of many children that failed together
 * (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
import type { Random } from '../ports.ts';
import type { Backoff } from './child-spec.ts';

/** Milliseconds before restart number `attempt` (0 for the first); between min·(1−jitter) and max·(1+jitter). */
export function backoffMs(backoff: Backoff, attempt: number, random: Random): number {
  const grown = Math.min(backoff.maxMs, backoff.minMs * backoff.factor ** attempt);
  return grown * (1 + backoff.jitter * (2 * random() - 1));
}

/** The attempt to count next for a child that lived `livedMs` since its last start. */
export function nextAttempt(backoff: Backoff, attempt: number, livedMs: number): number {
  return livedMs >= backoff.resetAfterMs ? 0 : attempt;
}
