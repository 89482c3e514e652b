/**
 * Runs a subject until it is warm and then once for the record. Owns how long a pass is; holds that at one point
 * every system is warmed up for the same time at least, that every pass is verified, the warm ones too, and that
 * the first discrepancy voids the point.
 */
import { type Cell, type Params, type Sample, shortestWarmUpMs, type Verdict } from './cell.ts';
import type { Outcome } from './job.ts';
import { PASS_GROWTH_MAX, PASS_MESSAGES_MAX, WARM_UP_PASSES_MAX, WARM_UP_STRETCH } from './limits.ts';
import type { Subject } from './system.ts';

/** A warm-up ends with a pass of at least this share of the measured one: the number of messages is found. */
const WARM_SHARE = 0.4;

/** A pass that is faster by this factor shows that the code is still being compiled. */
const WARM_GAIN = 1.1;

/** One slow pass may be bad luck; so many in a row are not. */
const SETTLED_PASSES_MIN = 2;

/** A pass shorter than the clock can tell apart counts as this long. */
const SHORTEST_PASS_MS = 0.01;

/** How long a point is run. */
export interface Timing {
  /** Length that the measured pass aims at. */
  readonly passMs: number;
  /** Time that the passes before it take together, at least, unless the cell wants more. */
  readonly warmUpMs: number;
}

/** Warms up, measures once, and verifies all of it. */
export async function measurePoint(
  cell: Cell,
  params: Params,
  subject: Subject<Sample>,
  { passMs, warmUpMs }: Timing,
): Promise<Outcome> {
  const judge = (sample: Sample, asked: number): Verdict =>
    sample.offered < asked
      ? { ok: false, discrepancy: `offered: asked=${asked}, found=${sample.offered}` }
      : cell.verify(params, sample);

  let messages = 0;
  if (cell.pace.kind === 'timed') {
    messages = cell.pace.firstMessages;
    const shortestMs = shortestWarmUpMs(cell.pace, params, warmUpMs);
    let bestRate = 0;
    let settledPasses = 0;
    let spentMs = 0;
    for (let pass = 0; pass < WARM_UP_PASSES_MAX; pass += 1) {
      const sample = await subject.run(messages);
      const verdict = judge(sample, messages);
      if (!verdict.ok) return { kind: 'void', discrepancy: verdict.discrepancy };
      const elapsedMs = Math.max(sample.elapsedMs, SHORTEST_PASS_MS);
      const rate = sample.offered / elapsedMs;
      settledPasses = rate < bestRate * WARM_GAIN ? settledPasses + 1 : 0;
      bestRate = Math.max(bestRate, rate);
      spentMs += elapsedMs;
      const growth = Math.min(PASS_GROWTH_MAX, passMs / elapsedMs);
      messages = Math.min(PASS_MESSAGES_MAX, Math.max(1, Math.round(messages * growth)));
      const isLong = elapsedMs >= passMs * WARM_SHARE || messages === PASS_MESSAGES_MAX;
      const isSettled = settledPasses >= SETTLED_PASSES_MIN || spentMs >= shortestMs * WARM_UP_STRETCH;
      if (isLong && isSettled && spentMs >= shortestMs) break;
    }
  }

  const sample = await subject.run(messages);
  const verdict = judge(sample, messages);
  if (!verdict.ok) return { kind: 'void', discrepancy: verdict.discrepancy };
  return {
    kind: 'measured',
    measures: cell.measure(params, sample),
    series: cell.trace?.(params, sample) ?? [],
    messages: sample.offered,
    digest: verdict.digest,
  };
}
