/**
 * The same count on one thread, without actors: what the result is compared with, in figures and in time. Uses
 * the same table and the same reading, so that the difference in time is what the actors make of the cores.
 */
import { PIECE_BYTES } from './limits.ts';
import { piecesOf } from './pieces.ts';
import { TokenTable } from './token-table.ts';
import { codeOf, filesBelow } from './tree.ts';

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

/** Counts the files below `root`. @throws what the system throws when `root` cannot be opened */
export function recount(root: string, all: boolean): Recount {
  const startedAt = performance.now();
  const table = new TokenTable();
  const unreadable = new Map<string, number>();
  const failed = (code: string): void => {
    unreadable.set(code, (unreadable.get(code) ?? 0) + 1);
  };
  const room = new Uint8Array(PIECE_BYTES);
  // One buffer for all: a piece is counted before the next is read.
  const allocate = (): Uint8Array => room;
  let files = 0;
  let bytes = 0;
  for (const found of filesBelow(root, all)) {
    if (found.kind === 'unreadable') {
      failed(found.code);
      continue;
    }
    try {
      const pieces = piecesOf(found.path, allocate);
      for (let next = pieces.next(); ; next = pieces.next()) {
        if (next.done === true) {
          bytes += next.value;
          break;
        }
        if ('bytes' in next.value) table.scan(next.value.bytes);
        else table.addText(next.value.longToken, 1);
      }
      files += 1;
    } catch (error) {
      failed(codeOf(error));
    }
  }
  return { files, bytes, unreadable, table, seconds: (performance.now() - startedAt) / 1_000 };
}
