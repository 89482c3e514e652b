// Knows where the workspaces are and which compiled file came from which source. Reads pnpm-workspace.yaml,
// so that there is one list; its globs are literal folders or end in /*.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from '../pnpm.mjs';

/** Absolute folders of all workspaces that have a package.json, the root not among them. */
export function workspaceFolders(base = root) {
  const lines = readFileSync(join(base, 'pnpm-workspace.yaml'), 'utf8').split('\n');
  const folders = [];
  for (const line of lines.slice(lines.indexOf('packages:') + 1)) {
    const glob = /^\s+-\s+['"]?([^'"\s]+)/.exec(line)?.[1];
    if (glob === undefined) break;
    const folder = join(base, glob.replace(/\/\*$/, ''));
    if (!glob.endsWith('/*')) folders.push(folder);
    else if (existsSync(folder)) folders.push(...readdirSync(folder).map((name) => join(folder, name)));
  }
  return folders.filter((folder) => existsSync(join(folder, 'package.json'))).sort();
}

/** Every file below a folder, absolute, in order; node_modules and hidden folders are left out. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return [path];
      const skipped = entry.name === 'node_modules' || entry.name.startsWith('.');
      return entry.isDirectory() && !skipped ? filesBelow(path) : [];
    });
}

/** The source that a compiled file's map names (whether it is there or not), or undefined without a map. */
export function sourceOf(compiled) {
  const map = `${compiled}.map`;
  if (!existsSync(map)) return undefined;
  const { sources, sourceRoot = '' } = JSON.parse(readFileSync(map, 'utf8'));
  return resolve(dirname(compiled), sourceRoot, sources[0]);
}

/** Removes compiled files whose source is gone: the compiler and the build cache leave them behind. */
export function pruneStaleOutputs(base = root) {
  for (const workspace of workspaceFolders(base)) {
    for (const file of [
      ...filesBelow(join(workspace, 'dist')),
      ...filesBelow(join(workspace, 'dist-test')),
    ]) {
      if (!file.endsWith('.js')) continue;
      const source = sourceOf(file);
      if (source === undefined || existsSync(source)) continue;
      const stem = file.slice(0, -'.js'.length);
      for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map']) rmSync(stem + ending, { force: true });
    }
  }
}
