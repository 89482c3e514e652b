/**
 * Where things are in this repository. Owns the search for the root and for the workspaces, and reads text
 * files once; holds that every path handed out is relative to the root and written with slashes. Called by
 * the tests of this folder. Knows no rule.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One workspace: its folder relative to the root, and its manifest. */
export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** What the checks read from a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, { readonly source?: string } | string | null>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One text file: path relative to the root, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The folder that holds pnpm-workspace.yaml, absolute. */
export const ROOT: string = findRoot(dirname(fileURLToPath(import.meta.url)));

const GLOBS = /^ {2}- (\S+)$/gm;
const SKIPPED = new Set(['node_modules', 'dist', 'dist-test']);

/** Every workspace of the repository, in the order of pnpm-workspace.yaml. */
export function workspaces(): Workspace[] {
  const globs = [...readText('pnpm-workspace.yaml').matchAll(GLOBS)].map((match) => match[1] ?? '');
  return globs
    .flatMap((glob) => (glob.endsWith('/*') ? subfolders(glob.slice(0, -2)) : [glob]))
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readText(`${folder}/package.json`)) as Manifest }));
}

/** The workspaces that are published: not marked private. */
export function publishedWorkspaces(): Workspace[] {
  return workspaces().filter(({ manifest }) => manifest.private !== true);
}

/** The TypeScript files below a folder (relative to the root), sources and tests alike. */
export function typescriptFiles(folder: string): TextFile[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => ({ path, text: readText(path) }));
}

/** True for a test, beside its source or in a folder of tests. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/tests/');
}

/** The text of a file, by its path relative to the root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** True when a file or folder is there, by its path relative to the root. */
export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** Every file below a folder, relative to the root, installed and built ones left out. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')
      ? filesBelow(path)
      : [];
  });
}

function subfolders(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(ROOT, join(ROOT, folder, entry.name)));
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no folder above this file holds pnpm-workspace.yaml');
  return findRoot(parent);
}
