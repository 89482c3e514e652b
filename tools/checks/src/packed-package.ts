/**
 * A package as its users get it: the tarball. Owns packing and the verdict on a tarball's files, manifest
 * and types; holds that what is published has everything it names and nothing that only builds or tests
 * need. Called by `tests/packages.test.ts`. publint judges the manifest, attw whether types resolve as the
 * code does.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ROOT } from './repository.ts';

/** What attw calls a resolution by tools that cannot load modules at all; Millrace is modules only. */
const RESOLUTIONS_WITHOUT_MODULES = new Set(['node10', 'node16-cjs']);

/** A problem of attw, as far as it is read here. */
interface TypeProblem {
  readonly kind: string;
  readonly resolutionKind?: string;
  readonly entrypoint?: string;
  readonly fileName?: string;
}

/** Packs the package in a folder (absolute) into an empty folder; gives the path of the tarball. */
export function pack(folder: string, into: string): string {
  const pnpm = join(ROOT, 'scripts/pnpm.mjs');
  execFileSync(process.execPath, [pnpm, '-C', folder, 'pack', '--pack-destination', into], { stdio: 'pipe' });
  const tarball = readdirSync(into).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`packing ${folder} left no tarball in ${into}`);
  return join(into, tarball);
}

/** Everything wrong with a tarball, one sentence each. */
export async function tarballProblems(tarball: string): Promise<string[]> {
  const bytes = readFileSync(tarball);
  const packed = createPackageFromTarballData(bytes);
  const prefix = `/node_modules/${packed.packageName}/`;
  const files = packed.listFiles(prefix).map((path) => path.slice(prefix.length));
  return [...contentProblems(files), ...(await manifestProblems(bytes)), ...(await typeProblems(packed))];
}

/** What is missing from, or too much in, the list of a tarball's files. */
export function contentProblems(files: readonly string[]): string[] {
  const all = new Set(files);
  const problems: string[] = [];
  for (const name of ['package.json', 'README.md', 'LICENSE']) {
    if (!all.has(name)) problems.push(`${name} is not in the package`);
  }
  for (const file of files) {
    if (/\.test\.|\.tsbuildinfo$|(^|\/)tests\//.test(file)) problems.push(`${file} must not be published`);
    const compiled = /^dist\/(.+)\.js$/.exec(file)?.[1];
    if (compiled === undefined) continue;
    if (!all.has(`src/${compiled}.ts`)) problems.push(`${file} has no source: the build left it behind`);
    for (const ending of ['js.map', 'd.ts', 'd.ts.map']) {
      if (!all.has(`dist/${compiled}.${ending}`))
        problems.push(`dist/${compiled}.${ending} is not in the package`);
    }
  }
  return problems;
}

async function manifestProblems(bytes: Buffer): Promise<string[]> {
  const copy = new Uint8Array(bytes);
  const { messages, pkg } = await publint({ pack: { tarball: copy.buffer }, level: 'warning', strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`);
}

async function typeProblems(packed: ReturnType<typeof createPackageFromTarballData>): Promise<string[]> {
  const analysis = await checkPackage(packed);
  if (analysis.types === false) return ['attw: the package has no types'];
  const problems = analysis.problems as readonly TypeProblem[];
  return problems
    .filter(({ resolutionKind = '' }) => !RESOLUTIONS_WITHOUT_MODULES.has(resolutionKind))
    .map(({ kind, entrypoint, resolutionKind, fileName }) =>
      ['attw:', kind, entrypoint, resolutionKind, fileName].filter((part) => part !== undefined).join(' '),
    );
}
