/**
 * Source text as a syntax tree. Owns the parser (oxc-parser) and the shape in which the checks see imports,
 * exports, comments and nodes; no other file of this folder imports the parser. Holds that a file which does
 * not parse is an error and never an empty tree.
 */
import { type EcmaScriptModule, parseSync } from 'oxc-parser';
import type { TextFile } from './repository.ts';

/** Any node of the tree: its kind, where it is, and its children by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [child: string]: unknown;
}

/** A comment: its text without the marks, and where it is. */
export interface Comment {
  readonly type: 'Line' | 'Block';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** One import or re-export: what it names, where, and whether it vanishes at run time. */
export interface ImportEdge {
  readonly specifier: string;
  readonly start: number;
  readonly typeOnly: boolean;
}

/** A parsed file. */
export interface Syntax {
  readonly file: TextFile;
  readonly body: readonly SyntaxNode[];
  readonly comments: readonly Comment[];
  readonly module: EcmaScriptModule;
}

/** Parses one file. @throws Error when it does not parse */
export function parse(file: TextFile): Syntax {
  const { program, comments, module, errors } = parseSync(file.path, file.text, { sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${file.path} does not parse: ${errors[0]?.message}`);
  return { file, body: program.body as unknown as SyntaxNode[], comments, module };
}

/** Every import of a file: static, re-exporting and dynamic with a literal specifier. */
export function importsOf({ file, module }: Syntax): ImportEdge[] {
  const edges: ImportEdge[] = module.staticImports.map((one) => ({
    specifier: one.moduleRequest.value,
    start: one.start,
    typeOnly: one.entries.length > 0 && one.entries.every((entry) => entry.isType),
  }));
  for (const one of module.staticExports) {
    const from = one.entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
    if (from === undefined || from === null) continue;
    const typeOnly = one.entries.every((entry) => entry.isType);
    edges.push({ specifier: from.value, start: one.start, typeOnly });
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const text = file.text.slice(moduleRequest.start, moduleRequest.end);
    if (/^['"].*['"]$/.test(text)) edges.push({ specifier: text.slice(1, -1), start, typeOnly: false });
  }
  return edges;
}

/** Visits every node, parents first, with the parent and the name under which it holds the node. */
export function walk(
  nodes: readonly SyntaxNode[],
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined, key: string) => void,
): void {
  const step = (node: SyntaxNode, parent: SyntaxNode | undefined, key: string): void => {
    visit(node, parent, key);
    for (const [name, child] of Object.entries(node)) {
      if (Array.isArray(child)) {
        for (const one of child) if (isNode(one)) step(one, node, name);
      } else if (isNode(child)) step(child, node, name);
    }
  };
  for (const node of nodes) step(node, undefined, 'body');
}

/** True for a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** The line, from 1, of a position in a text. */
export function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
