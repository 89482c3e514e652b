/** The public face of `millrace`. */
export { isMillraceError, MillraceError } from '@millrace/core';
export type { ErrorCode, ErrorDetails } from '@millrace/core';
