/**
 * Lists the files of a directory tree that are to be counted. Owns which those are: regular files with a known
 * extension, links never followed; holds that memory grows with the depth of the tree and not with its size.
 * Called by the walker and by the recount.
 */
import { type Dir, type Dirent, opendirSync, statSync } from 'node:fs';
import { extname, sep } from 'node:path';
import { DEPTH_MAX } from './limits.ts';

/** What counts as source unless all files do. */
export const EXTENSIONS: ReadonlySet<string> = new Set([
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.mts',
  '.cts',
  '.json',
  '.md',
]);

/** Entries that one look into a directory takes. */
const AT_ONCE = { bufferSize: 128 };

/** One thing found: a file to read, or something that cannot be, with the system's code for why. */
export type Found =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string };

/** What to count. */
export interface Input {
  /** The directory. */
  readonly root: string;
  /** Every regular file, whatever its extension. */
  readonly all: boolean;
  /** How many times over, at least once. */
  readonly times: number;
}

/** The files to count, and what could not be looked into. @throws what the system throws when `root` cannot be opened */
export function* filesToCount({ root, all, times }: Input): Generator<Found, void> {
  for (let time = 0; time < times; time += 1) yield* filesBelow(root, all);
}

/** Files below `root`, and what could not be looked into. @throws what the system throws when `root` cannot be opened */
function* filesBelow(root: string, all: boolean): Generator<Found, void> {
  const open: { readonly path: string; readonly dir: Dir }[] = [
    { path: root, dir: opendirSync(root, AT_ONCE) },
  ];
  try {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const entry = nextEntry(top.dir);
      if (entry === null) {
        open.pop()?.dir.closeSync();
        continue;
      }
      if (typeof entry === 'string') {
        yield { kind: 'unreadable', path: top.path, code: entry };
        open.pop()?.dir.closeSync();
        continue;
      }
      const path = top.path + sep + entry.name;
      if (entry.isDirectory()) {
        const opened = open.length < DEPTH_MAX ? tryOpen(path) : 'EDEPTH';
        if (typeof opened === 'string') yield { kind: 'unreadable', path, code: opened };
        else open.push({ path, dir: opened });
      } else if (all || EXTENSIONS.has(extname(entry.name))) {
        if (entry.isFile()) yield { kind: 'file', path };
        else if (entry.isSymbolicLink() && isBroken(path))
          yield { kind: 'unreadable', path, code: 'EBROKENLINK' };
      }
    }
  } finally {
    for (const { dir } of open) dir.closeSync();
  }
}

/** The next entry, null at the end, or the code of what went wrong. */
function nextEntry(dir: Dir): Dirent | null | string {
  try {
    return dir.readSync();
  } catch (error) {
    return codeOf(error);
  }
}

function tryOpen(path: string): Dir | string {
  try {
    return opendirSync(path, AT_ONCE);
  } catch (error) {
    return codeOf(error);
  }
}

function isBroken(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return true;
  }
}

/** Counts one more of these. */
export function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The system's code for an error, or its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
