/**
 * The source: an append-only log on disk, as a broker would keep it, with one consumer and its committed
 * offset. Every record has the same length, so that an offset is a position. This is where the queue lives
 * when the pipeline is slower than the world: on disk, in order, and surviving every crash.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';

/** A payment, as it arrived. */
export interface PaymentEvent {
  /** Position in the log, from 0: also what makes an upsert idempotent. */
  readonly offset: number;
  /** When it arrived, in milliseconds since 1970. */
  readonly arrivedAtMs: number;
  /** Who pays. */
  readonly account: string;
  /** How much. */
  readonly cents: number;
}

const RECORD_BYTES = 96;

/** Where the log keeps the offset of its consumer. */
const offsetPath = (path: string): string => `${path}.offset`;

/** The end that appends. */
export class EventLogWriter {
  readonly #file: number;
  #next = 0;

  /** Starts a new log. */
  constructor(path: string) {
    this.#file = openSync(path, 'w');
    writeFileSync(offsetPath(path), '0');
  }

  /** Records so far. */
  get length(): number {
    return this.#next;
  }

  /** Appends made-up payments until the log has `length` records. */
  appendUntil(length: number, arrivedAtMs: number): void {
    const lines: string[] = [];
    for (; this.#next < length; this.#next += 1) {
      const offset = this.#next;
      const account = `account-${(offset * 7_919) % 5_003}`;
      const event: PaymentEvent = { offset, arrivedAtMs, account, cents: (offset * 131) % 100_000 };
      lines.push(`${JSON.stringify(event).padEnd(RECORD_BYTES - 1)}\n`);
    }
    if (lines.length > 0) writeSync(this.#file, lines.join(''));
  }

  /** Lets the file go. */
  close(): void {
    closeSync(this.#file);
  }
}

/** The end that reads, and remembers how far everything is done. */
export class EventLogReader {
  readonly #file: number;
  readonly #offsetPath: string;
  #committed: number;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#offsetPath = offsetPath(path);
    this.#committed = Number(readFileSync(this.#offsetPath, 'utf8'));
  }

  /** Everything before this offset is done, and is never read again. */
  get committed(): number {
    return this.#committed;
  }

  /** Remembers, beyond this process, that everything before `offset` is done. */
  commit(offset: number): void {
    if (offset === this.#committed) return;
    writeFileSync(this.#offsetPath, String(offset));
    this.#committed = offset;
  }

  /** At most `count` records from `offset` on; fewer where the log ends. */
  read(offset: number, count: number): PaymentEvent[] {
    const whole = Math.floor(fstatSync(this.#file).size / RECORD_BYTES);
    const records = Math.min(count, whole - offset);
    if (records <= 0) return [];
    const bytes = Buffer.alloc(records * RECORD_BYTES);
    readSync(this.#file, bytes, 0, bytes.length, offset * RECORD_BYTES);
    const lines = bytes.toString('latin1').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as PaymentEvent);
  }

  /** Lets the file go. */
  close(): void {
    closeSync(this.#file);
  }
}
