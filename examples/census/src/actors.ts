/**
 * The actors of the census, from the tree to the totals: a walker finds files, readers cut them in pieces,
 * tokenizers count pieces, counters add up what tokenizers found, a collector takes the results. Each stage
 * waits for credit of the next, so the walker goes at the pace of the counting and memory stays flat. The end
 * travels the same way: each sender tells each of its receivers that nothing more comes. Loaded by every thread.
 */
import { type ActorRef, defineActor, transfer } from 'millrace';
import {
  BATCH_FILES,
  COLLECTOR_MAILBOX_MESSAGES,
  COUNTER_MAILBOX_MESSAGES,
  LOCAL_TOKENS_MAX,
  OWN_PIECES_MAX,
  READER_MAILBOX_MESSAGES,
  SHARD_TOKENS,
  TOKENIZER_MAILBOX_MESSAGES,
} from './limits.ts';
import { givePieceBuffer, takePieceBuffer } from './piece-pool.ts';
import { FileReader, type Piece } from './pieces.ts';
import { TokenTable } from './token-table.ts';
import { addOne, filesToCount, type Input } from './tree.ts';

/** How far one reader is. */
export interface ReaderProgress {
  /** Which of them, from 0. */
  readonly reader: number;
  /** Files read to their end. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Files that could not be read, by the system's code for why. */
  readonly unreadable: ReadonlyMap<string, number>;
}

/** What one counter counted. */
export interface ShardTotals {
  /** Different tokens. */
  readonly distinct: number;
  /** Tokens. */
  readonly tokens: number;
  /** Those that occurred most. */
  readonly top: readonly (readonly [token: string, count: number])[];
}

/** What the walker found. */
export interface Walked {
  /** Files told to the readers. */
  readonly files: number;
  /** What could not be looked into, by the system's code for why. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** False when it was halted. */
  readonly complete: boolean;
}

/** What the collector has in the end. */
export interface Totals {
  /** Of every reader. */
  readonly readers: readonly ReaderProgress[];
  /** Of every counter. */
  readonly shards: readonly ShardTotals[];
}

/** Finds files and deals them out to the readers. */
export const Walker = defineActor({
  name: 'walker',
  // One walk, and a word to halt it.
  concurrency: 2,
  init: (readers: readonly ActorRef<typeof Reader>[]) => ({ readers, halted: false }),
  handlers: {
    async walk(state, input: Input): Promise<Walked> {
      const unreadable = new Map<string, number>();
      let files = 0;
      let batch: string[] = [];
      let turn = 0;
      const send = async (): Promise<void> => {
        const paths = batch;
        files += paths.length;
        batch = [];
        turn += 1;
        // Whoever has room takes it, each first in its turn; only when none has does the walker wait.
        for (const [i] of state.readers.entries()) {
          if (readerOf(state.readers, turn + i).tryTell('read', paths) === 'sent') return;
        }
        await readerOf(state.readers, turn).tell('read', paths);
      };
      for (const found of filesToCount(input)) {
        if (state.halted) break;
        if (found.kind === 'unreadable') addOne(unreadable, found.code);
        else batch.push(found.path);
        // oxlint-disable-next-line no-await-in-loop -- waits for credit: this is what holds the walker back
        if (batch.length === BATCH_FILES) await send();
      }
      if (batch.length > 0 && !state.halted) await send();
      // Told to all at once: none of them waits for another.
      if (!state.halted) await Promise.all(state.readers.map((reader) => reader.tell('end')));
      return { files, unreadable, complete: !state.halted };
    },
    halt(state) {
      state.halted = true;
    },
  },
});

/** Reads files on its worker and hands the pieces to the tokenizer beside it; those of a huge file go to all. */
export const Reader = defineActor({
  name: 'reader',
  mailbox: { capacity: READER_MAILBOX_MESSAGES },
  init: (args: {
    readonly reader: number;
    readonly tokenizers: readonly ActorRef<typeof Tokenizer>[];
    readonly collector: ActorRef<typeof Collector>;
  }) => ({
    ...args,
    files: new FileReader(takePieceBuffer),
    next: args.reader,
  }),
  handlers: {
    async read(state, paths: readonly string[], ctx) {
      const { files } = state;
      files.give(paths);
      for (let piece = files.next(); piece !== null; piece = files.next()) {
        // oxlint-disable-next-line no-await-in-loop -- waits for credit: this is what holds the reader back
        await deal(state, piece, files.index);
        // Asked for only in large files: a signal costs more than a piece.
        if (files.index > 0 && ctx.signal.aborted) return;
      }
      // Progress may be lost, work may not: nobody waits for this.
      state.collector.tryTell('progress', progressOf(state));
    },
    end(_state, _: undefined, ctx) {
      ctx.stop();
    },
  },
  hooks: {
    async stopping(state, _ctx, reason) {
      // When the whole system goes down nobody waits for the end any more.
      if (reason !== 'stopped') return;
      const rest = state.files.rest();
      if (rest !== null) await deal(state, rest, 0);
      await state.collector.tell('readerDone', progressOf(state));
      await Promise.all(state.tokenizers.map((tokenizer) => tokenizer.tell('end', state.reader)));
    },
  },
});

/** Counts pieces on its worker, and hands over to the counters what has come together. */
export const Tokenizer = defineActor({
  name: 'tokenizer',
  mailbox: { capacity: TOKENIZER_MAILBOX_MESSAGES },
  init: (args: {
    /** The reader beside it. */
    readonly reader: number;
    readonly readers: number;
    readonly counters: readonly ActorRef<typeof Counter>[];
  }) => ({
    ...args,
    table: new TokenTable(LOCAL_TOKENS_MAX),
    ended: 0,
  }),
  handlers: {
    async count(state, [buffer, start, length]: readonly [ArrayBuffer, number, number]) {
      state.table.scan(new Uint8Array(buffer, start, length));
      givePieceBuffer(buffer);
      if (state.table.distinct >= LOCAL_TOKENS_MAX) await handOver(state);
    },
    async countLong(state, token: string) {
      state.table.addText(token, 1);
      if (state.table.distinct >= LOCAL_TOKENS_MAX) await handOver(state);
    },
    async end(state, reader: number) {
      state.ended += 1;
      const last = state.ended === state.readers;
      // Not only at the last end: then one tokenizer after another would hand over, while the others wait.
      if (last || reader === state.reader) await handOver(state);
      if (!last) return;
      await Promise.all(state.counters.map((counter) => counter.tell('end')));
    },
  },
});

/** Adds up the counts of its share of the tokens. */
export const Counter = defineActor({
  name: 'counter',
  mailbox: { capacity: COUNTER_MAILBOX_MESSAGES },
  init: (args: {
    readonly tokenizers: number;
    readonly top: number;
    readonly collector: ActorRef<typeof Collector>;
  }) => ({ ...args, table: new TokenTable(SHARD_TOKENS), ended: 0 }),
  handlers: {
    merge(state, buffer: ArrayBuffer) {
      state.table.merge(buffer);
    },
    async end(state) {
      state.ended += 1;
      if (state.ended < state.tokenizers) return;
      const { table, top } = state;
      await state.collector.tell('shardDone', {
        distinct: table.distinct,
        tokens: table.tokens,
        top: table.top(top),
      });
    },
    /** Hands out all its counts, and has none afterwards. */
    take: (state) => {
      const [buffer] = state.table.takeShards(1);
      return buffer === null || buffer === undefined ? null : transfer(buffer);
    },
  },
});

/** Takes what the others report, and tells when all have. */
export const Collector = defineActor({
  name: 'collector',
  mailbox: { capacity: COLLECTOR_MAILBOX_MESSAGES },
  // One waits for the end while reports come in.
  concurrency: 2,
  init: (args: { readonly counters: number }) => ({
    ...args,
    readers: new Map<number, ReaderProgress>(),
    shards: [] as ShardTotals[],
    allDone: (): void => {},
  }),
  handlers: {
    progress(state, progress: ReaderProgress) {
      state.readers.set(progress.reader, progress);
    },
    readerDone(state, progress: ReaderProgress) {
      state.readers.set(progress.reader, progress);
    },
    shardDone(state, totals: ShardTotals) {
      state.shards.push(totals);
      if (state.shards.length === state.counters) state.allDone();
    },
    /** How far the readers are. */
    progressOfAll: ({ readers }) => [...readers.values()],
    /** What was counted, once all counters are done. */
    async finished(state, _: undefined, ctx): Promise<Totals> {
      if (state.shards.length < state.counters) {
        await new Promise<void>((resolve) => {
          state.allDone = resolve;
          // Then nobody reads the answer.
          ctx.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return { readers: [...state.readers.values()], shards: state.shards };
    },
  },
});

interface ReaderState {
  readonly reader: number;
  readonly tokenizers: readonly ActorRef<typeof Tokenizer>[];
  readonly files: FileReader;
  next: number;
}

/**
 * To the tokenizer beside the reader, where nothing is copied. From a certain size on, the pieces of a file are
 * dealt out to all, so that one huge file is counted on every core.
 */
async function deal(state: ReaderState, piece: Piece, index: number): Promise<void> {
  const own = state.tokenizers[state.reader] as ActorRef<typeof Tokenizer>;
  if ('longToken' in piece) {
    await own.tell('countLong', piece.longToken);
    return;
  }
  const { byteOffset, length } = piece.bytes;
  const buffer = piece.bytes.buffer as ArrayBuffer;
  let to = own;
  if (index > OWN_PIECES_MAX) {
    state.next = (state.next + 1) % state.tokenizers.length;
    to = state.tokenizers[state.next] as ActorRef<typeof Tokenizer>;
  }
  await to.tell('count', [to === own ? buffer : transfer(buffer), byteOffset, length]);
}

async function handOver(state: {
  readonly table: TokenTable;
  readonly counters: readonly ActorRef<typeof Counter>[];
}): Promise<void> {
  const shards = state.table.takeShards(state.counters.length);
  const told: Promise<void>[] = [];
  for (const [shard, buffer] of shards.entries()) {
    if (buffer !== null) told.push((state.counters[shard] as ActorRef<typeof Counter>).tell('merge', buffer));
  }
  await Promise.all(told);
}

function progressOf({ reader, files: { files, bytes, unreadable } }: ReaderState): ReaderProgress {
  return { reader, files, bytes, unreadable };
}

function readerOf(readers: readonly ActorRef<typeof Reader>[], turn: number): ActorRef<typeof Reader> {
  return readers[turn % readers.length] as ActorRef<typeof Reader>;
}
