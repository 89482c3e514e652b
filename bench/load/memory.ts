/**
 * The memory of this process over time: resident set size, sampled by a timer that keeps nothing alive.
 * Samples are kept for a chart, so their number is bounded: past {@link SAMPLES_MAX} every second one
 * goes and the interval doubles.
 */
import { nowMs } from '@millrace/testkit/bench';

const SAMPLES_MAX = 512;
const FIRST_INTERVAL_MS = 20;

/** One reading: when, on the clock that threads share, and bytes. */
export interface MemorySample {
  readonly atMs: number;
  readonly rssBytes: number;
}

/** Samples until stopped. */
export class MemorySampler {
  #samples: MemorySample[] = [];
  #intervalMs = FIRST_INTERVAL_MS;
  readonly #readRss: () => number;
  #timer: NodeJS.Timeout;

  /** `readRss` returns bytes; by default those of this process. */
  constructor(readRss: () => number = () => process.memoryUsage.rss()) {
    this.#readRss = readRss;
    this.#timer = setInterval(() => this.#sample(), this.#intervalMs).unref();
    this.#sample();
  }

  /** Takes a last sample and returns all, oldest first. */
  stop(): readonly MemorySample[] {
    clearInterval(this.#timer);
    this.#sample();
    return this.#samples;
  }

  #sample(): void {
    this.#samples.push({ atMs: nowMs(), rssBytes: this.#readRss() });
    if (this.#samples.length < SAMPLES_MAX) return;
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
    this.#intervalMs *= 2;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#sample(), this.#intervalMs).unref();
  }
}

/** The largest reading, in bytes. */
export function peakRss(samples: readonly MemorySample[]): number {
  return samples.reduce((peak, sample) => Math.max(peak, sample.rssBytes), 0);
}

/**
 * Bytes that live objects of this thread take after a full collection, buffers outside the heap
 * included. Needs `--expose-gc`. @throws Error without it.
 */
export function liveBytes(): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('the collector cannot be called: option=--expose-gc is missing');
  // Twice: the first pass runs finalisers whose garbage only the second one takes.
  collect();
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
