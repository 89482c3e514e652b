/**
 * The command: reads the arguments, counts, prints. Owns the exit code (0 all well, 1 something is wrong, 2 the
 * command line is, 130 interrupted) and the two interrupts: the first ends in order, the second at once.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { census } from './census.ts';
import { type CommandLine, parseCommandLine, USAGE } from './options.ts';
import { recount } from './recount.ts';
import { compare, type Comparison, jsonOf, reportOf, verdictOf } from './report.ts';
import { TokenTable } from './token-table.ts';
import { LineView, LiveView, type View } from './view/live-view.ts';

/** What is counted when nobody says: the dependencies of this workspace, thousands of real files. */
const DEFAULT_ROOT = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/**
 * How many times over: each thread compiles the code for itself, which takes as long as it counts 15 MB. Once over,
 * the run is too short to see more of it than that.
 */
const DEFAULT_TIMES = 16;

const EXIT_WRONG = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  let command: CommandLine;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (command.help) {
    console.log(USAGE);
    return 0;
  }
  const root = resolve(command.root ?? DEFAULT_ROOT);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    console.error(`no directory: ${root}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  return count(command, root);
}

async function count(command: CommandLine, root: string): Promise<number> {
  const { json, all, workers, top } = command;
  const byDefault = command.root === undefined;
  const verify = command.verify ?? byDefault;
  const times = command.times ?? (byDefault ? DEFAULT_TIMES : 1);
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  const view = viewFor(json, times === 1 ? root : `${root}, ${times} times over`, interrupt.signal);
  // Also when the second interrupt ends the process at once.
  process.once('exit', () => view?.close());
  const input = { root, all, times };
  const options = { ...input, workers, top, keepTable: verify, signal: interrupt.signal };
  const result = await census(
    view === undefined ? options : { ...options, follow: (progress) => view.follow(progress) },
  );
  view?.close();
  const print = (lines: readonly string[]): void => console.log(lines.join('\n'));
  if (!json) print(reportOf(result, times));
  let comparison: Comparison | null = null;
  if (verify && result.complete) {
    if (!json) print(['', 'Counting again on one thread, without actors …']);
    comparison = compare(result, result.table ?? new TokenTable(), recount(input));
    if (!json) print(verdictOf(result, comparison));
  }
  if (json) console.log(JSON.stringify(jsonOf(result, comparison)));
  process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  if (!result.complete) return EXIT_INTERRUPTED;
  const wrong = result.stop.problems.length > 0 || (comparison?.differences.length ?? 0) > 0;
  return wrong ? EXIT_WRONG : 0;
}

function viewFor(json: boolean, title: string, signal: AbortSignal): View | undefined {
  if (json) return undefined;
  return process.stdout.isTTY ? new LiveView(process.stdout, title, signal) : new LineView(process.stdout);
}

process.exitCode = await main(process.argv.slice(2));
