/** Trees of files for the tests, and a count of their tokens that shares no code with the census. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { PIECE_BYTES } from '../src/limits.ts';

/** Makes a tree, hands it to `body`, and takes it away. */
export async function withTree<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (root: string) => Promise<T> | T,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'census-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    }
    return await body(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Files that are hard to cut: tokens over borders of pieces, one huge line, digits, bytes above 127, nothing. */
export function hardFiles(): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = {
    'empty.js': '',
    'plain.ts': 'const alpha = beta + alpha; // 1st 2nd_x $ _ $a1\n',
    'deep/er/still.md': 'alpha beta\r\ngamma\u00e9delta',
    'bytes.json': Uint8Array.from({ length: 256 }, (_, byte) => byte),
    'other.txt': 'not counted unless all are',
    'digits.js': `${'7'.repeat(3 * PIECE_BYTES)}tail 12ab`,
    'line.js': 'word another$word, 9lives;'.repeat(PIECE_BYTES / 4),
  };
  for (let shift = -3; shift <= 3; shift += 1) {
    files[`border${shift}.js`] = `${' '.repeat(PIECE_BYTES + shift - 4)}acrossTheBorder ${'x'.repeat(1_000)}`;
  }
  return files;
}

/** Adds a link to nothing, and one that leads to a file and is not followed. */
export function addLinks(root: string): void {
  symlinkSync(join(root, 'nowhere'), join(root, 'broken.js'));
  symlinkSync(join(root, 'plain.ts'), join(root, 'followed-not.ts'));
}

/** Counts with one regular expression over whole files. */
export function countPlainly(root: string, all: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const known = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '.md'].includes(
      extname(entry.name),
    );
    if (!entry.isFile() || !(all || known)) continue;
    const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'latin1');
    for (const [token] of text.matchAll(/[A-Za-z_$][A-Za-z0-9_$]*/g))
      counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return counts;
}
