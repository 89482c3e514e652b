// `node packages/testkit/scripts/check-mutants.mjs [--seeds N] [word …]`: plants each defect of
// `mutants.mjs` in a copy of the built code and shows which check finds it. Exits with 1 when one survives.
// Needs a built workspace.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SEEDS_DEFAULT = 4_000;
const CHECK_MAX_MS = 900_000;

const args = process.argv.slice(2);
const seedsAt = args.indexOf('--seeds');
const seeds = seedsAt === -1 ? SEEDS_DEFAULT : Number(args.splice(seedsAt, 2)[1]);
const chosen = mutants.filter(({ name }) => args.length === 0 || args.some((word) => name.includes(word)));

/** A copy of the built packages that import each other and nothing else of the workspace. */
function copyWorkspace() {
  const copy = mkdtempSync(join(tmpdir(), 'millrace-mutants-'));
  const scope = join(copy, 'node_modules', '@millrace');
  for (const name of ['core', 'testkit']) {
    mkdirSync(join(scope, name), { recursive: true });
    cpSync(join(root, 'packages', name, 'dist'), join(scope, name, 'dist'), { recursive: true });
    cpSync(join(root, 'packages', name, 'package.json'), join(scope, name, 'package.json'));
  }
  cpSync(join(root, 'packages/core/dist-test'), join(scope, 'core', 'dist-test'), { recursive: true });
  cpSync(join(root, 'packages/runtime/dist-test'), join(copy, 'runtime/dist-test'), { recursive: true });
  writeFileSync(join(copy, 'runtime/package.json'), '{ "type": "module" }');
  for (const name of ['uvu', 'eventemitter3']) {
    const from = [join(root, 'node_modules', name), join(root, 'packages/core/node_modules', name)].find(
      existsSync,
    );
    if (from !== undefined)
      cpSync(from, join(copy, 'node_modules', name), { recursive: true, dereference: true });
  }
  // uvu's own dependencies stand beside it in pnpm's store.
  for (const name of ['dequal', 'diff', 'kleur', 'mri', 'sade']) {
    const from = join(root, 'node_modules/.pnpm/node_modules', name);
    if (existsSync(from))
      cpSync(from, join(copy, 'node_modules', name), { recursive: true, dereference: true });
  }
  cpSync(fileURLToPath(new URL('./hunt.mjs', import.meta.url)), join(copy, 'hunt.mjs'));
  return copy;
}

/** The files of a copy that hold the code of a mutant: what packages import, and what unit tests import. */
function filesOf(copy, { part, file }) {
  if (part === 'ring') return [join(copy, 'runtime/dist-test/src', file)];
  const base = join(copy, 'node_modules/@millrace/core');
  return [join(base, 'dist', file), join(base, 'dist-test/src', file)];
}

function plant(copy, mutant) {
  const originals = filesOf(copy, mutant).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  for (const { path, text } of originals) {
    const places = text.split(mutant.find).length - 1;
    if (places !== 1) throw new Error(`"${mutant.name}": its code occurs ${places} times in ${mutant.file}`);
    writeFileSync(
      path,
      text.replace(mutant.find, () => mutant.replace),
    );
  }
  return () => {
    for (const { path, text } of originals) writeFileSync(path, text);
  };
}

/** The first check that fails, and how. */
function hunt(copy, { part }) {
  const run = (check, command) => {
    const { status, stdout } = spawnSync(process.execPath, command, {
      cwd: copy,
      encoding: 'utf8',
      timeout: CHECK_MAX_MS,
    });
    if (status === 0) return undefined;
    const line =
      stdout.split('\n').find((one) => one.startsWith('found: ')) ?? 'found: failed or ran too long';
    return { check, how: line.slice('found: '.length) };
  };
  if (part === 'ring') return run('ring explorer', ['runtime/dist-test/tests/ring-explore.test.js']);
  return (
    run('simulator', ['hunt.mjs', 'simulator', String(seeds)]) ??
    run('explorer', ['--max-old-space-size=4000', 'hunt.mjs', 'explorer']) ??
    run('unit tests', ['hunt.mjs', 'units'])
  );
}

const copy = copyWorkspace();
const survivors = [];
try {
  for (const part of new Set(chosen.map((mutant) => mutant.part))) {
    const found = hunt(copy, { part });
    if (found !== undefined) throw new Error(`without any defect the ${found.check} finds: ${found.how}`);
  }
  for (const mutant of chosen) {
    const restore = plant(copy, mutant);
    const found = hunt(copy, mutant);
    restore();
    if (found === undefined) survivors.push(mutant.name);
    console.log(`${found === undefined ? 'SURVIVES' : 'caught  '}  ${mutant.name}`);
    if (found !== undefined) console.log(`          ${found.check}: ${found.how.slice(0, 160)}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} defects caught`);
process.exitCode = survivors.length === 0 ? 0 : 1;
