// Runs uvu test files: one process each, several at once, each under a deadline. uvu by itself passes a
// file that registered no test, a `before` hook that threw, and hangs for ever on a leaked handle; this
// runner fails all of them. What uvu prints of a failure is its own, but for patches/uvu: without it an error
// whose `details` are an object, or a thrown thing that is no error, took its message and the tests behind it
// away. Decides from what a file printed and how its process ended; knows nothing of builds and workspaces.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../pnpm.mjs';
import { sourceOf } from './workspaces.mjs';

/** How long one file may take, unless it says `// test-deadline-s: N because …`. */
const DEADLINE_DEFAULT_MS = 120_000;
/** The longest deadline that a file may ask for. */
const DEADLINE_MAX_MS = 900_000;
/** After the last test, how long a process may take to end by itself. */
const LEAK_GRACE_MS = 5_000;
/** How long a process that must die gets to say what keeps it alive. */
const LAST_WORDS_MS = 500;
/** How much of one file's output is kept: the first and the last half of this. */
const OUTPUT_KEPT_CHARS = 400_000;

const CHILD = fileURLToPath(new URL('./test-child.mjs', import.meta.url));
const COLOUR = /\u001b\[[0-9;]*m/g;
const SUMMARY = /Total:\s+(\d+)\s+Passed:\s+(\d+)\s+Skipped:\s+(\d+)\s+Duration:/g;
const DEADLINE = /^\/\/ test-deadline-s:\s*(\d+)(?:\s+because (\S.*))?$/m;

/**
 * Runs the files and prints one line for each, with the output of those that failed.
 *
 * @param {string[]} files absolute paths of JavaScript files
 * @param {{ base: string, jobs?: number | undefined, verbose?: boolean, print?: (line: string) => void, leakGraceMs?: number }} options
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} tests, and files that failed as
 *   a whole counted as one failed test
 */
export async function runTestFiles(
  files,
  { base, jobs = availableParallelism(), verbose = false, print = console.log, leakGraceMs = LEAK_GRACE_MS },
) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runOne(file, leakGraceMs);
      totals.passed += result.passed;
      totals.failed += result.failed;
      totals.skipped += result.skipped;
      report(result, { base, verbose, print });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, files.length)) }, lane));
  return totals;
}

function report({ source, passed, failed, skipped, reason, output, seconds }, { base, verbose, print }) {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  const mark = failed > 0 ? 'FAIL' : 'ok  ';
  print(`${mark} ${relative(base, source)}  ${counts.filter(Boolean).join(', ')}  ${seconds.toFixed(1)} s`);
  if (failed > 0 || verbose) print(output.trimEnd().replace(/^/gm, '     '));
  if (reason !== undefined) print(`     >>> ${reason}`);
}

async function runOne(file, leakGraceMs) {
  const started = process.hrtime.bigint();
  const source = sourceOf(file) ?? file;
  const { deadlineMs, complaint } = deadlineOf(source);
  const ended =
    complaint === undefined
      ? await runProcess(file, deadlineMs, leakGraceMs)
      : { output: '', killed: complaint };
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { source, seconds, output: ended.output, ...judge(ended) };
}

/** The verdict on one file, from its summary and how its process ended. */
function judge({ output, code, killed }) {
  const found = summaries(output).at(-1);
  const [total, passed, skipped] = found === undefined ? [0, 0, 0] : found.slice(1).map(Number);
  const reason = killed ?? whyNot({ found, total, passed, code });
  const failed = Math.max(total - passed, reason === undefined ? 0 : 1);
  return { passed, skipped, failed, reason };
}

function summaries(output) {
  return [...output.replace(COLOUR, '').matchAll(SUMMARY)];
}

function whyNot({ found, total, passed, code }) {
  if (found === undefined) {
    return code === 0
      ? 'no test ran: the file registered none, forgot test.run(), or left the process early'
      : `the process ended with ${code} before its tests did`;
  }
  if (total === 0) return 'no test ran: the file registered none, or skipped all';
  if (code !== 0) {
    return passed === total ? `every test passed, yet the process ended with ${code}` : undefined;
  }
  return passed === total ? undefined : 'tests are missing from the result: a before or after hook threw';
}

/** A file's deadline from its source, or a complaint about how it asks for one. */
function deadlineOf(source) {
  const asked = existsSync(source) ? DEADLINE.exec(readFileSync(source, 'utf8')) : null;
  if (asked === null) return { deadlineMs: DEADLINE_DEFAULT_MS };
  const deadlineMs = Number(asked[1]) * 1000;
  if (asked[2] === undefined)
    return { complaint: 'a deadline needs its reason: // test-deadline-s: N because …' };
  if (deadlineMs < 1 || deadlineMs > DEADLINE_MAX_MS) {
    return { complaint: `the deadline is out of range: 1 to ${DEADLINE_MAX_MS / 1000} s` };
  }
  return { deadlineMs };
}

/** Runs one file to its end, or kills it with its own children: past the deadline, or for a leaked handle. */
function runProcess(file, deadlineMs, leakGraceMs) {
  return new Promise((resolve) => {
    // Through NODE_OPTIONS source maps also reach workers and child processes that set their own execArgv.
    const options = `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim();
    const child = spawn(process.execPath, [CHILD, file], {
      env: childEnv({ NODE_OPTIONS: options }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const output = new Transcript();
    let killed;
    let leakTimer;
    const kill = (why) => {
      killed ??= why;
      signal(child, 'SIGUSR2', false);
      setTimeout(() => signal(child, 'SIGKILL', true), LAST_WORDS_MS);
    };
    const deadline = setTimeout(kill, deadlineMs, `still running at its deadline of ${deadlineMs / 1000} s`);
    const stop = () => signal(child, 'SIGKILL', true);
    const onInterrupt = () => {
      stop();
      process.exit(130);
    };
    process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);

    const hear = (chunk) => {
      output.add(chunk);
      if (leakTimer === undefined && summaries(output.tail()).length > 0) {
        leakTimer = setTimeout(
          kill,
          leakGraceMs,
          `leaked handle: alive ${leakGraceMs / 1000} s after the last test`,
        );
      }
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.on('error', (error) => output.add(`${error.message}\n`));
    child.on('close', (code, signalName) => {
      clearTimeout(deadline);
      clearTimeout(leakTimer);
      process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
      stop(); // Children of the test that outlived it.
      resolve({ output: output.text(), code: code ?? signalName, killed });
    });
  });
}

function signal(child, name, group) {
  try {
    process.kill(group ? -child.pid : child.pid, name);
  } catch {
    // Already gone.
  }
}

/** Output of one process with its middle left out past a bound. */
class Transcript {
  #head = '';
  #tail = '';
  #leftOut = 0;

  add(chunk) {
    const room = OUTPUT_KEPT_CHARS / 2 - this.#head.length;
    this.#head += chunk.slice(0, room);
    this.#tail += chunk.slice(Math.max(0, room));
    const over = this.#tail.length - OUTPUT_KEPT_CHARS / 2;
    if (over > 0) {
      this.#tail = this.#tail.slice(over);
      this.#leftOut += over;
    }
  }

  tail() {
    return (this.#head + this.#tail).slice(-4_000);
  }

  text() {
    if (this.#leftOut === 0) return this.#head + this.#tail;
    return `${this.#head}\n[… ${this.#leftOut} characters left out …]\n${this.#tail}`;
  }
}
