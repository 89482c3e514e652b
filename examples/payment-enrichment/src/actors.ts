/**
 * The pipeline as actors: source → enrichers → store, and telemetry on the side. Every mailbox is bounded
 * and nobody here counts anybody else's messages: an enricher frees a slot when the API's rate lets it finish
 * a call, so the source's `tell` waits exactly as long as it must, and what has not been read stays in the log.
 */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActorRef, defineActor } from 'millrace';
import { EventLogReader, type PaymentEvent } from './event-log.ts';
import { checkFraud } from './fraud-client.ts';
import { type Result, Results } from './results.ts';
import { TokenBucket } from './token-bucket.ts';

/** Payments that may be under way between the source and the store. */
export const UNACKED_MAX = 512;
/** How often the source looks for new payments. */
const PUMP_MS = 10;
/** A payment that was not acknowledged after this time is read again: whoever had it may be gone. */
const REDELIVER_AFTER_MS = 6_000;
/** A send that waits longer gives up; the payment stays unacknowledged, and is sent again. */
const DELIVER_TIMEOUT_MS = 2_000;

/** Calls under way or waiting for their credit, for each enricher: rate × latency, and as much again. */
const CALLS_MAX = 64;
/** Calls for one payment, before it is left to a person. */
const ATTEMPTS_MAX = 8;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** Results in one transaction. */
const BATCH_MAX = 64;
const FLUSH_MS = 25;

/** Samples that wait for the dashboard. The newest are worth more than the oldest, and none is worth a wait. */
const TELEMETRY_CAPACITY = 32;

/** One payment on its way from the source to an enricher. */
export interface Delivery {
  readonly event: PaymentEvent;
  readonly acceptedAtMs: number;
  readonly source: ActorRef;
}

/** One result on its way to the store. */
export interface Saving {
  readonly result: Result;
  readonly source: ActorRef;
}

/** Sends samples to a dashboard that is slower than they come: the oldest make room for the newest. */
export const Telemetry = defineActor({
  name: 'telemetry',
  mailbox: { capacity: TELEMETRY_CAPACITY, overflow: 'drop-oldest' },
  init: (args: { readonly apiPort: number }) => args,
  handlers: {
    sample: ({ apiPort }, sample: { readonly offset: number; readonly tookMs: number }) =>
      new Promise<void>((resolve) => {
        const call = request(
          { host: '127.0.0.1', port: apiPort, path: '/telemetry', method: 'POST' },
          (response) => response.resume().on('close', resolve),
        );
        call.on('error', () => resolve());
        call.end(JSON.stringify(sample));
      }),
  },
});

/** Saves results in batches, and acknowledges a payment to the source once it is on disk. */
export const Store = defineActor({
  name: 'store',
  mailbox: { capacity: 2 * BATCH_MAX },
  init: ({ databasePath }: { readonly databasePath: string }) => ({
    results: new Results(databasePath),
    batch: [] as Saving[],
  }),
  handlers: {
    async save(state, saving: Saving) {
      state.batch.push(saving);
      if (state.batch.length >= BATCH_MAX) await flush(state);
    },
    flush: (state) => flush(state),
  },
  hooks: {
    started: (_state, ctx) => ctx.timers.interval('flush', FLUSH_MS, 'flush'),
    restarted: (_state, ctx) => ctx.timers.interval('flush', FLUSH_MS, 'flush'),
    stopping: ({ results }) => results.close(),
  },
});

async function flush(state: { readonly results: Results; batch: Saving[] }): Promise<void> {
  const { batch } = state;
  const source = batch[0]?.source;
  if (source === undefined) return;
  state.batch = [];
  const saved = batch.map(({ result }) => result);
  state.results.save(saved, Date.now());
  await source.tell('acknowledge', saved.map(acknowledgementOf));
}

/** One payment is on disk. */
interface Acknowledgement {
  readonly offset: number;
  readonly attempts: number;
}

function acknowledgementOf({ offset, attempts }: Result): Acknowledgement {
  return { offset, attempts };
}

/** What an enricher is made of. */
export interface EnricherArgs {
  readonly apiPort: number;
  /** Its share of what the API allows. */
  readonly callsPerSecond: number;
  readonly store: ActorRef<typeof Store>;
  readonly telemetry: ActorRef<typeof Telemetry>;
}

/** Asks the fraud API about payments, many at a time and never faster than the API allows. */
export const Enricher = defineActor({
  name: 'enricher',
  mailbox: { capacity: CALLS_MAX },
  concurrency: CALLS_MAX,
  init: (args: EnricherArgs) => ({ ...args, credits: new TokenBucket(args.callsPerSecond) }),
  handlers: {
    async enrich(state, { event, acceptedAtMs, source }: Delivery, ctx) {
      const startedMs = ctx.now();
      const { offset, arrivedAtMs } = event;
      const outcome = await score(state.credits, state.apiPort, event, ctx.signal);
      await state.store.tell('save', { result: { offset, arrivedAtMs, acceptedAtMs, ...outcome }, source });
      state.telemetry.tryTell('sample', { offset, tookMs: ctx.now() - startedMs });
    },
  },
});

async function score(
  credits: TokenBucket,
  apiPort: number,
  event: PaymentEvent,
  signal: AbortSignal,
): Promise<Pick<Result, 'score' | 'attempts'>> {
  for (let attempts = 1; ; attempts += 1) {
    // oxlint-disable-next-line no-await-in-loop -- an attempt starts when the API may be called again
    await credits.take(signal);
    // oxlint-disable-next-line no-await-in-loop -- the next attempt depends on what became of this one
    const verdict = await checkFraud(apiPort, event);
    if (verdict.kind === 'scored') return { score: verdict.score, attempts };
    if (attempts === ATTEMPTS_MAX) return { score: null, attempts };
    // One refusal speaks for all calls of this actor: none is made before the API wants one.
    if (verdict.kind === 'limited') credits.pause(performance.now() + verdict.retryAfterMs);
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempts);
    // oxlint-disable-next-line no-await-in-loop -- jitter keeps those that failed together from coming back together
    await sleep(Math.random() * backoffMs, undefined, { signal });
  }
}

/** What the source is made of. */
export interface SourceArgs {
  readonly logPath: string;
  readonly enrichers: readonly ActorRef<typeof Enricher>[];
}

interface SourceState {
  readonly log: EventLogReader;
  readonly enrichers: readonly ActorRef<typeof Enricher>[];
  /** The next payment to read for the first time. */
  next: number;
  /** Calls beyond the first, of payments that are stored. */
  retries: number;
  /** By offset: payments that were sent and are not known to be stored, the one sent longest ago first. */
  readonly unacked: Map<number, { readonly acceptedAtMs: number; readonly sentAtMs: number }>;
}

/**
 * Reads the log as fast as the enrichers take payments, and commits its offset as far as everything is
 * stored. Delivery is at least once: what is not acknowledged in time is read again.
 *
 * Source, enrichers and store are a circle of bounded mailboxes. It cannot lock up, because every
 * acknowledgement fits: there are never more of them than unacknowledged payments, each sent at most twice
 * within the time that it takes to work off a mailbox.
 */
export const Source = defineActor({
  name: 'source',
  mailbox: { capacity: 2 * UNACKED_MAX },
  init: ({ logPath, enrichers }: SourceArgs): SourceState => {
    const log = new EventLogReader(logPath);
    return { log, enrichers, next: log.committed, unacked: new Map(), retries: 0 };
  },
  handlers: {
    async pump(state, _: undefined, ctx) {
      await redeliver(state, ctx.self, ctx.now());
      for (const event of state.log.read(state.next, UNACKED_MAX - state.unacked.size)) {
        state.next = event.offset + 1;
        // oxlint-disable-next-line no-await-in-loop -- here the source waits for credit: backpressure ends in the log
        await deliver(state, event, Date.now(), ctx.self, ctx.now());
      }
      const [oldest = state.next] = [...state.unacked.keys()].toSorted((a, b) => a - b);
      state.log.commit(oldest);
    },
    acknowledge(state, acknowledgements: readonly Acknowledgement[]) {
      for (const { offset, attempts } of acknowledgements) {
        if (state.unacked.delete(offset)) state.retries += attempts - 1;
      }
    },
    progress: ({ next, unacked, retries }) => ({ accepted: next, done: next - unacked.size, retries }),
  },
  hooks: {
    started: (_state, ctx) => ctx.timers.interval('pump', PUMP_MS, 'pump'),
    restarted: (_state, ctx) => ctx.timers.interval('pump', PUMP_MS, 'pump'),
    stopping: ({ log }) => log.close(),
  },
});

async function redeliver(state: SourceState, self: ActorRef, nowMs: number): Promise<void> {
  for (const [offset, { acceptedAtMs, sentAtMs }] of state.unacked) {
    if (nowMs - sentAtMs < REDELIVER_AFTER_MS) return;
    state.unacked.delete(offset);
    // oxlint-disable-next-line no-await-in-loop -- the source waits for credit
    for (const event of state.log.read(offset, 1)) await deliver(state, event, acceptedAtMs, self, nowMs);
  }
}

/** Sends to the first enricher with room; where none has any, waits for the one whose turn it is. */
async function deliver(
  { enrichers, unacked }: SourceState,
  event: PaymentEvent,
  acceptedAtMs: number,
  source: ActorRef,
  sentAtMs: number,
): Promise<void> {
  const { offset } = event;
  const delivery: Delivery = { event, acceptedAtMs, source };
  unacked.set(offset, { acceptedAtMs, sentAtMs });
  const inTurn = enrichers.map((_, i) => enrichers[(offset + i) % enrichers.length] as (typeof enrichers)[0]);
  if (inTurn.some((enricher) => enricher.tryTell('enrich', delivery) === 'sent')) return;
  // A refusal is no loss: the payment is unacknowledged, and comes again.
  await inTurn[0]?.tell('enrich', delivery, { timeoutMs: DELIVER_TIMEOUT_MS }).catch(() => undefined);
}
