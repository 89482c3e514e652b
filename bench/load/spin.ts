/**
 * Waiting for another thread by looking again and again, with a pause now and then. Without the pause two
 * threads that wait for each other keep two cores so busy that the compiler's own threads never get one,
 * and the code under test stays interpreted: on a machine with two cores that made a ring a hundred times
 * slower than it is.
 */

const LOOKS_BEFORE_PAUSE = 20_000;
const PAUSE_MS = 0.05;
const nobodyRings = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Counts the looks of one wait; call {@link Spin.again} after each look that found nothing. */
export class Spin {
  #looks = 0;

  again(): void {
    this.#looks += 1;
    if (this.#looks < LOOKS_BEFORE_PAUSE) return;
    this.#looks = 0;
    Atomics.wait(nobodyRings, 0, 0, PAUSE_MS);
  }
}
