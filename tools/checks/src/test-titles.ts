/**
 * The titles of tests, read from their sources. A title is the first argument of a call whose second is a
 * function, when it is a literal or a template with nothing but names filled in. Called by the check of
 * docs/semantics.md.
 */
import type { TextFile } from './repository.ts';
import { isNode, parse, type SyntaxNode, walk } from './syntax.ts';

/** Every title in a test file. What a template fills in reads `*`. */
export function testTitles(file: TextFile): string[] {
  const titles: string[] = [];
  walk(parse(file).body, (node) => {
    if (node.type !== 'CallExpression') return;
    const [first, second] = node['arguments'] as readonly unknown[];
    if (!isNode(first) || !isNode(second) || !/Function/.test(second.type)) return;
    const title = literalText(first);
    if (title !== undefined) titles.push(title);
  });
  return titles;
}

function literalText(node: SyntaxNode): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node['quasis'])) return undefined;
  return node['quasis'].map((part: { value: { cooked: string } }) => part.value.cooked).join('*');
}
