/**
 * A histogram in shared memory that any number of threads add to, so that latencies seen on many
 * threads need no messages of their own to be gathered. Owns the bucket layout: powers of two of a
 * microsecond, each split evenly, which bounds the error of a percentile at 1/{@link BUCKETS_PER_OCTAVE}.
 */
import type { LatencySummary } from './latency-recorder.ts';

const BUCKETS_PER_OCTAVE = 32;
const OCTAVES = 27;
const BUCKETS = OCTAVES * BUCKETS_PER_OCTAVE;
/** Resolution: an eighth of a microsecond. The last octave ends at 2²⁷ / 8 µs, some 17 s. */
const TICKS_PER_US = 8;

/** Shared counters of latencies between 0.1 µs and some seconds; longer ones count in the last bucket. */
export class SharedHistogram {
  /** The counters, to be handed to other threads. */
  readonly buckets: Int32Array;

  /** Makes a new one, or opens one that another thread made from its `buckets`. */
  constructor(buckets: Int32Array = new Int32Array(new SharedArrayBuffer(BUCKETS * 4))) {
    this.buckets = buckets;
  }

  /** Adds one latency. */
  record(latencyMs: number): void {
    Atomics.add(this.buckets, bucketOf(latencyMs * 1_000 * TICKS_PER_US), 1);
  }

  /** Adds what another one counted. */
  add(buckets: Int32Array): void {
    for (let i = 0; i < this.buckets.length; i += 1) {
      this.buckets[i] = (this.buckets[i] as number) + (buckets[i] as number);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.buckets.fill(0);
  }

  /** Percentiles of what all threads recorded so far. */
  summary(): LatencySummary {
    const samples = this.buckets.reduce((sum, count) => sum + count, 0);
    return {
      samples,
      p50Us: this.#percentileUs(samples, 0.5),
      p99Us: this.#percentileUs(samples, 0.99),
      p999Us: this.#percentileUs(samples, 0.999),
    };
  }

  #percentileUs(samples: number, share: number): number {
    let left = Math.ceil(samples * share);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.buckets[bucket] as number;
      if (left <= 0) return samples === 0 ? 0 : middleOf(bucket) / TICKS_PER_US;
    }
    return middleOf(BUCKETS - 1) / TICKS_PER_US;
  }
}

function bucketOf(ticks: number): number {
  const whole = Math.max(1, ticks);
  const octave = Math.min(OCTAVES - 1, Math.floor(Math.log2(whole)));
  const within = Math.min(BUCKETS_PER_OCTAVE - 1, Math.floor((whole / 2 ** octave - 1) * BUCKETS_PER_OCTAVE));
  return octave * BUCKETS_PER_OCTAVE + within;
}

function middleOf(bucket: number): number {
  const octave = Math.floor(bucket / BUCKETS_PER_OCTAVE);
  return 2 ** octave * (1 + ((bucket % BUCKETS_PER_OCTAVE) + 0.5) / BUCKETS_PER_OCTAVE);
}
