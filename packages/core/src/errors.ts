/**
 * Every error that Millrace hands to its users: one class, one table of codes. Holds that each message
 * reads "what failed: key=value, key=value" and that the code alone is enough to decide what to do.
 * A refusal that a caller expects (a full mailbox seen by `tryTell`) is a value, not an error.
 */

/** What went wrong, for programs. `docs/errors.md` says what to do about each. */
export type ErrorCode = keyof typeof ERROR_TITLES;

/** The first words of each message, for people. The keys are the codes. */
export const ERROR_TITLES = {
  ERR_OPTION_INVALID: 'option is not valid',
  ERR_OPTION_UNKNOWN: 'option is not known',
  ERR_HANDLER_UNKNOWN: 'actor has no such handler',
  ERR_PAYLOAD_NOT_DATA: 'payload is not data',
  ERR_MESSAGE_TOO_LARGE: 'message is larger than the limit',
  ERR_MAILBOX_FULL: 'mailbox is full',
  ERR_PARKED_LIMIT: 'sender has too many parked sends',
  ERR_SEND_TIMEOUT: 'mailbox stayed full past the timeout',
  ERR_SEND_ABORTED: 'send was aborted',
  ERR_ACTOR_STOPPED: 'actor has stopped',
  ERR_ASK_TIMEOUT: 'no reply before the deadline',
  ERR_ASK_ABORTED: 'ask was aborted',
  ERR_ASK_CYCLE: 'ask would wait for itself',
  ERR_ASK_LIMIT: 'sender has too many asks open',
  ERR_ASK_DROPPED: 'message was dropped before it was handled',
  ERR_DEADLOCK: 'send closes a cycle of full mailboxes',
  ERR_HANDLER_FAILED: 'handler failed',
  ERR_START_FAILED: 'actor did not start',
  ERR_RESTART_INTENSITY: 'supervisor restarted too often',
  ERR_NAME_TAKEN: 'name is taken',
  ERR_STASH_FULL: 'stash is full',
  ERR_STASH_NOTHING: 'no message is at hand to stash',
  ERR_TIMER_LIMIT: 'actor has too many timers',
  ERR_TREE_DEPTH: 'actor tree is too deep',
  ERR_CONTEXT_OVER: 'context is no longer valid',
  ERR_SYSTEM_STOPPING: 'system is stopping',
  ERR_FRAME_CORRUPT: 'bytes from another host make no sense',
  ERR_DEFINITIONS: 'actor definitions cannot be used',
  ERR_HOST_START: 'host did not start',
  ERR_HOST_LOST: 'host ended',
} as const;

/** Facts about the failure, printed in the message in this order. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>;

/** The one error class. Compare `code`; `details` carries what the message prints. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** The facts that the message prints. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(formatMessage(code, details), options);
    this.code = code;
    this.details = details;
  }
}

/** True for an error of Millrace, with that code when one is given. */
export function isMillraceError(error: unknown, code?: ErrorCode): error is MillraceError {
  return error instanceof MillraceError && (code === undefined || error.code === code);
}

/** True for a code of the table: for data that says it is an error of Millrace. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_TITLES, value);
}

function formatMessage(code: ErrorCode, details: ErrorDetails): string {
  const facts = Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${String(value)}`);
  return facts.length === 0 ? ERROR_TITLES[code] : `${ERROR_TITLES[code]}: ${facts.join(', ')}`;
}
