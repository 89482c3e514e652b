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
  READER_FILES_MAX,
  READER_MAILBOX_MESSAGES,
  TOKENIZER_MAILBOX_MESSAGES,
} from './limits.ts';
import { givePieceBuffer, takePieceBuffer } from './piece-pool.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { TokenTable } from './token-table.ts';
import { codeOf, filesBelow } from './tree.ts';

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

/** Finds files and deals them out to the readers. */
export const Walker = defineActor({
  name: 'walker',
  // One walk, and a word to halt it.
  concurrency: 2,
  init: (readers: readonly ActorRef<typeof Reader>[]) => ({ readers, halted: false }),
  handlers: {
    async walk(state, { root, all }: { readonly root: string; readonly all: boolean }): Promise<Walked> {
      const unreadable = new Map<string, number>();
      let files = 0;
      let batch: string[] = [];
      let turn = 0;
      const send = (): Promise<void> => {
        const reader = state.readers[turn] as ActorRef<typeof Reader>;
        turn = (turn + 1) % state.readers.length;
        files += batch.length;
        const paths = batch;
        batch = [];
        return reader.tell('read', paths);
      };
      for (const found of filesBelow(root, all)) {
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
  concurrency: READER_FILES_MAX,
  init: (args: {
    readonly reader: number;
    readonly tokenizers: readonly ActorRef<typeof Tokenizer>[];
    readonly collector: ActorRef<typeof Collector>;
  }) => ({
    ...args,
    files: 0,
    bytes: 0,
    unreadable: new Map<string, number>(),
    next: args.reader,
    open: 0,
    ending: false,
  }),
  handlers: {
    async read(state, paths: readonly string[], ctx) {
      state.open += 1;
      for (const path of paths) {
        try {
          const pieces = piecesOf(path, takePieceBuffer);
          for (let next = pieces.next(), index = 0; ; next = pieces.next(), index += 1) {
            if (next.done === true) {
              state.bytes += next.value;
              state.files += 1;
              break;
            }
            // Asked for only in large files: a signal costs more than a small file.
            if (index > 0 && ctx.signal.aborted) {
              pieces.return(0);
              break;
            }
            // oxlint-disable-next-line no-await-in-loop -- waits for credit: this is what holds the reader back
            await deal(state, next.value, index);
          }
        } catch (error) {
          addOne(state.unreadable, codeOf(error));
        }
      }
      // Progress may be lost, work may not: nobody waits for this.
      state.collector.tryTell('progress', progressOf(state));
      state.open -= 1;
      if (state.ending && state.open === 0) ctx.stop();
    },
    end(state, _: undefined, ctx) {
      // Files at hand come to their end first.
      state.ending = true;
      if (state.open === 0) ctx.stop();
    },
  },
  hooks: {
    async stopping(state, _ctx, reason) {
      // When the whole system goes down nobody waits for the end any more.
      if (reason !== 'stopped') return;
      await state.collector.tell('readerDone', progressOf(state));
      await Promise.all(state.tokenizers.map((tokenizer) => tokenizer.tell('end')));
    },
  },
});

/** Counts pieces on its worker, and hands over to the counters what has come together. */
export const Tokenizer = defineActor({
  name: 'tokenizer',
  mailbox: { capacity: TOKENIZER_MAILBOX_MESSAGES },
  init: (args: { readonly readers: number; readonly counters: readonly ActorRef<typeof Counter>[] }) => ({
    ...args,
    table: new TokenTable(),
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
    async end(state) {
      state.ended += 1;
      if (state.ended < state.readers) return;
      await handOver(state);
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
  }) => ({ ...args, table: new TokenTable(), ended: 0 }),
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
  init: (args: { readonly counters: number }) => ({
    ...args,
    readers: new Map<number, ReaderProgress>(),
    shards: [] as ShardTotals[],
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
    },
    /** How far the count is; `shards` once all counters are done. */
    state: ({ readers, shards, counters }) => ({
      readers: [...readers.values()],
      shards: shards.length === counters ? shards : null,
    }),
  },
});

interface ReaderState {
  readonly reader: number;
  readonly tokenizers: readonly ActorRef<typeof Tokenizer>[];
  next: number;
  readonly files: number;
  readonly bytes: number;
  readonly unreadable: ReadonlyMap<string, number>;
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
  if (index >= OWN_PIECES_MAX) {
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

function progressOf({ reader, files, bytes, unreadable }: ReaderState): ReaderProgress {
  return { reader, files, bytes, unreadable };
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
