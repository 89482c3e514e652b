/**
 * What can be measured: the unit of each metric and which way is better. Owns the list; cells refer to
 * it by name, tables and charts read units from it.
 */

/** One row per metric. `better` decides what "ahead" means. */
export const METRICS = {
  throughput: { unit: 'msg/s', better: 'more' },
  time_per_message: { unit: 'ns', better: 'less' },
  ceiling_share: { unit: '%', better: 'more' },
  busiest_share: { unit: '%', better: 'less' },
  placement_share: { unit: '%', better: 'more' },
  floor_share: { unit: '%', better: 'more' },
  latency_p50: { unit: 'us', better: 'less' },
  latency_p99: { unit: 'us', better: 'less' },
  latency_p999: { unit: 'us', better: 'less' },
  cold_p99: { unit: 'us', better: 'less' },
  queue_p99: { unit: 'us', better: 'less' },
  jain: { unit: 'index', better: 'more' },
  goodput: { unit: 'share', better: 'more' },
  offered_rate: { unit: 'msg/s', better: 'more' },
  peak_rate: { unit: 'msg/s', better: 'more' },
  age_p99: { unit: 'ms', better: 'less' },
  waiting_at_end: { unit: 'messages', better: 'less' },
  rss_start: { unit: 'MB', better: 'less' },
  rss_peak: { unit: 'MB', better: 'less' },
  rss_growth: { unit: '%', better: 'less' },
  recovery: { unit: 'ms', better: 'less' },
  speedup: { unit: 'x', better: 'more' },
  slowdown: { unit: 'x', better: 'less' },
  depth_peak: { unit: 'messages', better: 'less' },
  bytes_per_actor: { unit: 'bytes', better: 'less' },
  spawn_rate: { unit: 'actors/s', better: 'more' },
  wakes_per_message: { unit: 'wakes', better: 'less' },
  restart: { unit: 'ms', better: 'less' },
  lost: { unit: 'messages', better: 'less' },
} as const;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** One figure. */
export interface Measure {
  readonly metric: MetricName;
  readonly value: number;
}

/** The figures every flood has: messages a second, and its inverse. */
export function floodMeasures(messages: number, elapsedMs: number): Measure[] {
  return [
    { metric: 'throughput', value: (messages / elapsedMs) * 1_000 },
    { metric: 'time_per_message', value: (elapsedMs / messages) * 1e6 },
  ];
}

/** A rate beside the physical limit of the same round, where both were measured. */
export function floorShare(rate: number | undefined, floor: number | undefined): Measure[] {
  return rate && floor ? [{ metric: 'floor_share', value: (rate / floor) * 100 }] : [];
}
