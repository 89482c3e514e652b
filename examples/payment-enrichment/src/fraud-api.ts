/**
 * The fraud API: a real HTTP server in a process of its own, with what real ones have: latency with a tail,
 * errors, and 429 with Retry-After past its rate. Owns the counts of what it answered, which it tells its
 * parent on request. Chance is seeded, so that two runs meet the same API.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers so far, by kind. */
export interface ApiCounts {
  readonly scored: number;
  readonly limited: number;
  readonly failed: number;
}

/** What this process tells its parent. */
export type ApiMessage = { readonly port: number } | { readonly counts: ApiCounts };

const ERROR_SHARE = 0.02;
const SLOW_SHARE = 0.01;
const LATENCY_MIN_MS = 15;
const LATENCY_SPREAD_MS = 30;
const LATENCY_SLOW_MS = 250;
/** Calls that may come at once after a quiet time, as seconds of the rate. */
const BURST_SECONDS = 0.5;

const perSecond = Number(process.argv[2]);
const counts = { scored: 0, limited: 0, failed: 0 };
let seed = 42;
let credits = perSecond * BURST_SECONDS;
let refilledAtMs = performance.now();

function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function allowed(): boolean {
  const nowMs = performance.now();
  const gained = ((nowMs - refilledAtMs) / 1_000) * perSecond;
  credits = Math.min(perSecond * BURST_SECONDS, credits + gained);
  refilledAtMs = nowMs;
  if (credits < 1) return false;
  credits -= 1;
  return true;
}

function answer(response: ServerResponse): void {
  if (!allowed()) {
    counts.limited += 1;
    response.writeHead(429, { 'retry-after': '1' }).end();
    return;
  }
  const fails = random() < ERROR_SHARE;
  const slow = random() < SLOW_SHARE;
  const latencyMs = slow ? LATENCY_SLOW_MS : LATENCY_MIN_MS + random() * LATENCY_SPREAD_MS;
  setTimeout(() => {
    counts[fails ? 'failed' : 'scored'] += 1;
    if (fails) response.writeHead(503).end();
    else response.end(random().toFixed(4));
  }, latencyMs);
}

const server = createServer((incoming, response) => {
  // The dashboard that telemetry goes to: slow, and nobody is charged for it.
  if (incoming.url === '/telemetry') setTimeout(() => response.writeHead(204).end(), LATENCY_MIN_MS);
  else answer(response);
  incoming.resume();
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port } satisfies ApiMessage);
});
process.on('message', () => process.send?.({ counts } satisfies ApiMessage));
process.on('disconnect', () => process.exit());
