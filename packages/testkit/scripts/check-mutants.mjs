// `node packages/testkit/scripts/check-mutants.mjs [--seeds N] [word …]`: plants each defect of
// `mutants.mjs` in a copy of the built code and shows which check finds it, as a table at the end. Exits with 1
// when one survives. Needs a built workspace.
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

/** A copy of the built packages, and of what they import, that resolves nothing from the workspace. */
function copyWorkspace() {
  const copy = mkdtempSync(join(tmpdir(), 'millrace-mutants-'));
  const modules = join(copy, 'node_modules');
  const packages = { core: '@millrace/core', testkit: '@millrace/testkit', runtime: 'millrace' };
  for (const [folder, name] of Object.entries(packages)) {
    mkdirSync(join(modules, name), { recursive: true });
    for (const part of ['dist', 'package.json'])
      cpSync(join(root, 'packages', folder, part), join(modules, name, part), { recursive: true });
  }
  cpSync(join(root, 'packages/core/dist-test'), join(modules, '@millrace/core/dist-test'), {
    recursive: true,
  });
  cpSync(join(root, 'packages/testkit/dist-test'), join(copy, 'testkit/dist-test'), { recursive: true });
  writeFileSync(join(copy, 'testkit/package.json'), '{ "type": "module" }');
  // Dependencies of dependencies stand beside them in pnpm's store.
  const places = ['', 'packages/core', 'packages/runtime', 'node_modules/.pnpm'].map((one) =>
    join(root, one),
  );
  for (const name of ['uvu', 'eventemitter3', 'msgpackr', 'dequal', 'diff', 'kleur', 'mri', 'sade']) {
    const from = places.map((place) => join(place, 'node_modules', name)).find(existsSync);
    if (from !== undefined) cpSync(from, join(modules, name), { recursive: true, dereference: true });
  }
  cpSync(fileURLToPath(new URL('./hunt.mjs', import.meta.url)), join(copy, 'hunt.mjs'));
  return copy;
}

/** The files of a copy that hold the code of a mutant: what packages import, and what unit tests import. */
function filesOf(copy, { part, file }) {
  if (part === 'ring') return [join(copy, 'node_modules/millrace/dist', file)];
  const base = join(copy, 'node_modules/@millrace/core');
  return [join(base, 'dist', file), join(base, 'dist-test/src', file)];
}

/** Plants a defect, and returns how to take it out again. @throws when its code is not there exactly once */
function plant(copy, mutant) {
  const originals = filesOf(copy, mutant).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  for (const { text } of originals) {
    const places = text.split(mutant.find).length - 1;
    if (places !== 1) throw new Error(`"${mutant.name}": its code occurs ${places} times in ${mutant.file}`);
  }
  for (const { path, text } of originals) {
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
  if (part === 'ring') return run('ring explorer', ['testkit/dist-test/tests/ring-explore.test.js']);
  return (
    run('simulator', ['hunt.mjs', 'simulator', String(seeds)]) ??
    run('explorer', ['--max-old-space-size=4000', 'hunt.mjs', 'explorer']) ??
    run('unit tests', ['hunt.mjs', 'units'])
  );
}

/** A line of the table: the defect, which check found it, after how much, and by which rule. */
function rowOf({ name }, found) {
  if (found === undefined) return `| ${name} | survives | | |`;
  const [, after = '', rule = found.how] = /^((?:seed|state) \d+), (.*)$/s.exec(found.how) ?? [];
  return `| ${name} | ${found.check} | ${after} | ${rule.split('\n')[0].split(':')[0].slice(0, 100)} |`;
}

const copy = copyWorkspace();
const survivors = [];
const rows = [];
try {
  // Before an hour of work is done, not after.
  for (const mutant of chosen) plant(copy, mutant)();
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
    rows.push(rowOf(mutant, found));
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n| defect | found by | at | rule |\n|---|---|---|---|\n${rows.join('\n')}`);
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} defects caught`);
process.exitCode = survivors.length === 0 ? 0 : 1;
