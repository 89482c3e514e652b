/**
 * The command line: parsed and refused here, so that the rest may trust its options. Holds that a
 * refusal names the option, the value and what is allowed.
 */
import { MillraceError } from '@millrace/core';
import { ROUNDS_MAX, WARM_UP_MAX_MS, WORKERS_MAX } from './limits.ts';

/** What the command line may say. */
export interface Options {
  readonly quick: boolean;
  /** Cells by id, or all. */
  readonly only: readonly string[] | undefined;
  /** Systems by name, or all but controls. */
  readonly systems: readonly string[] | undefined;
  readonly workers: number | undefined;
  readonly rounds: number | undefined;
  /** Time that every system is warmed up for at least, in milliseconds. */
  readonly warmUpMs: number | undefined;
  /** Name of the result file. */
  readonly out: string;
  /** Say what would be run, and run nothing. */
  readonly plan: boolean;
  readonly help: boolean;
}

/** Names that an option may choose from. */
export interface Known {
  readonly cells: readonly string[];
  readonly systems: readonly string[];
}

/** Printed for `--help`. */
export const USAGE = `npm run bench [-- options]         every cell, every system
npm run bench:quick [-- options]   the cells that answer most, in under two minutes

  --only S1,S6        these cells
  --systems a,b       these systems
  --workers N         workers of the many-core cells
  --rounds N          rounds of every point
  --warm-up MS        time to warm up every system for; a full run takes 800, a quick one less
  --out NAME          bench/results/NAME.json
  --plan              what would be run and about how long it takes, and stop
  --list              what there is, and stop`;

const OUT_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** @throws ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID */
export function parseOptions(argv: readonly string[], known: Known): Options & { list: boolean } {
  const found = {
    quick: false,
    only: undefined as string[] | undefined,
    systems: undefined as string[] | undefined,
    workers: undefined as number | undefined,
    rounds: undefined as number | undefined,
    warmUpMs: undefined as number | undefined,
    out: undefined as string | undefined,
    plan: false,
    help: false,
    list: false,
  };
  const rest = argv.flatMap((word) => splitAtEquals(word));
  for (let i = 0; i < rest.length; i += 1) {
    const option = rest[i] as string;
    const value = (): string => {
      i += 1;
      const word = rest[i];
      if (word === undefined || word.startsWith('--')) throw invalid(option, word ?? 'nothing', 'a value');
      return word;
    };
    if (option === '--quick') found.quick = true;
    else if (option === '--help') found.help = true;
    else if (option === '--plan') found.plan = true;
    else if (option === '--list') found.list = true;
    else if (option === '--only') found.only = names(option, value(), known.cells);
    else if (option === '--systems') found.systems = names(option, value(), known.systems);
    else if (option === '--workers') found.workers = whole(option, value(), WORKERS_MAX);
    else if (option === '--rounds') found.rounds = whole(option, value(), ROUNDS_MAX);
    else if (option === '--warm-up') found.warmUpMs = whole(option, value(), WARM_UP_MAX_MS);
    else if (option === '--out') {
      const name = value();
      if (!OUT_NAME.test(name)) throw invalid(option, name, 'lower-case letters, digits, dots and dashes');
      found.out = name;
    } else {
      throw new MillraceError('ERR_OPTION_UNKNOWN', {
        option,
        allowed: '--only --systems --workers --rounds --warm-up --out --quick --plan --list --help',
      });
    }
  }
  return { ...found, out: found.out ?? (found.quick ? 'quick' : 'full') };
}

function splitAtEquals(word: string): string[] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}

function names(option: string, value: string, allowed: readonly string[]): string[] {
  return value.split(',').map((name) => {
    const match = allowed.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (match === undefined) throw invalid(option, name, allowed.join(' '));
    return match;
  });
}

function whole(option: string, value: string, max: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > max) throw invalid(option, value, `1..${max}`);
  return number;
}

function invalid(option: string, value: string, allowed: string): MillraceError {
  return new MillraceError('ERR_OPTION_INVALID', { option, value, allowed });
}
