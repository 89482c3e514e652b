/**
 * Names that code may not use. Owns the list of what only an injected port may give to the core (time,
 * chance, shared memory, the host's queues), and the refusal of `any` and of a focused test everywhere.
 * Holds that a run of the core is a function of its inputs, which the simulator relies on. Called by
 * `tests/forbidden-names.test.ts`.
 */
import { isTest, type TextFile } from './repository.ts';
import { isNode, parse, type SyntaxNode, walk } from './syntax.ts';
import { type Violation, violationAt } from './violation.ts';

/** Global names that the core may not touch, with what to use instead. */
const FORBIDDEN_GLOBALS: Readonly<Record<string, string>> = {
  setTimeout: 'the injected clock',
  setInterval: 'the injected clock',
  setImmediate: 'the injected scheduler',
  queueMicrotask: 'the injected scheduler',
  performance: 'the injected clock',
  Atomics: 'the injected memory',
  SharedArrayBuffer: 'the injected memory',
  process: 'an option or an injected port',
  console: 'the injected log sink',
  globalThis: 'an injected port',
};

/** Members of otherwise harmless globals that the core may not touch. */
const FORBIDDEN_MEMBERS: Readonly<Record<string, string>> = {
  'Date.now': 'the injected clock',
  'Math.random': 'the injected randomness',
};

/** Uses of forbidden names in the sources of the core. */
export function impureNames(file: TextFile): Violation[] {
  if (!file.path.startsWith('packages/core/src/') || isTest(file.path)) return [];
  const found: Violation[] = [];
  walk(parse(file).body, (node, parent, key) => {
    const name = forbiddenName(node, parent, key);
    if (name === undefined) return;
    const instead = FORBIDDEN_GLOBALS[name] ?? FORBIDDEN_MEMBERS[name] ?? 'the injected clock';
    found.push(violationAt(file, node.start, `the core may not use ${name}: use ${instead}`));
  });
  return found;
}

/** Every type `any`, in any TypeScript file. */
export function anyTypes(file: TextFile): Violation[] {
  const found: Violation[] = [];
  walk(parse(file).body, (node) => {
    if (node.type !== 'TSAnyKeyword') return;
    found.push(
      violationAt(file, node.start, 'no `any`: use unknown and decode it once, or a type parameter'),
    );
  });
  return found;
}

/** `test.only`, which silently leaves out every other test of its file. */
export function focusedTests(file: TextFile): Violation[] {
  const found: Violation[] = [];
  walk(parse(file).body, (node) => {
    if (node.type !== 'CallExpression' || memberName(node['callee']) === undefined) return;
    if (!/^(test|suite|\w*Suite)\.only$/i.test(memberName(node['callee']) ?? '')) return;
    found.push(violationAt(file, node.start, 'remove .only: the other tests of this file do not run'));
  });
  return found;
}

function forbiddenName(node: SyntaxNode, parent: SyntaxNode | undefined, key: string): string | undefined {
  if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date' && isEmpty(node['arguments'])) {
    return 'new Date()';
  }
  const member = memberName(node);
  if (member !== undefined && member in FORBIDDEN_MEMBERS) return member;
  const name = nameOf(node);
  if (name === undefined || !Object.hasOwn(FORBIDDEN_GLOBALS, name)) return undefined;
  return isReference(parent, key) ? name : undefined;
}

/** False for an identifier that only names a property, as in `x.process` or `{ process: 1 }`. */
function isReference(parent: SyntaxNode | undefined, key: string): boolean {
  if (parent === undefined) return true;
  const named = key === 'property' || key === 'key';
  return !named || parent['computed'] === true;
}

/** `a.b` as text, also when written `a['b']`; undefined for anything else. */
function memberName(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== 'MemberExpression') return undefined;
  const { object, property } = node;
  const last = isNode(property) && property.type === 'Literal' ? property['value'] : nameOf(property);
  const first = nameOf(object);
  return first === undefined || typeof last !== 'string' ? undefined : `${first}.${last}`;
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node['name'] === 'string'
    ? node['name']
    : undefined;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
