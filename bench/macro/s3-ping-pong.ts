/**
 * S3, ping-pong and thread ring: one message under way at any time, so nothing can be batched and only
 * the way there and back counts. A token is raised by one with each hop; what it reads in the end, and
 * what every actor counted, must be the number of hops.
 */
import type { LatencySummary } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';

export type PingPongParams = {
  readonly shape: 'ping-pong' | 'ring';
  /** All actors on one thread, or neighbours on different ones. */
  readonly placement: 'same' | 'other';
  /** Whether a thread without work looks again for a while or sleeps at once; `any` on one thread. */
  readonly waiting: 'any' | 'spin' | 'sleep';
  readonly actors: number;
  readonly workers: number;
};

/** What the token and the actors say. */
export interface PingPongSample extends Sample {
  /** Hops: two a round trip in ping-pong, one per actor and lap in a ring. `offered` counts hops. */
  readonly token: number;
  /** Hops counted by the actors that took the token. */
  readonly counted: number;
  /** Ping-pong: a round trip. Ring: a hop, as the mean of its lap. */
  readonly latency: LatencySummary;
}

/**
 * Round trips that are timed as one on the same thread: there a round trip is hardly longer than
 * reading the clock.
 */
export const TIMED_TOGETHER_SAME_THREAD = 100;

export const cell: Cell<PingPongParams, PingPongSample> = {
  id: 'S3',
  name: 'ping-pong',
  question: 'how long is one message under way when nothing else is?',
  pace: { kind: 'timed', firstMessages: 2_000 },
  headline: 'latency_p50',
  points: ({ mode, workers }) => {
    const points: PingPongParams[] = [
      { shape: 'ping-pong', placement: 'same', waiting: 'any', actors: 2, workers: 1 },
      { shape: 'ping-pong', placement: 'other', waiting: 'sleep', actors: 2, workers: 2 },
    ];
    if (mode === 'full') {
      points.push(
        { shape: 'ping-pong', placement: 'other', waiting: 'spin', actors: 2, workers: 2 },
        { shape: 'ring', placement: 'same', waiting: 'any', actors: 100, workers: 1 },
        { shape: 'ring', placement: 'other', waiting: 'spin', actors: 100, workers },
        { shape: 'ring', placement: 'other', waiting: 'sleep', actors: 100, workers },
      );
    }
    return points;
  },
  verify: (_params, { offered, token, counted }) =>
    verdictOf([
      { what: 'token', expected: offered, found: token },
      { what: 'hops counted', expected: offered, found: counted },
    ]),
  measure: (_params, { offered, elapsedMs, latency }) => [
    { metric: 'latency_p50', value: latency.p50Us },
    { metric: 'latency_p99', value: latency.p99Us },
    { metric: 'throughput', value: (offered / elapsedMs) * 1_000 },
  ],
  relate: (_params, own, neighbour) => {
    const [latency, floor] = [own('latency_p50'), neighbour('floor:doorbell', 'latency_p50')];
    return latency && floor ? [{ metric: 'slowdown', value: latency / floor }] : [];
  },
};
