/**
 * One BEAM and the conversation with it: options on the command line, a line "run N" in, a line of JSON
 * out. Owns the process and the compiled modules; knows no cell.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '@millrace/testkit/bench';
import type { Tools } from '../../harness/system.ts';
import { stepsPerMicrosecond } from '../../load/busy-work.ts';
import { BENCH_ROOT, COMPILED_ROOT } from '../../harness/paths.ts';

const SOURCES = `${BENCH_ROOT}peers/erlang/`;
const BEAMS = `${COMPILED_ROOT}peers/erlang/beams/`;
/** More processes than any cell makes. */
const PROCESSES_MAX = 2_000_000;
/** Enough, and far enough apart, that each side finds a moment in which nobody else had the core. */
const CALIBRATION_TURNS = 6;
const CALIBRATION_PAUSE_MS = 20;

/** What the BEAM answers: numbers and lists of numbers by name. */
export type BeamReport = Readonly<Record<string, number | number[]>>;

/** The release that is installed, or undefined. */
export function installedRelease(): string | undefined {
  try {
    return execFileSync(
      'erl',
      ['-noshell', '-eval', 'io:format("~s",[erlang:system_info(otp_release)]),halt().'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  } catch {
    return undefined;
  }
}

/** A running BEAM that has one cell loaded. */
export class Beam {
  readonly #process: ChildProcess;
  readonly #pending: ((line: string) => void)[] = [];
  #failure: Error | undefined;
  #workSteps = 0;

  /**
   * Starts one and resolves once it is ready. `streams` become files that the cell reads at its start,
   * named by their index, in the folder of the option `streams`.
   */
  static async start(options: {
    readonly module: string;
    readonly schedulers: number;
    readonly words: Readonly<Record<string, number>>;
    readonly streams?: readonly Int32Array[];
    /** Whether a scheduler without work sleeps at once; it looks again for a while otherwise. */
    readonly sleepAtOnce?: boolean;
  }): Promise<Beam> {
    compile();
    const folder = mkdtempSync(`${tmpdir()}/millrace-bench-`);
    try {
      for (const [i, stream] of (options.streams ?? []).entries()) writeFileSync(`${folder}/${i}`, stream);
      const words = Object.entries({ ...options.words, streams: folder }).map(
        ([name, value]) => `${name}=${value}`,
      );
      const { schedulers } = options;
      const wait = options.sleepAtOnce ? ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'] : [];
      const beam = new Beam([
        '-noshell',
        ...['-pa', BEAMS, '+S', `${schedulers}:${schedulers}`, '+P', `${PROCESSES_MAX}`, ...wait],
        ...['-run', 'bench', 'main', options.module, ...words],
      ]);
      await beam.#nextLine();
      return beam;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private constructor(words: readonly string[]) {
    this.#process = spawn('erl', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const fail = (error: Error): void => {
      this.#failure = error;
      for (const settle of this.#pending.splice(0)) settle('');
    };
    this.#process.once('error', fail);
    this.#process.once('exit', (code) => fail(new Error(`erl ended: code=${code}`)));
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('erl has no standard output');
    createInterface({ input: stdout }).on('line', (line) => this.#pending.shift()?.(line));
  }

  /**
   * Gives every message that many microseconds of work. A step takes another time there than here, and
   * a noisy machine changes both: so both are timed in turn and only their ratio is used.
   */
  async setWork(workUs: number, tools: Tools): Promise<void> {
    let there = 0;
    let here = 0;
    for (let turn = 0; turn < CALIBRATION_TURNS; turn += 1) {
      there = Math.max(there, numberIn(await this.#request('work'), 'stepsPerUs'));
      here = Math.max(here, stepsPerMicrosecond(nowMs));
      await delay(CALIBRATION_PAUSE_MS);
    }
    this.#workSteps = Math.round(workUs * tools.stepsPerUs * (there / here));
  }

  /** Runs the cell once; `options` are for this run alone. */
  run(messages: number, options: Readonly<Record<string, number>> = {}): Promise<BeamReport> {
    const words = Object.entries(options).map(([name, value]) => ` ${name}=${value}`);
    return this.#request(`run ${messages} ${this.#workSteps}${words.join('')}`);
  }

  /** Resident bytes of the whole BEAM, as Linux counts them; 0 elsewhere. */
  readRss(): number {
    const status = `/proc/${this.#process.pid}/status`;
    if (!existsSync(status)) return 0;
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  }

  stop(): Promise<void> {
    this.#process.stdin?.end('stop\n');
    this.#process.kill('SIGKILL');
    return Promise.resolve();
  }

  async #request(line: string): Promise<BeamReport> {
    this.#process.stdin?.write(`${line}\n`);
    return JSON.parse(await this.#nextLine()) as BeamReport;
  }

  async #nextLine(): Promise<string> {
    const line = await new Promise<string>((resolve) => {
      if (this.#failure === undefined) this.#pending.push(resolve);
      else resolve('');
    });
    if (this.#failure !== undefined) throw this.#failure;
    return line;
  }
}

/** Reads a number, or the first of a list. @throws Error when the report lacks it. */
export function numberIn(report: BeamReport, name: string): number {
  const value = report[name];
  if (typeof value !== 'number') throw new Error(`the BEAM did not report a number: name=${name}`);
  return value;
}

/** Reads a list. @throws Error when the report lacks it. */
export function listIn(report: BeamReport, name: string): number[] {
  const value = report[name];
  if (!Array.isArray(value)) throw new Error(`the BEAM did not report a list: name=${name}`);
  return value;
}

/** Compiles the modules that are newer than what was compiled last. */
function compile(): void {
  mkdirSync(BEAMS, { recursive: true });
  const stale = readdirSync(SOURCES)
    .filter((file) => file.endsWith('.erl'))
    .filter((file) => {
      const beam = `${BEAMS}${file.replace('.erl', '.beam')}`;
      return !existsSync(beam) || statSync(beam).mtimeMs < statSync(SOURCES + file).mtimeMs;
    });
  if (stale.length > 0) execFileSync('erlc', ['-W', '-o', BEAMS, ...stale.map((file) => SOURCES + file)]);
}
