/**
 * One census from start to end: starts the system, wires the actors, follows them, stops in order. Owns the
 * wiring and the result; holds that an interrupt ends with the counts of what was read. Must not know how
 * anything is shown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActorRef, type RunningSystem, type StopReport, startSystem } from 'millrace';
import { Collector, Counter, Reader, Tokenizer, Walker } from './actors.ts';
import { COUNTERS_PER_WORKER, FRAME_MS, INTERRUPT_MS } from './limits.ts';
import { byCount, TokenTable } from './token-table.ts';
import type { Input } from './tree.ts';

/** What to count, and how. */
export interface CensusOptions extends Input {
  /** Worker threads, at least 1. */
  readonly workers: number;
  /** Tokens to name. */
  readonly top: number;
  /** Hand out every count, to compare them. */
  readonly keepTable: boolean;
  /** Aborts on an interrupt. */
  readonly signal: AbortSignal;
  /** Called often while it runs. */
  readonly follow?: (progress: CensusProgress) => void | Promise<void>;
}

/** How far a census is. */
export interface CensusProgress {
  /** The running system, to look into. */
  readonly system: RunningSystem;
  /** Files read to their end. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Since the walk began. */
  readonly seconds: number;
}

/** What came out. */
export interface CensusResult {
  /** Files read to their end. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Tokens. */
  readonly tokens: number;
  /** Different tokens. */
  readonly distinct: number;
  /** Those that occurred most. */
  readonly top: readonly (readonly [token: string, count: number])[];
  /** Files and directories that could not be read, by the system's code for why. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Files found and not read to their end, because of an interrupt. */
  readonly left: number;
  /** False after an interrupt. */
  readonly complete: boolean;
  /** From the start of the walk to the last count. */
  readonly seconds: number;
  /** To start the threads. */
  readonly startSeconds: number;
  /** Worker threads. */
  readonly workers: number;
  /** Most memory that the process had at a time. */
  readonly peakRssBytes: number;
  /** How the system stopped. */
  readonly stop: StopReport;
  /** Every count, when asked for. */
  readonly table: TokenTable | null;
}

/** Counts. @throws what the system throws when the directory cannot be opened */
export async function census(options: CensusOptions): Promise<CensusResult> {
  const { root, all, times, workers, signal } = options;
  const startedAt = performance.now();
  const system = await startSystem({ actors: new URL('./actors.js', import.meta.url), workers });
  const startSeconds = (performance.now() - startedAt) / 1_000;
  try {
    const actors = await wire(system, options);
    const beganAt = performance.now();
    const since = (): number => (performance.now() - beganAt) / 1_000;
    const walk = actors.walker.ask('walk', { root, all, times }, { timeoutMs: ASK_MAX_MS });
    const noEnd = new AbortController();
    walk.catch((error: unknown) => noEnd.abort(error));
    const halted = onceAborted(signal, () => halt(system, actors, walk));
    let seconds = 0;
    const finished = actors.collector
      .ask('finished', undefined, { timeoutMs: ASK_MAX_MS, signal: noEnd.signal })
      .then((totals) => {
        seconds = since();
        return totals;
      });
    if (options.follow !== undefined) await frames(actors, finished, system, since, options.follow);
    // The reason of the walk says more than that the ask for its end was given up.
    const { readers, shards } = await finished.catch(async (error: unknown) => {
      await walk;
      throw error;
    });
    const walked = await walk;
    await halted();
    const table = options.keepTable ? await takeAll(actors.counters) : null;
    const peakRssBytes = process.resourceUsage().maxRSS * 1_024;
    const unreadable = new Map(walked.unreadable);
    for (const reader of readers) {
      for (const [code, count] of reader.unreadable)
        unreadable.set(code, (unreadable.get(code) ?? 0) + count);
    }
    const failed = readers.reduce(
      (count, reader) => count + [...reader.unreadable.values()].reduce((a, b) => a + b, 0),
      0,
    );
    const files = sum(readers, 'files');
    return {
      files,
      bytes: sum(readers, 'bytes'),
      tokens: sum(shards, 'tokens'),
      distinct: sum(shards, 'distinct'),
      top: shards
        .flatMap((shard) => shard.top)
        .sort(byCount)
        .slice(0, options.top),
      unreadable,
      left: walked.files - files - failed,
      complete: walked.complete && !signal.aborted,
      seconds,
      startSeconds,
      workers,
      peakRssBytes,
      stop: await system.stop(),
      table,
    };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

const ASK_MAX_MS = 2 ** 31 - 1;

/** Calls `follow` often until the count has finished, and once more. */
async function frames(
  { collector }: Actors,
  finished: Promise<unknown>,
  system: RunningSystem,
  since: () => number,
  follow: NonNullable<CensusOptions['follow']>,
): Promise<void> {
  let over = false;
  const end = finished.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over) {
    const pause = new AbortController();
    // oxlint-disable-next-line no-await-in-loop -- one frame after another
    await Promise.race([sleep(FRAME_MS, undefined, { signal: pause.signal }).catch(() => undefined), end]);
    pause.abort();
    // oxlint-disable-next-line no-await-in-loop -- one frame after another
    const readers = await collector.ask('progressOfAll');
    // oxlint-disable-next-line no-await-in-loop -- one frame after another
    await follow({ system, files: sum(readers, 'files'), bytes: sum(readers, 'bytes'), seconds: since() });
  }
}

interface Actors {
  readonly walker: ActorRef<typeof Walker>;
  readonly readers: readonly ActorRef<typeof Reader>[];
  readonly counters: readonly ActorRef<typeof Counter>[];
  readonly collector: ActorRef<typeof Collector>;
}

/** Starts the stages from the last to the first, so that each is given refs of the next. */
async function wire(system: RunningSystem, { workers, top }: CensusOptions): Promise<Actors> {
  const places = Array.from({ length: workers }, (_, i) => i + 1);
  const counted = places.flatMap((place) => Array.from({ length: COUNTERS_PER_WORKER }, () => place));
  const collector = await system.spawn(Collector, {
    name: 'collector',
    args: { counters: counted.length },
    placement: 'main',
  });
  const counters = await Promise.all(
    counted.map((placement, i) =>
      system.spawn(Counter, {
        name: `counter-${i + 1}`,
        args: { tokenizers: workers, top, collector },
        placement,
      }),
    ),
  );
  const tokenizers = await Promise.all(
    places.map((placement, reader) =>
      system.spawn(Tokenizer, {
        name: `tokenizer-${placement}`,
        args: { reader, readers: workers, counters },
        placement,
      }),
    ),
  );
  const readers = await Promise.all(
    places.map((placement, reader) =>
      system.spawn(Reader, {
        name: `reader-${placement}`,
        args: { reader, tokenizers, collector },
        placement,
      }),
    ),
  );
  const walker = await system.spawn(Walker, { name: 'walker', args: readers, placement: 'main' });
  return { walker, readers, counters, collector };
}

/** Ends early: no more files are found, files at hand are left; what was read goes on to be counted. */
async function halt(
  system: RunningSystem,
  { walker, readers }: Actors,
  walk: Promise<unknown>,
): Promise<void> {
  await walker.tell('halt');
  // A reader that is gone refuses paths: the walker has to have ended before.
  await walk;
  await Promise.all(readers.map((reader) => system.stopActor(reader, { shutdownMs: INTERRUPT_MS })));
}

/** Runs `task` once when the signal aborts; the returned function resolves when it has run, if it began. */
function onceAborted(signal: AbortSignal, task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const begin = (): void => {
    running = task();
    // Seen by whoever awaits what is returned.
    running.catch(() => undefined);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return async () => {
    signal.removeEventListener('abort', begin);
    await running;
  };
}

async function takeAll(counters: readonly ActorRef<typeof Counter>[]): Promise<TokenTable> {
  const table = new TokenTable();
  for (const counter of counters) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that one share is in memory twice
    const buffer = await counter.ask('take', undefined, { timeoutMs: ASK_MAX_MS });
    if (buffer !== null) table.merge(buffer);
  }
  return table;
}

function sum<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((total, one) => total + one[key], 0);
}
