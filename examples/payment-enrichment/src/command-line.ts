/** The command line: what may be said, checked once. Pure. */
import { parseArgs } from 'node:util';
import { WAYS, type Way } from './experiment.ts';
import type { Scenario } from './scenario.ts';

/** How to call it. */
export const USAGE = `Usage: npm start -- [--way naive|millrace|both] [--events N] [--scale N] [--crash] [--out FOLDER] [--json]

  --way     which pipeline to run (both)
  --events  payments that arrive, at 100,000 a minute of the story (20,000)
  --scale   minutes of the story in one minute here: both rates are multiplied by it (2)
  --crash   end each worker by force, one after the other (naive: the process, once)
  --out     where the chart goes, as SVG and PNG (results)
  --json    print the figures as JSON`;

/** What was asked for. */
export interface Command {
  readonly ways: readonly Way[];
  readonly scenario: Scenario;
  readonly crash: boolean;
  readonly out: string;
  readonly json: boolean;
}

const EVENTS_MAX = 10_000_000;
const SCALE_MAX = 60;

/** Reads the arguments. @throws Error that says what is wrong with them */
export function parseCommandLine(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      way: { type: 'string', default: 'both' },
      events: { type: 'string', default: '20000' },
      scale: { type: 'string', default: '2' },
      crash: { type: 'boolean', default: false },
      out: { type: 'string', default: 'results' },
      json: { type: 'boolean', default: false },
    },
  });
  const ways = values.way === 'both' ? WAYS : WAYS.filter((way) => way === values.way);
  if (ways.length === 0) throw new Error(`--way is one of ${WAYS.join(', ')}, both: value=${values.way}`);
  return {
    ways,
    scenario: {
      events: within('--events', values.events, 1, EVENTS_MAX, Number.isInteger),
      scale: within('--scale', values.scale, 0.1, SCALE_MAX, Number.isFinite),
    },
    crash: values.crash,
    out: values.out,
    json: values.json,
  };
}

function within(
  name: string,
  text: string,
  min: number,
  max: number,
  good: (value: number) => boolean,
): number {
  const value = Number(text);
  if (good(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is a number from ${min} to ${max}: value=${text}`);
}
