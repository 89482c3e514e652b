/**
 * Where messages go that nobody will handle. Owns the count; holds that every dead
 * letter is counted and offered to listeners, and that a flood of them does not flood the log.
 */
import { formatAddress } from '../address.ts';
import type { DeadLetter, Events } from '../events.ts';
import { LogBudget } from '../lib/log-budget.ts';
import type { Clock, Log } from '../ports.ts';

/** The dead letters of one host. */
export class DeadLetters {
  /** Dead letters so far. */
  count = 0;
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #budget = new LogBudget();

  constructor(events: Events, clock: Clock, log: Log) {
    this.#events = events;
    this.#clock = clock;
    this.#log = log;
  }

  /** Counts a dead letter, tells listeners, and logs it if the budget allows. */
  offer(letter: DeadLetter): void {
    this.count += 1;
    if (this.#events.wants('deadLetter')) this.#events.emit('deadLetter', letter);
    // Dropping is what some policies are asked to do; a log line for each would be noise.
    if (letter.reason === 'drop-newest' || letter.reason === 'drop-oldest' || letter.reason === 'latest')
      return;
    const leftOut = this.#budget.take(this.#clock.now());
    if (leftOut === null) return;
    this.#log('warn', 'dead letter', {
      reason: letter.reason,
      target: formatAddress(letter.target),
      sender: letter.sender === null ? null : formatAddress(letter.sender),
      handler: letter.handler,
      ...(leftOut > 0 ? { leftOut } : {}),
    });
  }
}
