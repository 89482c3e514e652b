/**
 * Both ends of S3. A worker sends every number back raised by one; the one that is asked to serve
 * starts the first and times the round trips.
 */
import type { MessagePort } from 'node:worker_threads';
import { LatencyRecorder, type LatencySummary, nowMs } from '@millrace/testkit/bench';
import { serveRequests, startData } from '../../load/thread.ts';

export type PingPongRequest =
  | { readonly ask: 'serve'; readonly roundTrips: number }
  | { readonly ask: 'count' };

export interface PingPongReport {
  readonly token: number;
  readonly latency: LatencySummary;
}

const port = startData<MessagePort>();
let counted = 0;
let onToken = (token: number): void => port.postMessage(token + 1);

port.on('message', (token: number) => {
  counted += 1;
  onToken(token);
});

serveRequests<PingPongRequest>((request) => {
  if (request.ask === 'serve') return serve(request.roundTrips);
  const answer = counted;
  counted = 0;
  return answer;
});

function serve(roundTrips: number): Promise<PingPongReport> {
  const latency = new LatencyRecorder();
  return new Promise((resolve) => {
    let roundTripsLeft = roundTrips;
    let sentMs = nowMs();
    onToken = (token) => {
      const receivedMs = nowMs();
      latency.record(receivedMs - sentMs);
      roundTripsLeft -= 1;
      if (roundTripsLeft === 0) {
        resolve({ token, latency: latency.summary() });
        return;
      }
      sentMs = receivedMs;
      port.postMessage(token + 1);
    };
    port.postMessage(1);
  });
}
