// `node packages/testkit/scripts/soak.mjs [--from SEED] [--seeds N] [--steps N] [--hours N]`: runs the
// protocol simulator over seed after seed until one of the bounds is reached, and prints what it went
// through. A run that breaks a promise is shrunk and printed as one line; `--replay 'seed=… …'` runs that line.
// Exits with 1 when a promise was broken. Needs a built workspace.
import { formatFailure, parsePlan, planOf, runPlan, shrink } from '../dist/protocol.js';

const FAILURES_MAX = 5;
const PROGRESS_MS = 30_000;

/** @param {string} name */
function option(name) {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

/** @param {string} name @param {number} otherwise */
function numberOption(name, otherwise) {
  const text = option(name);
  const value = text === undefined ? otherwise : Number(text);
  if (!(value >= 0)) throw new TypeError(`--${name} ${String(text)}: expected a number, 0 or more`);
  return value;
}

function replay(line) {
  const result = runPlan(parsePlan(line));
  console.log(result.failure === undefined ? 'nothing failed' : formatFailure(result));
  if (result.failure !== undefined) console.log(result.failure.stack);
  return result.failure === undefined ? 0 : 1;
}

/** Adds the numbers of one record to those of another; a maximum stays one. */
function addTo(sums, numbers) {
  for (const [key, value] of Object.entries(numbers)) {
    sums[key] = key.endsWith('Max') ? Math.max(sums[key] ?? 0, value) : (sums[key] ?? 0) + value;
  }
}

function soak() {
  const from = numberOption('from', Math.floor(Math.random() * 2 ** 30));
  const seedsMax = numberOption('seeds', Number.POSITIVE_INFINITY);
  const stepsMax = numberOption('steps', Number.POSITIVE_INFINITY);
  const hours = numberOption('hours', Number.POSITIVE_INFINITY);
  if (seedsMax === Infinity && stepsMax === Infinity && hours === Infinity) {
    console.error('Name a bound: --seeds, --steps or --hours.');
    return 1;
  }
  const started = performance.now();
  const until = started + hours * 3_600_000;
  const coverage = {};
  const fates = {};
  const failures = [];
  let seeds = 0;
  let steps = 0;
  let progressAt = started + PROGRESS_MS;
  console.log(`from seed ${from}`);
  while (seeds < seedsMax && steps < stepsMax && failures.length < FAILURES_MAX) {
    const now = performance.now();
    if (now >= until) break;
    if (now >= progressAt) {
      progressAt = now + PROGRESS_MS;
      console.log(`${seeds} seeds, ${steps} steps, ${Math.round((now - started) / 1e3)} s`);
    }
    const result = runPlan(planOf(from + seeds));
    seeds += 1;
    steps += result.steps;
    addTo(coverage, result.coverage);
    addTo(fates, result.fates);
    if (result.failure === undefined) continue;
    const line = formatFailure(shrink(result));
    failures.push(line);
    console.log(`BROKEN: ${line}`);
  }
  const seconds = (performance.now() - started) / 1e3;
  console.log(
    JSON.stringify(
      {
        seeds,
        steps,
        seconds: Math.round(seconds),
        cpuSeconds: Math.round(process.cpuUsage().user / 1e6),
        stepsPerSecond: Math.round(steps / seconds),
        node: process.version,
        broken: failures.length,
        coverage,
        fates,
      },
      null,
      2,
    ),
  );
  return failures.length === 0 ? 0 : 1;
}

const line = option('replay');
process.exitCode = line === undefined ? soak() : replay(line);
