/** The public face of `@millrace/core`. */
export { ERROR_TITLES, isErrorCode, isMillraceError, MillraceError } from './errors.ts';
export type { ErrorCode, ErrorDetails } from './errors.ts';
export { assert, AssertionError, unreachable } from './lib/assert.ts';
