/**
 * The example in a README as files that can be compiled and run. A block of code opens with a comment that
 * names its file, `// main.ts`; a block of `text` right after the last one is what the program prints.
 * Called by `tests/readme.test.ts` and `tests/installed.test.ts`.
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

/** The names of the files of an example whose code is not, line for line, in the file of that name. */
export function strayFiles(example: Example, read: (name: string) => string | undefined): string[] {
  return [...example.files]
    .filter(([name, code]) => read(name)?.includes(code) !== true)
    .map(([name]) => name);
}
