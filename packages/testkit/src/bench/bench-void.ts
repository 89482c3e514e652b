/**
 * The verdict that a run does not count. Owns its wording; thrown by the helpers of this folder out of the
 * function that the benchmark library runs, which then shows an error where the figure would stand.
 */

/** A run that does not count, and the numbers that say why. It has no figure, however fast it was. */
export class BenchVoid extends Error {
  override readonly name = 'BenchVoid';

  constructor(why: string, facts: Readonly<Record<string, number>>, options?: { cause?: unknown }) {
    const numbers = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
    super(`VOID: ${why}: ${numbers.join(', ')}`, options);
  }
}
