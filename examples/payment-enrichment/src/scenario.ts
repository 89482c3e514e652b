/**
 * The numbers of the story: how fast events come, what the fraud API allows, and how a clock that runs
 * `scale` times faster changes both. Pure; every part of the example reads its rates here.
 */

/** Events that come in one minute of the story. */
export const ARRIVALS_PER_MINUTE = 100_000;

/** Calls that the fraud API allows in one minute of the story. */
export const CALLS_PER_MINUTE = 20_000;

/** Events come in bursts: each period starts with all of its events in this share of it. */
const BURST_PERIOD_MS = 6_000;
const BURST_SHARE = 0.4;

/** One run. */
export interface Scenario {
  /** Events in all. */
  readonly events: number;
  /** Minutes of the story in one minute of this machine. The latency of the API stays as it is. */
  readonly scale: number;
}

/** Events that have arrived `elapsedMs` after the start. */
export function arrivedBy({ events, scale }: Scenario, elapsedMs: number): number {
  const storyMs = elapsedMs * scale;
  const period = Math.floor(storyMs / BURST_PERIOD_MS);
  const intoPeriodMs = storyMs - period * BURST_PERIOD_MS;
  const share = Math.min(1, intoPeriodMs / (BURST_PERIOD_MS * BURST_SHARE));
  const perPeriod = (ARRIVALS_PER_MINUTE * BURST_PERIOD_MS) / 60_000;
  return Math.min(events, Math.floor((period + share) * perPeriod));
}

/** Calls that the fraud API allows in one second of this machine. */
export function callsPerSecond({ scale }: Pick<Scenario, 'scale'>): number {
  return (CALLS_PER_MINUTE / 60) * scale;
}
