/**
 * The code in a README as code that runs. Where a whole program is shown, each block opens with a comment
 * that names its file, `// main.ts`, and the first block of `text` after it is what the program prints. Elsewhere a
 * block is an excerpt of a source. Called by `tests/readme.test.ts` and `tests/installed.test.ts`.
 */
import { codeBlocks } from './markdown.ts';
import type { TextFile } from './repository.ts';

/** A program: its files by name, in the order of the document, and what it prints. */
export interface Example {
  readonly files: ReadonlyMap<string, string>;
  readonly output: string;
}

const CODE = new Set(['ts', 'js']);
const TITLE = /^\/\/ ([\w.-]+\.(?:ts|js))\b.*\n/;

/** Reads the example of a document. @throws Error when a block of code does not name its file */
export function exampleOf(document: TextFile): Example {
  const files = new Map<string, string>();
  let output = '';
  for (const { language, text, line } of codeBlocks(document)) {
    if (language === 'text' && files.size > 0 && output === '') output = text;
    if (!CODE.has(language)) continue;
    const title = TITLE.exec(text);
    if (title === null) throw new Error(`${document.path}:${line}: name the file of this block: // main.ts`);
    files.set(title[1] ?? '', text.slice(title[0].length));
  }
  return { files, output };
}

/**
 * The lines of blocks of code in a document that are not, line after line, in any of the files. Indentation
 * is left out of the comparison: an excerpt starts at the margin.
 */
export function strayExcerpts(document: TextFile, files: readonly TextFile[]): string[] {
  const sources = files.map(({ text }) => flat(text));
  return codeBlocks(document)
    .filter(
      ({ language, text }) => CODE.has(language) && !sources.some((source) => source.includes(flat(text))),
    )
    .map(({ line }) => `${document.path}:${line}`);
}

function flat(text: string): string {
  return text.replace(/^[ \t]+/gm, '');
}

/** The names of the files of an example whose code is not, line for line, in the file of that name. */
export function strayFiles(example: Example, read: (name: string) => string | undefined): string[] {
  return [...example.files]
    .filter(([name, code]) => read(name)?.includes(code) !== true)
    .map(([name]) => name);
}
