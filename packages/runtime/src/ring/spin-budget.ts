/**
 * How long a host spins before it sleeps. Decides only; the doorbell spins and sleeps. Holds that a host
 * whose spins do not pay spins next to never, whatever keeps them from paying.
 *
 * A spin pays when it finds work. One that did sets the next to twice what it needed. One that did not sets
 * it to a glance: the work comes later than a spin may last, or its sender cannot get a core, perhaps because
 * we spin on it. How long a sleep was says little, as most of it may have been the waking; so the only way
 * back is a trial, a spin that is long enough to see a sender wake, answer, and find us awake. A trial comes
 * after a short sleep. Each that fails doubles the number of short sleeps before the next, each that succeeds
 * halves it.
 */
import { SLEEP_SHORT_US, SPIN_GLANCE_US, SPIN_TRIAL_FACTOR, SPIN_TRIAL_GAP_MAX_SLEEPS } from '../limits.ts';

/** The spin of one host. All times in microseconds. */
export class SpinBudget {
  /** How long the next spin may be. 0: not at all. */
  us: number;
  readonly #maxUs: number;
  readonly #glanceUs: number;
  #trial = false;
  #trialGapSleeps = 1;
  #sleepsUntilTrial = 1;

  /** @param maxUs longest spin that is not a trial; 0 never spins */
  constructor(maxUs: number) {
    this.#maxUs = maxUs;
    this.#glanceUs = Math.min(SPIN_GLANCE_US, maxUs);
    this.us = this.#glanceUs;
  }

  /** A spin found work after that time. */
  caught(neededUs: number): void {
    if (this.#trial) {
      this.#trial = false;
      this.#trialGapSleeps = Math.max(1, this.#trialGapSleeps >>> 1);
      this.us = this.#maxUs;
    }
    const wantedUs = neededUs * 2;
    // Up at once, down by and by: a spin too long costs little, one too short costs a wake-up.
    const nextUs = wantedUs > this.us ? wantedUs : (this.us * 3 + wantedUs) / 4;
    this.us = Math.min(this.#maxUs, Math.max(nextUs, this.#glanceUs));
  }

  /** A spin found nothing, and the host slept; the two together took that time. */
  slept(restUs: number): void {
    if (this.#maxUs === 0) return;
    if (this.#trial) {
      this.#trial = false;
      this.#trialGapSleeps = Math.min(SPIN_TRIAL_GAP_MAX_SLEEPS, this.#trialGapSleeps * 2);
      this.#sleepsUntilTrial = this.#trialGapSleeps;
    }
    this.us = this.#glanceUs;
    if (restUs > SLEEP_SHORT_US) return;
    this.#sleepsUntilTrial -= 1;
    if (this.#sleepsUntilTrial > 0) return;
    this.#trial = true;
    this.#sleepsUntilTrial = this.#trialGapSleeps;
    this.us = this.#maxUs * SPIN_TRIAL_FACTOR;
  }
}
