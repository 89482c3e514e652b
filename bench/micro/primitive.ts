/**
 * A micro benchmark: a few ways to do one small thing, on one thread. Each way does it `operations` times
 * a call, because the clock itself costs as much as most of what is measured here.
 */

/** What a file in this folder exports as `primitive`. */
export interface Primitive {
  readonly name: string;
  /** How often one call of a way does the thing. */
  readonly operations: number;
  /** By name. What a way returns is kept, so that nothing is optimised away. */
  readonly ways: Readonly<Record<string, () => unknown>>;
}
