// `npm test`: installs, builds, runs every test file, and ends with the counts. With words behind `--` only
// files whose path contains one of them run.
import { join, relative } from 'node:path';
import { root } from '../pnpm.mjs';
import { filesBelow, sourceOf, workspaceFolders } from '../lib/workspaces.mjs';
import { runTestFiles } from '../lib/test-runner.mjs';
import { build } from './build.mjs';

const USAGE = 'npm test -- [part of a path …] [--jobs N] [--verbose]';

/** Runs the command; resolves to the exit code. */
export async function main(args) {
  const options = parse(args);
  if (options === undefined) {
    console.error(`Usage: ${USAGE}`);
    return 1;
  }
  const built = await build();
  if (built !== 0) {
    console.error('\nThe build failed; no test was run. The errors are above.');
    return built;
  }
  return testAndPrint(options);
}

/**
 * Runs the test files of a built workspace and prints the counts; resolves to the exit code.
 *
 * @param {{ words?: string[], jobs?: number | undefined, verbose?: boolean, base?: string }} options
 */
export async function testAndPrint({ words = [], jobs, verbose = false, base = root }) {
  const files = testFiles(base).filter((file) => {
    const path = relative(base, sourceOf(file) ?? file);
    return words.length === 0 || words.some((word) => path.includes(word));
  });
  if (files.length === 0) {
    console.error(
      words.length === 0
        ? 'No test files were found.'
        : `No test file's path contains ${words.join(' or ')}.`,
    );
    console.log('\n0 passed, 1 failed');
    return 1;
  }
  const { passed, failed, skipped } = await runTestFiles(files, { base, jobs, verbose });
  if (skipped > 0) console.log(`\n${skipped} skipped`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** Compiled test files of every workspace, and those of the scripts, which run as they are. */
export function testFiles(base = root) {
  const compiled = workspaceFolders(base).flatMap((workspace) => filesBelow(join(workspace, 'dist-test')));
  return [
    ...compiled.filter((file) => file.endsWith('.test.js')),
    ...filesBelow(join(base, 'scripts')).filter((file) => file.endsWith('.test.mjs')),
  ];
}

/**
 * @param {string[]} args
 * @returns {{ words: string[], jobs: number | undefined, verbose: boolean } | undefined} undefined when not understood
 */
function parse(args) {
  const words = [];
  let jobs;
  let verbose = false;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '--verbose') verbose = true;
    else if (arg === '--jobs') {
      i += 1;
      jobs = Number(args[i]);
      if (!Number.isInteger(jobs) || jobs < 1) return undefined;
    } else if (arg.startsWith('-')) return undefined;
    else words.push(arg);
  }
  return { words, jobs, verbose };
}
