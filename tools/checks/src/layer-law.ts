/**
 * The layer law inside `packages/core`. Owns the table of layers; holds that a file imports only its own
 * layer and lower ones, that folders of one layer do not import each other both ways, and that the only way
 * up is a type from `ports.ts`. Called by `tests/layer-law.test.ts`. The table is the one in
 * docs/architecture.md.
 */
import { posix } from 'node:path';
import { isTest, type TextFile } from './repository.ts';
import { type ImportEdge, importsOf, parse } from './syntax.ts';
import { type Violation, violationAt } from './violation.ts';

const CORE = 'packages/core/src/';
const PORTS = `${CORE}ports.ts`;

/** Folders of the core, and the files at its top that are not layer 1, with their layers. */
const LAYERS: Readonly<Record<string, number>> = {
  'lib/': 0,
  'limits.ts': 0,
  'errors.ts': 0,
  'mailbox/': 2,
  'credit/': 2,
  'supervision/': 3,
  'dispatch/': 3,
  'actor/': 4,
  'system/': 5,
  'keyed/': 5,
  'remote/': 5,
  'index.ts': 6,
};

interface Crossing {
  readonly file: TextFile;
  readonly edge: ImportEdge;
  readonly target: string;
}

/** What breaks the layer law among these files; files outside the core are not looked at. */
export function layerViolations(files: readonly TextFile[]): Violation[] {
  const crossings = files.filter(({ path }) => path.startsWith(CORE) && !isTest(path)).flatMap(crossingsOf);
  return [...crossings.flatMap(upward), ...bothWays(crossings)];
}

/** The layer of a file of the core; undefined for a folder that the table does not list. */
export function layerOf(path: string): number | undefined {
  const inside = path.slice(CORE.length);
  const folder = inside.includes('/') ? `${inside.split('/')[0]}/` : inside;
  return LAYERS[folder] ?? (folder.endsWith('/') ? undefined : 1);
}

function crossingsOf(file: TextFile): Crossing[] {
  return importsOf(parse(file))
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((edge) => ({ file, edge, target: posix.join(posix.dirname(file.path), edge.specifier) }))
    .filter(({ target }) => target.startsWith(CORE));
}

function upward({ file, edge, target }: Crossing): Violation[] {
  const from = layerOf(file.path);
  const to = layerOf(target);
  const at = (message: string): Violation[] => [violationAt(file, edge.start, message)];
  if (from === undefined || to === undefined) {
    const unknown = from === undefined ? file.path : target;
    return at(
      `${unknown} is in a folder without a layer: give the folder one in layer-law.ts and in docs/architecture.md`,
    );
  }
  if (to <= from || (target === PORTS && edge.typeOnly)) return [];
  return at(
    `layer ${from} imports layer ${to} (${target}): declare what is needed as an interface in ports.ts, ` +
      'and let a higher layer pass the implementation in',
  );
}

function bothWays(crossings: readonly Crossing[]): Violation[] {
  // A file at the top is a concept of its own: that errors.ts is beside limits.ts couples them to nothing.
  const folderOf = (path: string): string =>
    posix.dirname(path) === posix.dirname(PORTS) ? path : posix.dirname(path);
  const across = crossings.filter(({ file, target }) => folderOf(file.path) !== folderOf(target));
  const pairs = new Set(across.map(({ file, target }) => `${folderOf(file.path)} ${folderOf(target)}`));
  return across
    .filter(({ file, target }) => layerOf(file.path) === layerOf(target))
    .filter(({ file, target }) => pairs.has(`${folderOf(target)} ${folderOf(file.path)}`))
    .map(({ file, edge, target }) =>
      violationAt(
        file,
        edge.start,
        `${folderOf(file.path)} and ${folderOf(target)} import each other: choose which one knows the other`,
      ),
    );
}
