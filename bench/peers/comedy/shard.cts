/**
 * The behaviour of a threaded actor of comedy, which loads it by its path and with `require`: counts
 * messages by key, works on those of an overload and of a burst, and says when all have come.
 */
import type { Actor } from 'comedy';
import type { OverloadBoard, OverloadReceiver } from '../../load/overload.ts' with {
  'resolution-mode': 'import',
};

interface Begin {
  readonly keys: number;
  readonly workSteps: number;
  readonly expected: number;
}

interface Report {
  readonly counts: Int32Array;
  readonly sums: Int32Array;
  readonly handled: number;
  /** Of a burst: how late each message was, in milliseconds. */
  readonly lateMs: Float64Array;
}

class Shard {
  #counts = new Int32Array(0);
  #sums = new Int32Array(0);
  #workSteps = 0;
  #lateMs = new Float64Array(0);
  #handled = 0;
  #expected = 0;
  /** What the work adds up to: kept, so that it is not optimised away. */
  sink = 0;
  #busyWork: (steps: number, seed: number) => number = () => 0;
  #nowMs: () => number = () => 0;
  #whenAll: ((report: Report) => void) | undefined;
  #receiver: OverloadReceiver | undefined;

  async initialize(_self: Actor): Promise<void> {
    ({ busyWork: this.#busyWork } = await import('../../load/busy-work.js'));
    ({ nowMs: this.#nowMs } = await import('@millrace/testkit/bench'));
  }

  destroy(): void {}

  begin({ keys, workSteps, expected }: Begin): void {
    this.#counts = new Int32Array(keys);
    this.#sums = new Int32Array(keys);
    this.#workSteps = workSteps;
    this.#handled = 0;
    this.#expected = expected;
    this.#lateMs = new Float64Array(0);
  }

  /** The messages expected next are those of a burst, numbered from 0. */
  beginBurst({ workSteps, expected }: { workSteps: number; expected: number }): void {
    this.begin({ keys: 1, workSteps, expected });
    this.#lateMs = new Float64Array(expected);
  }

  labour(value: number, dueMs: number): void {
    this.#lateMs[value] = this.#nowMs() - dueMs;
    this.count(0, value);
  }

  count(key: number, value: number): void {
    this.#counts[key] = (this.#counts[key] as number) + 1;
    this.#sums[key] = ((this.#sums[key] as number) + value) | 0;
    if (this.#workSteps > 0) this.sink ^= this.#busyWork(this.#workSteps, value);
    this.#handled += 1;
    this.#finishIfDone();
  }

  /** Answers once all expected messages have been handled. */
  finish(): Promise<Report> {
    return new Promise((resolve) => {
      this.#whenAll = resolve;
      this.#finishIfDone();
    });
  }

  echo(token: number): number {
    return token + 1;
  }

  async openBoard(board: OverloadBoard): Promise<void> {
    const { OverloadReceiver: Receiver } = await import('../../load/overload.js');
    this.#receiver = new Receiver(board);
  }

  take(sentMs: number, value: number): void {
    this.#receiver?.take(sentMs, value);
  }

  #finishIfDone(): void {
    if (this.#handled < this.#expected) return;
    const [counts, sums, handled, lateMs] = [this.#counts, this.#sums, this.#handled, this.#lateMs];
    this.#whenAll?.({ counts, sums, handled, lateMs });
    this.#whenAll = undefined;
  }
}

module.exports = Shard;
