/**
 * Compares the table of docs/errors.md with the codes of the core. Holds that every code is explained to
 * users under the words its messages begin with, and that no code is explained that does not exist.
 */
import type { TextFile } from './repository.ts';
import { isNode, parse, type SyntaxNode, walk } from './syntax.ts';

/** What differs between the table of a document and ERROR_TITLES of a source, one sentence each. */
export function errorTableProblems(source: TextFile, document: TextFile): string[] {
  const codes = errorTitles(source);
  const rows = new Map(
    [...document.text.matchAll(/^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$/gm)].map((row) => [row[1], row[2]]),
  );
  if (codes.size === 0) return [`${source.path} has no ERROR_TITLES`];
  const missing = [...codes].filter(([code, title]) => rows.get(code) !== title);
  const surplus = [...rows.keys()].filter((code) => !codes.has(code ?? ''));
  return [
    ...missing.map(
      ([code, title]) => `${document.path} needs a row: | \`${code}\` | ${title} | what to do |`,
    ),
    ...surplus.map((code) => `${document.path} explains ${code}, which does not exist`),
  ];
}

function errorTitles(source: TextFile): Map<string, string> {
  const titles = new Map<string, string>();
  walk(parse(source).body, (node) => {
    const { id } = node;
    if (node.type !== 'VariableDeclarator' || !isNode(id) || id['name'] !== 'ERROR_TITLES') return;
    walk([node], (property) => {
      if (property.type !== 'Property') return;
      const key = (property['key'] as SyntaxNode)['name'];
      const value = (property['value'] as SyntaxNode)['value'];
      if (typeof key === 'string' && typeof value === 'string') titles.set(key, value);
    });
  });
  return titles;
}
