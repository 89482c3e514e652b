/**
 * The loop of one host: rows in, a pass over the ready actors, rows out, until nothing is left; then sleep.
 * Owns when each is done; holds that credit and rows never wait while the host sleeps, and that timers and
 * I/O of the thread have their turn after each slice. Drives the node, the dispatcher and the links; must not
 * know actors.
 */
import { performance } from 'node:perf_hooks';
import type { Scheduler } from '@millrace/core';
import { LOOP_SLICE_MS } from '../limits.ts';
import { Doorbell } from '../ring/doorbell.ts';

/** What the loop drives. */
export interface LoopWork {
  /** Takes rows from other hosts. True when there were some. */
  receive(): boolean;
  /** True when {@link receive} or {@link send} would get somewhere. Cheap. */
  pending(): boolean;
  /** Grants credit to whoever waits, and writes rows out. */
  send(): void;
  /** The host is about to sleep: grant what is free. */
  beforeSleep(): void;
}

/** What a host needs of its loop: real threads have {@link HostLoop}, the test kit has one that it steps. */
export interface Loop extends Scheduler {
  /** There is something to do, and it comes from this thread. */
  stir(): void;
  /** Ends the loop; nothing of it keeps the thread up. */
  end(): void;
}

/** How a host waits. */
export interface LoopOptions {
  readonly doorbells: Int32Array;
  readonly index: number;
  readonly spinMaxUs: number;
}

/** The loop of one host. It is the scheduler of the host's dispatcher. */
export class HostLoop implements Loop {
  readonly doorbell: Doorbell;
  readonly #work: LoopWork;
  #pass: (() => void) | null = null;
  /** No cycle runs or is about to. The usual answer is `false`, which costs the least to see. */
  #resting = true;
  #ended = false;
  /** When this slice is over and timers and I/O have their turn. */
  #sliceEndsAtMs = 0;

  constructor(work: LoopWork, options: LoopOptions) {
    this.#work = work;
    this.doorbell = new Doorbell({
      words: options.doorbells,
      index: options.index,
      spinMaxUs: options.spinMaxUs,
      hasWork: () => this.#pass !== null || work.pending(),
      onWake: () => this.#wake(),
    });
  }

  /** See `Scheduler`: the dispatcher wants a pass. */
  defer(run: () => void): void {
    this.#pass = run;
    this.stir();
  }

  /** There is something to do, and it comes from this thread. Costs one look while the loop is awake. */
  stir(): void {
    if (!this.#resting || this.#ended) return;
    if (this.doorbell.asleep) this.doorbell.stir();
    else this.#wake();
  }

  /** Ends the loop; nothing of it keeps the thread up. */
  end(): void {
    this.#ended = true;
    this.doorbell.dispose();
  }

  #wake(): void {
    if (!this.#resting || this.#ended) return;
    this.#resting = false;
    setImmediate(this.#cycle);
  }

  readonly #cycle = (): void => {
    this.#sliceEndsAtMs = performance.now() + LOOP_SLICE_MS;
    this.#goOn();
  };

  readonly #goOn = (): void => {
    if (this.#ended) return;
    const work = this.#work;
    let idle = true;
    do {
      let worked = work.receive();
      const pass = this.#pass;
      if (pass !== null) {
        this.#pass = null;
        pass();
        worked = true;
      }
      work.send();
      if (worked) {
        idle = false;
        continue;
      }
      work.beforeSleep();
      // What ran just now may have left promises whose continuations bring work: they run first.
      if (!idle) {
        queueMicrotask(this.#goOn);
        return;
      }
      if (!this.doorbell.rest()) {
        this.#resting = true;
        return;
      }
    } while (performance.now() < this.#sliceEndsAtMs);
    setImmediate(this.#cycle);
  };
}
