/**
 * What hosts say to each other: one row for each message, with a kind and four numbers, and a payload. Owns
 * the kinds and what the numbers mean; must not know how rows travel. All rows of one link arrive in the
 * order sent, so a word about an actor never overtakes a message to it.
 *
 * | kind | handler | target | from | ask | payload |
 * |---|---|---|---|---|---|
 * | tell | handler | slot | actor | | the message |
 * | ask | handler | slot | actor | ask | the message |
 * | askChain | handler | slot | actor | ask | [actors that wait, message] |
 * | reply, replyError | | ask | | | the reply, the error |
 * | cancel | | ask | | | |
 * | demand, grant | | slot | | | |
 * | resolve | | actor | | | |
 * | attached | | actor | slot | generation | |
 * | gone | stop reason | actor | | | |
 * | spawn | | actor | | | {@link SpawnWords} |
 * | signal | | actor | | | a `Signal` |
 * | report | | actor | | | a {@link ReportWords} |
 * | stop | | actor | | | `shutdownMs` |
 * | probe | | | | | a `WaitProbe` |
 * | overdraft | | slot | | | |
 * | moved | | actor | new host | its losses | |
 * | locate | | actor | host it was on | its losses | |
 * | keyed rows | | | | | see `keyed/keyed-words.ts` |
 */
import type { FailurePoint, StopReason } from '../events.ts';

/** The kinds of rows. */
export const ROW = {
  tell: 1,
  ask: 2,
  askChain: 3,
  reply: 4,
  replyError: 5,
  cancel: 6,
  demand: 7,
  grant: 8,
  resolve: 9,
  attached: 10,
  gone: 11,
  spawn: 12,
  signal: 13,
  report: 14,
  stop: 15,
  probe: 16,
  moved: 17,
  overdraft: 18,
  locate: 19,
} as const;

/** Reasons by number, as the `gone` row says them. */
export const STOP_REASONS: readonly StopReason[] = [
  'stopped',
  'shutdown',
  'failed',
  'killed',
  'host-lost',
  'passivated',
];

/** What a host needs to make an actor for a parent on another host. */
export interface SpawnWords {
  readonly actor: string;
  readonly args: unknown;
  readonly name: string;
  readonly parentPath: string;
  readonly depth: number;
}

/** What a child reports to a parent on another host. */
export type ReportWords =
  | { readonly what: 'started' }
  | { readonly what: 'halted' }
  | { readonly what: 'failed'; readonly error: unknown; readonly during: FailurePoint }
  | { readonly what: 'stopped'; readonly reason: StopReason; readonly by: 'itself' | 'order' }
  | { readonly what: 'stopMe'; readonly shutdownMs: number | 'brutal' | 'infinity' | null };

/** The sending end of the way to one other host. */
export interface Link {
  /**
   * Adds a row behind all others; it leaves with the next flush.
   *
   * @returns false when the link holds back all it may; the row was not taken
   * @throws ERR_PAYLOAD_NOT_DATA, ERR_MESSAGE_TOO_LARGE; the row was not taken
   */
  append(kind: number, handler: number, target: number, from: number, ask: number, payload: unknown): boolean;
}

/** Rows that came from one other host; valid until the next ones come. */
export interface Rows {
  readonly count: number;
  /** The first row after `i` that is not like row `i` in kind, handler and target, as far as can be seen at once. */
  endOfRun(i: number): number;
  kind(i: number): number;
  handler(i: number): number;
  target(i: number): number;
  from(i: number): number;
  ask(i: number): number;
  readonly payloads: readonly unknown[];
}

/**
 * What a ref is between hosts: the host of its actor, the actor's id, its definition and its path; then the slot and
 * its generation, or in place of a slot a negative number and the ends of that host which the writer had heard of;
 * then the host of its parent, and the ends of that one which were known when it had the actor made.
 */
export type RefWords = readonly [
  host: number,
  id: number,
  actor: string,
  path: string,
  slot: number,
  generation: number,
  parent: number,
  parentLosses: number,
];

/** An incarnation of a host: its number, and how often it had ended before. */
export interface HostLife {
  readonly host: number;
  readonly losses: number;
}
