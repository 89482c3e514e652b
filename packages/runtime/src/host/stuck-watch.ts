/**
 * Finds workers that are stuck in one turn: JavaScript cannot interrupt a handler, so somebody else must
 * notice. Owns the last beat seen of each worker; holds that a stuck worker is reported once for each time it
 * is stuck. A worker's loop beats once a cycle; one that sleeps at its doorbell does not beat and is well.
 */
import { performance } from 'node:perf_hooks';
import { doorbellAt, isAsleep } from '../ring/doorbell.ts';
import { beatAt, LIFE, type SharedMemory } from './shared-memory.ts';

/** Looks in the time after which a worker counts as stuck. */
const LOOKS_PER_DEADLINE = 4;

interface Seen {
  beat: number;
  sinceMs: number;
  reported: boolean;
}

/** Watches all workers from the main thread. */
export class StuckWatch {
  readonly #memory: SharedMemory;
  readonly #afterMs: number;
  readonly #report: (host: number, forMs: number) => void;
  readonly #seen = new Map<number, Seen>();
  readonly #timer: NodeJS.Timeout;

  /** @param report called once when a worker has been in one turn for `afterMs` */
  constructor(memory: SharedMemory, afterMs: number, report: (host: number, forMs: number) => void) {
    this.#memory = memory;
    this.#afterMs = afterMs;
    this.#report = report;
    this.#timer = setInterval(() => this.#look(), Math.max(1, afterMs / LOOKS_PER_DEADLINE));
    this.#timer.unref();
  }

  /** Ends the watch. */
  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const memory = this.#memory;
    const nowMs = performance.now();
    for (let host = 1; host < memory.hosts; host += 1) {
      const beat = Atomics.load(memory.beats, beatAt(host));
      const seen = this.#seen.get(host);
      const well =
        seen === undefined ||
        seen.beat !== beat ||
        beat === 0 ||
        Atomics.load(memory.alive, host) !== LIFE.lives ||
        isAsleep(memory.doorbells, doorbellAt(host));
      if (well) this.#seen.set(host, { beat, sinceMs: nowMs, reported: false });
      else if (!seen.reported && nowMs - seen.sinceMs >= this.#afterMs) {
        seen.reported = true;
        this.#report(host, nowMs - seen.sinceMs);
      }
    }
  }
}
