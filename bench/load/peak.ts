/**
 * The best rate of a closed loop: passes of a fixed length, until one is no better than those before.
 */

const PASS_MS = 200;
const FIRST_MESSAGES = 2_000;
const PASSES_MIN = 4;
const PASSES_MAX = 12;
const GAIN = 1.05;

/** Messages a second of the best pass. `run` sends that many and resolves with what it took. */
export async function findPeak(
  run: (messages: number) => Promise<{ readonly offered: number; readonly elapsedMs: number }>,
): Promise<number> {
  let messages = FIRST_MESSAGES;
  let best = 0;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const { offered, elapsedMs } = await run(messages);
    const rate = (offered / Math.max(elapsedMs, 0.01)) * 1_000;
    const settled = rate < best * GAIN && pass >= PASSES_MIN - 1;
    best = Math.max(best, rate);
    if (settled) break;
    messages = Math.round(Math.min(messages * 8, (rate * PASS_MS) / 1_000));
  }
  return best;
}
