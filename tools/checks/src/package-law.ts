/**
 * Who may import whom, across packages. Owns the table of allowed dependencies; holds that a package imports
 * only what the table and its own package.json allow, that nothing reaches into another workspace by path,
 * that a dependency known to one file stays in that file, and that files of a package do not import each
 * other in a circle at run time. Called by `tests/package-law.test.ts`.
 */
import { posix } from 'node:path';
import { isTest, type TextFile, type Workspace } from './repository.ts';
import { type ImportEdge, importsOf, parse } from './syntax.ts';
import { type Violation, violationAt } from './violation.ts';

/** What the sources of each published package may import; `node:` stands for every module of Node. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'packages/core': ['eventemitter3'],
  'packages/runtime': ['@millrace/core', 'piscina', 'msgpackr', 'node:'],
  'packages/testkit': ['@millrace/core', 'millrace', 'node:'],
};

/** Dependencies that only some files may know, so that replacing one touches little. */
const CONFINED: Readonly<Record<string, string>> = {
  piscina: 'packages/runtime/src/host/host-pool.ts',
  msgpackr: 'packages/runtime/src/codec/',
};

/** What breaks the package law in one workspace. */
export function packageViolations(workspace: Workspace, files: readonly TextFile[]): Violation[] {
  const parsed = files.map((file) => ({ file, edges: importsOf(parse(file)) }));
  const single = parsed.flatMap(({ file, edges }) => edges.flatMap((edge) => judge(workspace, file, edge)));
  return [...single, ...circles(parsed.filter(({ file }) => !isTest(file.path)))];
}

function judge(workspace: Workspace, file: TextFile, edge: ImportEdge): Violation[] {
  const { folder, manifest } = workspace;
  const at = (message: string): Violation[] => [violationAt(file, edge.start, message)];
  if (edge.specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file.path), edge.specifier);
    if (target.startsWith(`${folder}/`)) return [];
    return at(`${edge.specifier} leaves ${folder}: import the other workspace by its name`);
  }
  const name = packageName(edge.specifier);
  const confinedTo = CONFINED[name];
  if (folder.startsWith('packages/') && !isTest(file.path)) {
    const allowed = ALLOWED[folder];
    if (allowed === undefined) {
      return at(`${folder} is not in the table of package-law.ts: list there what it may import`);
    }
    if (!allowed.includes(name) && name !== manifest.name) {
      return at(`${folder} may not import ${name}; it may import: ${allowed.join(', ')}`);
    }
    if (confinedTo !== undefined && !file.path.startsWith(confinedTo)) {
      return at(`only ${confinedTo} may know ${name}: go through what it exports`);
    }
  }
  if (name === 'node:' || name === manifest.name || isDeclared(workspace, file, name)) return [];
  return at(`${name} is not in the package.json of ${folder}: add it there, pinned`);
}

function isDeclared({ manifest }: Workspace, file: TextFile, name: string): boolean {
  const published = { ...manifest.dependencies, ...manifest.peerDependencies };
  if (name in published) return true;
  const runsHereOnly = manifest.private === true || isTest(file.path);
  return runsHereOnly && (name in { ...manifest.devDependencies } || name === 'uvu');
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Circles of imports that exist at run time; each is reported once, at its first file. */
function circles(parsed: readonly { file: TextFile; edges: readonly ImportEdge[] }[]): Violation[] {
  const next = new Map(
    parsed.map(({ file, edges }) => [
      file.path,
      edges
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
        .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier)),
    ]),
  );
  const found: Violation[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      const circle = [...trail.slice(seenAt), path].map((one) => posix.basename(one)).join(' → ');
      found.push({
        path,
        line: 1,
        message: `a circle of imports: ${circle}; move what both need to a third file`,
      });
      return;
    }
    if (done.has(path)) return;
    for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}
