/**
 * Events of a worker that listeners on the main thread want, on their way there. Owns what has happened since the
 * main thread last took some; holds that nothing is built or kept for an event that nobody wants, and that a flood of
 * them costs a bounded amount. The main thread asks, and is answered when there is something.
 */
import { MillraceError, type SystemEvents } from '@millrace/core';
import type { Events } from '@millrace/core/remote';
import { packAlone, unpackAlone } from '../codec/standalone-codec.ts';
import { EVENTS_WAITING_MAX } from '../limits.ts';

/** Events about actors, which happen where these live. Those about workers happen on the main thread. */
export type ActorEventName = Exclude<keyof SystemEvents, 'hostLost' | 'hostStuck' | 'hostBack'>;

/** One event. */
export type NamedEvent = readonly [name: ActorEventName, event: unknown];

/** Some events, as they travel. */
export interface EventBatch {
  readonly packed: Uint8Array;
  /** Events that happened since the last batch and had no room. */
  readonly leftOut: number;
}

/** The events of one worker. */
export class EventFeed {
  readonly #events: Events;
  #off: (() => void)[] = [];
  #waiting: NamedEvent[] = [];
  #leftOut = 0;
  #told: ((batch: EventBatch) => void) | null = null;

  constructor(events: Events) {
    this.#events = events;
  }

  /**
   * Resolves when one of the events has happened, with all since the last time. A wish before it that was not
   * answered is answered with nothing.
   */
  next(names: readonly ActorEventName[]): Promise<EventBatch> {
    for (const off of this.#off) off();
    this.#off = names.map((name) => this.#events.on(name, (event) => this.#happened([name, event])));
    this.#tell();
    return new Promise((resolve) => {
      this.#told = resolve;
      if (names.length === 0 || this.#waiting.length > 0) this.#tell();
    });
  }

  #happened(event: NamedEvent): void {
    if (this.#waiting.length >= EVENTS_WAITING_MAX) {
      this.#leftOut += 1;
      return;
    }
    this.#waiting.push(event);
    // After the turn, with all that happens in it.
    if (this.#waiting.length === 1 && this.#told !== null) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const told = this.#told;
    if (told === null) return;
    this.#told = null;
    const batch = { packed: packEvents(this.#waiting), leftOut: this.#leftOut };
    this.#waiting = [];
    this.#leftOut = 0;
    told(batch);
  }
}

/** The events of a batch. */
export function unpackEvents({ packed }: EventBatch): readonly NamedEvent[] {
  return unpackAlone(packed) as readonly NamedEvent[];
}

function packEvents(events: readonly NamedEvent[]): Uint8Array {
  try {
    return packAlone(events);
  } catch {
    return packAlone(events.map(([name, event]) => [name, asData(event)]));
  }
}

/** What of an event can travel: a payload or an error that cannot is replaced by an error that says so. */
function asData(event: unknown): unknown {
  const facts = Object.entries(event as Record<string, unknown>);
  return Object.fromEntries(facts.map(([name, value]) => [name, isData(value) ? value : stays(value)]));
}

function isData(value: unknown): boolean {
  try {
    packAlone(value);
    return true;
  } catch {
    return false;
  }
}

function stays(value: unknown): MillraceError {
  return new MillraceError('ERR_PAYLOAD_NOT_DATA', {
    found: typeof value,
    reason: 'it stayed on its worker',
  });
}
