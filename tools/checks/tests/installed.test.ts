// test-deadline-s: 300 because it packs, installs and compiles, which a busy machine does slowly
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pack } from '../src/packed-package.ts';
import { exampleOf } from '../src/readme-example.ts';
import { publishedWorkspaces, readText, ROOT } from '../src/repository.ts';

const temporary = mkdtempSync(join(tmpdir(), 'millrace-installed-'));
test.after(() => rmSync(temporary, { recursive: true }));

const project = join(temporary, 'project');
const packages = publishedWorkspaces();

/** Every subpath that a package exports, as users import it. */
const entries = packages.flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => manifest.name + subpath.slice(1)),
);

/** Runs a program of Node in the project; gives its exit code and everything it printed. */
const node = (...args: string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

/** Compiles the project as a user's strict compiler would. */
const compile = (): { status: number | null; output: string } => {
  const options = [
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    'node',
    '--outDir',
    '.',
  ];
  const roots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
  return node(join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...roots, ...sources);
};
const sources: string[] = [];
const write = (name: string, text: string): void => {
  writeFileSync(join(project, name), text);
  if (name.endsWith('.ts') && !sources.includes(name)) sources.push(name);
};

test.before(() => {
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'project', private: true, type: 'module' }),
  );
  const tarballs = packages.map(({ folder }) => {
    const into = join(temporary, folder);
    mkdirSync(into, { recursive: true });
    return pack(join(ROOT, folder), into);
  });
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, ...tarballs], { cwd: project, stdio: 'pipe' });
});

test('every entry of every package can be imported from an installed tarball', () => {
  const { status, output } = node(
    '--input-type=module',
    '-e',
    entries.map((entry) => `import '${entry}';`).join('\n'),
  );
  assert.is(status, 0, output);
});

test('every entry of every package compiles where it is installed', () => {
  write(
    'entries.ts',
    entries.map((entry, i) => `import * as entry${i} from '${entry}';\nvoid entry${i};`).join('\n'),
  );
  const { status, output } = compile();
  assert.is(status, 0, output);
});

test('files that a package does not export cannot be imported', () => {
  for (const { manifest } of packages) {
    const { status, output } = node('--input-type=module', '-e', `import '${manifest.name}/dist/limits.js';`);
    assert.is(status, 1, `${manifest.name}/dist/limits.js can be imported`);
    assert.match(output, 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  }
});

test('an example that does not compile is found', () => {
  write('planted.ts', "import { noSuchName } from '@millrace/core';\nvoid noSuchName;\n");
  assert.match(compile().output, 'noSuchName');
  sources.pop();
});

test('the example of the README compiles, runs and prints what it says', () => {
  const { files, output } = exampleOf({ path: 'README.md', text: readText('README.md') });
  assert.ok(files.size > 1, 'the README shows no example');
  for (const [name, code] of files) write(name, code);
  const compiled = compile();
  assert.is(compiled.status, 0, compiled.output);
  const ran = node('main.js');
  assert.is(ran.status, 0, ran.output);
  assert.is(ran.output, output);
});

test('the same in JavaScript runs where the package is installed, and prints the same', () => {
  const { output } = exampleOf({ path: 'README.md', text: readText('README.md') });
  mkdirSync(join(project, 'javascript'));
  for (const name of ['actors.js', 'main.js'])
    write(`javascript/${name}`, readText(`examples/quickstart/javascript/${name}`));
  const ran = node('javascript/main.js');
  assert.is(ran.status, 0, ran.output);
  assert.is(ran.output, output);
});

test.run();
