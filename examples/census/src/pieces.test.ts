/** Tests of reading files into pieces: nothing is lost or cut wrongly, whatever happens to a file meanwhile. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PIECE_BYTES } from './limits.ts';
import { FileReader, type Piece } from './pieces.ts';

let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'census-pieces-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** Writes a file and gives its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const textOf = (piece: Piece): string =>
  'bytes' in piece ? Buffer.from(piece.bytes).toString('latin1') : `<${piece.longToken}>`;

/** Everything that a reader hands out for these files. */
function piecesOf(reader: FileReader, paths: readonly string[]): string[] {
  const pieces: string[] = [];
  reader.give(paths);
  for (let piece = reader.next(); piece !== null; piece = reader.next()) pieces.push(textOf(piece));
  return pieces;
}

const newReader = (): FileReader => new FileReader(() => new Uint8Array(PIECE_BYTES));

const openFiles = (): number => readdirSync('/proc/self/fd').length;

test('small files share a piece, with a border between them', () => {
  const reader = newReader();
  const paths = [file('a', 'one'), file('b', ''), file('c', 'two')];
  assert.equal(piecesOf(reader, paths), []);
  assert.equal(piecesOf(reader, [file('d', 'three')]), []);
  const rest = reader.rest();
  assert.is(rest === null ? '' : textOf(rest), 'one\n\ntwo\nthree\n');
  assert.is(reader.rest(), null);
  assert.equal([reader.files, reader.bytes], [4, 11]);
});

test('a file that has no room in a piece begins the next, and one as large as a piece is cut', () => {
  const reader = newReader();
  const half = `${'h'.repeat(PIECE_BYTES / 2 - 1)} `;
  const large = `${'word '.repeat(PIECE_BYTES / 5)}last word`;
  const pieces = piecesOf(reader, [file('a', half), file('b', half), file('c', large), file('d', 'end')]);
  assert.equal(pieces.slice(0, 2), [`${half}\n`, `${half}\n`]);
  assert.is(pieces.slice(2).join(''), large);
  assert.ok(pieces.slice(2, -1).every((piece) => !piece.endsWith('w') && piece.length <= PIECE_BYTES));
  const rest = reader.rest();
  assert.is(rest === null ? '' : textOf(rest), 'end\n');
  assert.is(reader.files, 4);
});

test('files that vanished, or became something else since they were listed, are counted and passed over', () => {
  const reader = newReader();
  const before = process.platform === 'linux' ? openFiles() : 0;
  symlinkSync(file('a', 'one'), join(folder, 'link'));
  mkdirSync(join(folder, 'directory'));
  const fifo = join(folder, 'fifo');
  const hasFifo = spawnSync('mkfifo', [fifo]).status === 0;
  const paths = ['gone', 'a', 'link', 'directory', ...(hasFifo ? ['fifo'] : []), 'a'];
  piecesOf(
    reader,
    paths.map((name) => join(folder, name)),
  );
  assert.is(reader.files, 2);
  assert.is(reader.unreadable.get('ENOENT'), 1);
  assert.is(reader.unreadable.get('ELOOP'), 1);
  assert.is(reader.unreadable.get('ENOTFILE'), hasFifo ? 2 : 1);
  const rest = reader.rest();
  assert.is(rest === null ? '' : textOf(rest), 'one\none\n');
  if (process.platform === 'linux') assert.is(openFiles(), before);
});

test('leaving a large file in the middle closes it and keeps what was read before', () => {
  const reader = newReader();
  const before = process.platform === 'linux' ? openFiles() : 0;
  reader.give([file('a', 'one'), file('b', 'two '.repeat(PIECE_BYTES))]);
  const first = reader.next();
  assert.is(first === null ? '' : textOf(first), 'one\n');
  assert.is(reader.index, 0);
  assert.ok(reader.next() !== null);
  assert.is(reader.index, 1);
  assert.is(reader.rest(), null);
  assert.is(reader.next(), null);
  assert.is(reader.files, 1);
  if (process.platform === 'linux') assert.is(openFiles(), before);
});

test.run();
