/**
 * A cell: one question put to every system alike. It owns the parameters that are swept, the rule by
 * which a result is believed, and the figures made of it. It must not know any system; systems
 * implement cells (`system.ts`), never the other way round.
 */
import type { Measure, MetricName } from './metrics.ts';

/** One point of a sweep, as it is printed and stored. */
export type Params = Readonly<Record<string, string | number | boolean>>;

/** How much is to be swept. */
export interface Scope {
  readonly mode: 'quick' | 'full';
  /** Workers of a multi-core point. */
  readonly workers: number;
  /** Workers of a sweep over workers: those of 1, 2, 4, 8, 16 that the machine has cores for. */
  readonly workersSweep: readonly number[];
}

/** What every pass reports; cells add what they check and measure. */
export interface Sample {
  /** From the first send to the last message handled, on the clock of one thread. */
  readonly elapsedMs: number;
  /** Messages that were sent: at least as many as were asked for. */
  readonly offered: number;
}

/** Whether the messages add up. A digest is printed beside the figure; a discrepancy voids it. */
export type Verdict =
  | { readonly ok: true; readonly digest: string }
  | { readonly ok: false; readonly discrepancy: string };

/** The harness grows the number of messages from `firstMessages` until a pass takes as long as the run wants. */
export interface TimedPace<P extends Params = Params> {
  readonly kind: 'timed';
  readonly firstMessages: number;
  /** Warm-ups take so many times what the run wants; absent: once. */
  warmUpTimes?(params: P): number;
}

/** The parameters say it all, and one pass is measured; how long it takes is said for the plan of a run alone. */
export interface OncePace<P extends Params = Params> {
  readonly kind: 'once';
  typicalMs(params: P): number;
}

/** How long a pass is. */
export type Pace<P extends Params = Params> = TimedPace<P> | OncePace<P>;

/** How long a pass is warmed up for at least, where the run wants `warmUpMs`. */
export function shortestWarmUpMs<P extends Params>(pace: TimedPace<P>, params: P, warmUpMs: number): number {
  return warmUpMs * (pace.warmUpTimes?.(params) ?? 1);
}

/** Reads the figure of another system at the same point of the same round. */
export type Neighbour = (system: string, metric: MetricName) => number | undefined;

/** A course over time, for a chart. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** Pairs of milliseconds and value. */
  readonly points: readonly (readonly [number, number])[];
}

/** One question. Methods, not function properties, so that cells of different shapes share a list. */
export interface Cell<P extends Params = Params, S extends Sample = Sample> {
  /** `S6`. */
  readonly id: string;
  /** `zipf-count`. */
  readonly name: string;
  /** What is asked, in one sentence. */
  readonly question: string;
  readonly pace: Pace<P>;
  /** The figure by which systems are ranked. */
  readonly headline: MetricName;
  /** The points of the sweep. */
  points(scope: Scope): readonly P[];
  /** Compares what arrived with what was sent, by a rule that shares no code with any system. */
  verify(params: P, sample: S): Verdict;
  /** Figures of one believed pass. */
  measure(params: P, sample: S): Measure[];
  /** Courses over time of one believed pass; those of the last round are stored. */
  trace?(params: P, sample: S): Series[];
  /** Figures that set a system beside its yardstick in the same round. */
  relate?(params: P, own: (metric: MetricName) => number | undefined, neighbour: Neighbour): Measure[];
}

/** The verdict of a flood of which only a count and a sum are known. Sums are modulo 2³². */
export function verdictOf(facts: readonly { what: string; expected: number; found: number }[]): Verdict {
  const wrong = facts.find((fact) => fact.expected !== fact.found);
  if (wrong !== undefined) {
    return { ok: false, discrepancy: `${wrong.what}: expected=${wrong.expected}, found=${wrong.found}` };
  }
  return { ok: true, digest: facts.map((fact) => (fact.found >>> 0).toString(16)).join('.') };
}
