/**
 * Shows a census while it runs: frames on a terminal, a line now and then without one. Owns what is on the
 * screen and takes it away again; holds that a frame replaces the one before and that the cursor comes back.
 * Plain escape sequences, which every terminal of today understands.
 */
import type { CensusProgress } from '../census.ts';
import { LINE_MS } from '../limits.ts';
import { integer, megabytes, rate } from '../report.ts';
import { frameLines } from './frame.ts';

/** Follows a census. */
export interface View {
  /** Shows how far it is. */
  follow(progress: CensusProgress): Promise<void>;
  /** Takes away what is not to stay. Harmless when done. */
  close(): void;
}

/** Where a view writes. */
export interface Screen {
  /** Writes text. */
  write(text: string): unknown;
  /** Width in characters; undefined without a terminal. */
  readonly columns?: number | undefined;
}

const COLUMNS_DEFAULT = 80;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** How much the last look weighs in the rate that is shown: it moves, and does not jump. */
const RATE_WEIGHT = 0.2;

/** A view for a terminal. */
export class LiveView implements View {
  readonly #screen: Screen;
  readonly #title: string;
  readonly #signal: AbortSignal;
  #lines = 0;
  #shown = false;
  #lastBytes = 0;
  #lastSeconds = 0;
  #bytesPerSecond = 0;

  constructor(screen: Screen, title: string, signal: AbortSignal) {
    this.#screen = screen;
    this.#title = title;
    this.#signal = signal;
  }

  async follow({ system, files, bytes, seconds }: CensusProgress): Promise<void> {
    const hosts = await system.inspect();
    const passed = seconds - this.#lastSeconds;
    const rateNow = passed > 0 ? (bytes - this.#lastBytes) / passed : 0;
    this.#bytesPerSecond = this.#shown
      ? this.#bytesPerSecond * (1 - RATE_WEIGHT) + rateNow * RATE_WEIGHT
      : rateNow;
    this.#lastBytes = bytes;
    this.#lastSeconds = seconds;
    const frame = {
      title: this.#title,
      files,
      bytes,
      seconds,
      bytesPerSecond: this.#bytesPerSecond,
      rssBytes: process.memoryUsage.rss(),
      hosts,
      stopping: this.#signal.aborted,
    };
    const lines = frameLines(frame, this.#columns());
    const back = this.#lines === 0 ? HIDE_CURSOR : `\u001b[${this.#lines}A`;
    this.#screen.write(`${back}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    this.#lines = lines.length;
    this.#shown = true;
  }

  /** A terminal that does not know its width says 0. */
  #columns(): number {
    const { columns } = this.#screen;
    return columns === undefined || columns === 0 ? COLUMNS_DEFAULT : columns;
  }

  close(): void {
    if (this.#shown) this.#screen.write(SHOW_CURSOR);
    this.#shown = false;
    this.#lines = 0;
  }
}

/** A view for a file or a pipe. */
export class LineView implements View {
  readonly #screen: Screen;
  #nextSeconds: number = LINE_MS / 1_000;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  follow({ files, bytes, seconds }: CensusProgress): Promise<void> {
    if (seconds >= this.#nextSeconds) {
      this.#nextSeconds = seconds + LINE_MS / 1_000;
      this.#screen.write(
        `${seconds.toFixed(0)} s: ${integer(files)} files, ${megabytes(bytes)}, ${rate(bytes, seconds)}\n`,
      );
    }
    return Promise.resolve();
  }

  close(): void {
    // What was written stays.
  }
}
