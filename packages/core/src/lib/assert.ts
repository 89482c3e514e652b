/**
 * Assertions that stay on. Owns nothing; holds that a broken invariant stops the program at the line
 * that broke it, with the values that prove it. O(1) checks call {@link assert}; checks that walk a
 * structure belong under {@link verifying}, which tests switch on.
 */

/** Thrown when Millrace's own code breaks one of its invariants: a defect in Millrace, never in the caller. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * Throws unless `condition` holds. Pass the message as a constant: it is built on every call.
 *
 * @throws AssertionError
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(`invariant broken: ${message}`);
}

/** Marks a switch as exhaustive: reaching it is a compile error first and a thrown one second. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
