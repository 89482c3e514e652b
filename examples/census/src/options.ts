/** The command line of the census. Owns the options and their ranges; a wrong one is named with what is allowed. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface CommandLine {
  /** The directory; undefined for the default one. */
  readonly root: string | undefined;
  /** Worker threads. */
  readonly workers: number;
  /** Tokens to name. */
  readonly top: number;
  /** Print one JSON object and nothing else. */
  readonly json: boolean;
  /** Count again on one thread and compare; undefined when nobody said. */
  readonly verify: boolean | undefined;
  /** Every regular file, whatever its extension. */
  readonly all: boolean;
  /** How many times over; undefined when nobody said. */
  readonly times: number | undefined;
  /** Print the usage. */
  readonly help: boolean;
}

/** What `--help` prints. */
export const USAGE = `Counts the identifiers in every source file below a directory, on every core.

npm start -- [directory] [options]

  directory      default: the node_modules of this workspace, 16 times over, and verified
  --workers N    worker threads, 1 to 64 (default: the cores there are)
  --top N        tokens to name, 0 to 100000 (default: 15)
  --all          every regular file, not only .js .mjs .cjs .ts .mts .cts .json .md
  --times N      count the directory N times over, 1 to 1000 (default: 1)
  --verify       count again on one thread, compare every count and the times
  --no-verify    do not
  --json         print one JSON object`;

const WORKERS_MAX = 64;
const TOP_DEFAULT = 15;
const TOP_MAX = 100_000;
const TIMES_MAX = 1_000;

/** Reads the arguments. @throws Error with a sentence for the user */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workers: { type: 'string' },
      top: { type: 'string' },
      times: { type: 'string' },
      json: { type: 'boolean', default: false },
      verify: { type: 'boolean' },
      'no-verify': { type: 'boolean' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new Error(`one directory at most: got ${positionals.join(', ')}`);
  return {
    root: positionals[0],
    workers:
      integer('--workers', values.workers, 1, WORKERS_MAX) ?? Math.min(availableParallelism(), WORKERS_MAX),
    top: integer('--top', values.top, 0, TOP_MAX) ?? TOP_DEFAULT,
    times: integer('--times', values.times, 1, TIMES_MAX),
    json: values.json,
    verify: values['no-verify'] === true ? false : values.verify,
    all: values.all,
    help: values.help,
  };
}

function integer(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}: got ${text}`);
}
