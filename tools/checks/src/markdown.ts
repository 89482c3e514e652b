/**
 * What documents claim, read from their Markdown. Owns the reading of code blocks, links, commands and
 * guarantees; holds nothing about whether the claims are true, which the tests of this folder decide.
 */
import type { TextFile } from './repository.ts';

/** A fenced block of code: its language, its lines, and the line of its opening fence, from 1. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** One guarantee of docs/semantics.md: its line, and the test titles that it names. */
export interface Guarantee {
  readonly line: number;
  readonly text: string;
  readonly titles: readonly string[];
}

/** Every fenced block of a document, in order. */
export function codeBlocks({ text }: TextFile): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}

/** Targets of links and images inside the repository, without their anchors; code blocks are left out. */
export function localLinks(document: TextFile): string[] {
  return localTargets(document)
    .map((target) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '');
}

/** Links to a heading of a document: the document, empty for the same one, and the anchor. */
export function localAnchors(document: TextFile): { readonly path: string; readonly anchor: string }[] {
  return localTargets(document).flatMap((target) => {
    const [path = '', anchor] = target.split('#');
    return anchor === undefined || (path !== '' && !path.endsWith('.md')) ? [] : [{ path, anchor }];
  });
}

function localTargets({ text }: TextFile): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of the headings of a document, as GitHub makes them. */
export function headingAnchors({ text }: TextFile): string[] {
  return [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Names of scripts that a document tells its reader to run with npm. */
export function npmScripts({ text }: TextFile): string[] {
  const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1] ?? '');
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].map((match) => match[1] ?? '');
  return [...new Set([...named, ...short])];
}

/**
 * The guarantees of a document: its list items, each with the test titles that it names after "Held by".
 * A title stands in double quotes.
 */
export function guarantees({ text }: TextFile): Guarantee[] {
  const lines = text.split('\n');
  return lines.flatMap((first, index) => {
    if (!first.startsWith('- ')) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((line) => !line.startsWith('  '));
    const item = [
      first.slice(2),
      ...rest.slice(0, end === -1 ? rest.length : end).map((line) => line.trim()),
    ].join(' ');
    const held = /Held by (.*)$/.exec(item)?.[1] ?? '';
    const titles = [...held.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
    return [{ line: index + 1, text: item, titles }];
  });
}
