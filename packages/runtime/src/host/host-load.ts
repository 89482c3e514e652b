/**
 * How loaded each host is, as it says in shared memory. Owns the words; holds that a host which sleeps counts as
 * idle whatever it said last. Written by each host at the end of a turn, read by whoever places actors.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { type HostLoad, IDLE, type Kernel, LOAD_SAMPLE_MS } from '@millrace/core/remote';
import { APART_WORDS } from '../ring/apart.ts';
import { doorbellAt, isAsleep } from '../ring/doorbell.ts';
import type { SharedMemory } from './shared-memory.ts';

const BUSY_PERMILLE = 0;
const ACTIVE = 1;

/** Words of one host. */
export const LOAD_WORDS: number = APART_WORDS;

/** Measures one host from within. */
export class LoadMeter {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #kernel: Kernel;
  readonly #hasThread: boolean;
  #before: EventLoopUtilization = performance.eventLoopUtilization();
  #sampledAtMs: number;

  /** @param hasThread false for a host that shares its thread with others, as in tests: then that says nothing of it */
  constructor(memory: SharedMemory, self: number, kernel: Kernel, hasThread: boolean) {
    this.#hasThread = hasThread;
    this.#words = memory.loads;
    this.#at = self * LOAD_WORDS;
    this.#kernel = kernel;
    this.#sampledAtMs = kernel.dispatcher.now;
    this.#words[this.#at + BUSY_PERMILLE] = 0;
  }

  /** Writes down what has changed. Call once a turn. */
  write(): void {
    const { activeCells, dispatcher } = this.#kernel;
    this.#words[this.#at + ACTIVE] = activeCells;
    if (!this.#hasThread || dispatcher.now - this.#sampledAtMs < LOAD_SAMPLE_MS) return;
    this.#sampledAtMs = dispatcher.now;
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    this.#words[this.#at + BUSY_PERMILLE] = Math.round(utilization * 1_000);
  }
}

/** What a host says of its load. */
export function loadOf(memory: SharedMemory, host: number): HostLoad {
  if (isAsleep(memory.doorbells, doorbellAt(host))) return IDLE;
  const at = host * LOAD_WORDS;
  return {
    busyShare: (memory.loads[at + BUSY_PERMILLE] as number) / 1_000,
    active: memory.loads[at + ACTIVE] as number,
  };
}
