/**
 * `@millrace/testkit/bench`: what you need to measure your own actors in a script of tinybench, or of any library
 * that runs functions. docs/benchmarking.md shows how.
 */
export { BenchVoid } from './bench/bench-void.ts';
export { nowMs } from './bench/clock.ts';
export { jainIndex } from './bench/jain.ts';
export { latency, type LatencyOptions, type LatencyRun } from './bench/latency.ts';
export { LatencyRecorder, type LatencySummary, summarise } from './bench/latency-recorder.ts';
export { messagesDue, openLoop, type OpenLoopOptions } from './bench/open-loop.ts';
export { seededPermutation, seededRandom } from './bench/seeded-random.ts';
export { sumOfSequence } from './bench/sequence-sum.ts';
export { SharedHistogram } from './bench/shared-histogram.ts';
export { keysByHeat, skewedKeys, type SkewedKeysOptions } from './bench/skewed-keys.ts';
export { type Tally, throughput, type ThroughputOptions } from './bench/throughput.ts';
export type { TimedRun } from './bench/timed-run.ts';
export { skewCeiling, Zipf } from './bench/zipf.ts';
