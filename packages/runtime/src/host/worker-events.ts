/**
 * Events of all workers for listeners on the main thread. Owns which events are wanted and one question under way
 * to each worker; holds that a worker is asked for nothing while nobody listens. Called by the running system.
 */
import type { SystemEvents } from '@millrace/core';
import type { Events } from '@millrace/core/remote';
import type { ControlQuestion, ControlReply } from './control.ts';
import { type ActorEventName, unpackEvents } from './event-feed.ts';

/** What is needed to ask for events. */
export interface EventSource {
  readonly workers: number;
  /** Asks a worker; rejects when it is not up, or ends before it answers. */
  ask(worker: number, question: ControlQuestion): Promise<ControlReply>;
  /** Events had no room on their worker. */
  leftOut(worker: number, count: number): void;
}

/** The events of one system's workers. */
export class WorkerEvents {
  readonly #events: Events;
  readonly #source: EventSource;
  /** Listeners by event. */
  readonly #wanted = new Map<ActorEventName, number>();
  /** By worker: which of its questions is the last; an answer to an earlier one asks no further. */
  readonly #asked: number[] = [];

  constructor(events: Events, source: EventSource) {
    this.#events = events;
    this.#source = source;
  }

  /** A listener came. Call the result when it goes. */
  want(name: keyof SystemEvents): () => void {
    if (name === 'hostLost' || name === 'hostStuck' || name === 'hostBack') return () => undefined;
    this.#count(name, 1);
    let gone = false;
    return () => {
      if (!gone) this.#count(name, -1);
      gone = true;
    };
  }

  /** A worker was started again: it knows of no wish. */
  begun(worker: number): void {
    if (this.#wanted.size > 0) void this.#follow(worker);
  }

  #count(name: ActorEventName, by: number): void {
    const before = this.#wanted.get(name) ?? 0;
    if (before + by === 0) this.#wanted.delete(name);
    else this.#wanted.set(name, before + by);
    if (before > 0 && before + by > 0) return;
    for (let worker = 1; worker <= this.#source.workers; worker += 1) void this.#follow(worker);
  }

  async #follow(worker: number): Promise<void> {
    const turn = (this.#asked[worker] ?? 0) + 1;
    this.#asked[worker] = turn;
    try {
      do {
        const names = [...this.#wanted.keys()];
        // oxlint-disable-next-line no-await-in-loop -- one question at a time bounds what is under way
        const { events } = await this.#source.ask(worker, { what: 'events', names });
        if (events === undefined) return;
        for (const [name, event] of unpackEvents(events)) this.#events.emit(name, event as never);
        if (events.leftOut > 0) this.#source.leftOut(worker, events.leftOut);
      } while (this.#asked[worker] === turn && this.#wanted.size > 0);
    } catch {
      // It ended. When it is back it is asked again.
    }
  }
}
