/**
 * What happens to a message that finds its mailbox full: a pure decision. Owns the table; holds that
 * every policy gives a verdict for every kind of send. Called by whoever admits sends, which carries the
 * verdict out; must not know mailboxes, lines or promises.
 */

/**
 * What a full mailbox does with one more message.
 *
 * - `park`: the sender waits for a free slot (with `timeoutMs`, no longer than that).
 * - `drop-newest`: the message that just came is dropped.
 * - `drop-oldest`: the message that has waited longest is dropped, and the new one takes its slot.
 * - `latest`: the queued message with the same key is dropped, and the new one takes its slot; with no such
 *   message the sender waits as under `park`.
 * - `fail`: the send is refused with `ERR_MAILBOX_FULL`.
 */
export type OverflowPolicy = 'park' | 'drop-newest' | 'drop-oldest' | 'latest' | 'fail';

/** How the sender sends: `try` never waits, `wait` may. */
export type SendMode = 'try' | 'wait';

/** What to do with the message. */
export type OverflowVerdict = 'park' | 'refuse' | 'drop-newest' | 'evict-oldest' | 'evict-same-key';

const VERDICTS: Readonly<Record<OverflowPolicy, Readonly<Record<SendMode, OverflowVerdict>>>> = {
  park: { wait: 'park', try: 'refuse' },
  // Who asked not to wait is told that the mailbox is full, so that nothing is dropped behind their back.
  'drop-newest': { wait: 'drop-newest', try: 'refuse' },
  'drop-oldest': { wait: 'evict-oldest', try: 'evict-oldest' },
  latest: { wait: 'evict-same-key', try: 'evict-same-key' },
  fail: { wait: 'refuse', try: 'refuse' },
};

/** The verdict of a policy for a kind of send. */
export function decideOverflow(policy: OverflowPolicy, mode: SendMode): OverflowVerdict {
  return VERDICTS[policy][mode];
}
