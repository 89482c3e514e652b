/**
 * What must be written about code. Owns two rules: every source file opens with its module doc, and every
 * name that a package exports is documented where it is declared. Called by `tests/documentation.test.ts`.
 * Follows re-exports by syntax alone, which is enough because `export *` is refused.
 */
import { posix } from 'node:path';
import type { TextFile } from './repository.ts';
import { isNode, parse, type Syntax, type SyntaxNode } from './syntax.ts';
import { type Violation, violationAt } from './violation.ts';

/** A module doc shorter than this says nothing. */
const MODULE_DOC_MIN_CHARS = 30;

/** The missing or misplaced module doc of a file. */
export function moduleDocViolations(file: TextFile): Violation[] {
  const { comments, body } = parse(file);
  const first = comments[0];
  const start = file.text.startsWith('#!') ? file.text.indexOf('\n') + 1 : 0;
  const say = 'open the file with its module doc /** … */: owns what, holds which invariant, called by whom';
  if (
    first === undefined ||
    first.start !== start ||
    first.type !== 'Block' ||
    !first.value.startsWith('*')
  ) {
    return [violationAt(file, 0, say)];
  }
  if (first.value.replace(/[\s*]+/g, ' ').trim().length < MODULE_DOC_MIN_CHARS) {
    return [violationAt(file, first.start, `the module doc says too little: ${say}`)];
  }
  const next = body[0];
  if (next === undefined || !isOwnDeclaration(next)) return [];
  // A comment that touches the first declaration documents that declaration and not the file.
  const between = file.text.slice(first.end, next.start);
  return /\n\s*\n/.test(between) || between.includes('/**')
    ? []
    : [violationAt(file, first.start, `the first comment belongs to the declaration below it: ${say}`)];
}

/**
 * Exported names without a doc comment, from an entry file on; with `members`, also the members of exported
 * interfaces and classes. `read` gives a file by path, or undefined.
 */
export function undocumentedExports(
  entry: string,
  read: (path: string) => TextFile | undefined,
  { members }: { readonly members: boolean },
): Violation[] {
  const found: Violation[] = [];
  const seen = new Set<string>();
  const visit = (path: string, wanted: string | undefined): void => {
    const key = `${path} ${wanted ?? '*'}`;
    if (seen.has(key)) return;
    seen.add(key);
    const file = read(path);
    if (file === undefined) return;
    const syntax = parse(file);
    for (const statement of syntax.module.staticExports) {
      for (const one of statement.entries) {
        const name = one.exportName.name ?? 'default';
        if (one.exportName.kind === 'None') {
          found.push(violationAt(file, one.start, 'no `export *`: name what is exported'));
          continue;
        }
        if (wanted !== undefined && name !== wanted) continue;
        if (one.moduleRequest !== null) {
          const target = one.moduleRequest.value;
          if (target.startsWith('.'))
            visit(posix.join(posix.dirname(path), target), one.importName.name ?? name);
          continue;
        }
        found.push(...undocumentedDeclaration(syntax, one.localName.name ?? name, members));
      }
    }
  };
  visit(entry, undefined);
  return found;
}

function undocumentedDeclaration(
  { file, body, comments }: Syntax,
  name: string,
  members: boolean,
): Violation[] {
  for (const statement of body) {
    const declared = declarationOf(statement);
    if (declared === undefined || !namesOf(declared).includes(name)) continue;
    if (isDocumented(statement.start)) {
      return (members ? membersOf(declared) : [])
        .filter((member) => !isDocumented(member.start))
        .map((member) =>
          violationAt(file, member.start, `${name} is exported: document its ${memberTitle(member)}`),
        );
    }
    return [violationAt(file, statement.start, `${name} is exported: document it`)];
  }
  return [];

  function isDocumented(start: number): boolean {
    return comments.some(
      (comment) =>
        comment.type === 'Block' &&
        comment.value.startsWith('*') &&
        comment.end <= start &&
        file.text.slice(comment.end, start).trim() === '',
    );
  }
}

/** The members of an interface or class that a user sees, constructors and inherited meanings left out. */
function membersOf(declaration: SyntaxNode): SyntaxNode[] {
  if (declaration.type !== 'TSInterfaceDeclaration' && declaration.type !== 'ClassDeclaration') return [];
  const { body } = declaration;
  const members = isNode(body) && Array.isArray(body['body']) ? body['body'].filter(isNode) : [];
  return members.filter((member) => {
    const { key } = member;
    if (!isNode(key) || key.type === 'PrivateIdentifier') return false;
    // What [Symbol.asyncIterator] and its like do, the language says.
    if (member['computed'] === true) return false;
    return (
      member['accessibility'] !== 'private' && member['override'] !== true && key['name'] !== 'constructor'
    );
  });
}

function memberTitle(member: SyntaxNode): string {
  const { key } = member;
  return isNode(key) && typeof key['name'] === 'string' ? `member ${key['name']}` : 'member';
}

function declarationOf(statement: SyntaxNode): SyntaxNode | undefined {
  const inner = statement['declaration'];
  return isNode(inner) ? inner : isOwnDeclaration(statement) ? statement : undefined;
}

function isOwnDeclaration(statement: SyntaxNode): boolean {
  if (statement.type === 'ExportNamedDeclaration') return isNode(statement['declaration']);
  return statement.type.endsWith('Declaration') && !/^(Import|Export(All|Default))/.test(statement.type);
}

function namesOf(declaration: SyntaxNode): string[] {
  const own = declaration['id'];
  if (isNode(own) && typeof own['name'] === 'string') return [own['name']];
  const list = declaration['declarations'];
  return Array.isArray(list) ? list.filter(isNode).flatMap(namesOf) : [];
}
