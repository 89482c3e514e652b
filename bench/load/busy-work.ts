/**
 * Work of a known length that no optimiser can remove: a chain of dependent multiplications. One
 * process measures how many steps make a microsecond and every system is given that number, so a
 * noisy moment cannot hand one system lighter messages than another.
 */
import { setTimeout as delay } from 'node:timers/promises';

const MULTIPLIER = 0x2545_f491;
const CALIBRATION_STEPS = 2_000_000;
const CALIBRATION_PASSES = 15;
const CALIBRATION_LOOKS = 20;
const CALIBRATION_PAUSE_MS = 40;

/** Spins for `steps` dependent steps and returns what they add up to: keep the result somewhere. */
export function busyWork(steps: number, seed: number): number {
  let x = seed | 1;
  for (let i = 0; i < steps; i += 1) x = (Math.imul(x, MULTIPLIER) + 0x9e37) | 0;
  return x;
}

/** Steps of {@link busyWork} that take one microsecond here: the fastest of several passes. */
export function stepsPerMicrosecond(nowMs: () => number): number {
  let fastestMs = Number.POSITIVE_INFINITY;
  let sink = 0;
  for (let pass = 0; pass < CALIBRATION_PASSES; pass += 1) {
    const startMs = nowMs();
    sink ^= busyWork(CALIBRATION_STEPS, pass);
    const elapsedMs = nowMs() - startMs;
    if (elapsedMs < fastestMs) fastestMs = elapsedMs;
  }
  // The sink never equals this fraction; asking keeps the passes alive.
  return sink === 0.5 ? 0 : Math.max(1, Math.round(CALIBRATION_STEPS / (fastestMs * 1_000)));
}

/**
 * The same for a whole run: the fastest of several looks, some time apart, because the machine may be slower at the
 * moment of one.
 */
export async function calibratedSteps(nowMs: () => number): Promise<number> {
  let steps = 0;
  for (let look = 0; look < CALIBRATION_LOOKS; look += 1) {
    steps = Math.max(steps, stepsPerMicrosecond(nowMs));
    await delay(CALIBRATION_PAUSE_MS);
  }
  return steps;
}
