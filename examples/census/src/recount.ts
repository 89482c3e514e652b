/**
 * The same count on one thread, without actors: what the result is compared with, in figures and in time. Uses
 * the same table and the same reading, so that the difference in time is what the actors make of the cores.
 */
import { LOCAL_TOKENS_MAX } from './limits.ts';
import { givePieceBuffer, takePieceBuffer } from './piece-pool.ts';
import { FileReader, type Piece } from './pieces.ts';
import { TokenTable } from './token-table.ts';
import { addOne, filesToCount, type Input } from './tree.ts';

/** Counts of a tree. */
export interface Recount {
  /** Files read to their end. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Files that could not be read, by the system's code for why. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Every token. */
  readonly table: TokenTable;
  /** How long it took. */
  readonly seconds: number;
}

/** Counts the same input. @throws what the system throws when `root` cannot be opened */
export function recount(input: Input): Recount {
  const startedAt = performance.now();
  const table = new TokenTable(LOCAL_TOKENS_MAX);
  const reader = new FileReader(takePieceBuffer);
  const count = (piece: Piece): void => {
    if ('bytes' in piece) {
      table.scan(piece.bytes);
      givePieceBuffer(piece.bytes.buffer as ArrayBuffer);
    } else table.addText(piece.longToken, 1);
  };
  for (const found of filesToCount(input)) {
    if (found.kind === 'unreadable') {
      addOne(reader.unreadable, found.code);
      continue;
    }
    reader.give([found.path]);
    for (let piece = reader.next(); piece !== null; piece = reader.next()) count(piece);
  }
  const rest = reader.rest();
  if (rest !== null) count(rest);
  const { files, bytes, unreadable } = reader;
  return { files, bytes, unreadable, table, seconds: (performance.now() - startedAt) / 1_000 };
}
