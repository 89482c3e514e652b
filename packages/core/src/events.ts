/**
 * What a system tells those who watch it from outside: a typed emitter. Owns the listeners; holds that a
 * listener that throws hurts nobody (its error goes to the log) and that an event nobody listens to costs
 * one look. Everything in an event is a plain value, so a listener cannot reach into the runtime.
 */
import { EventEmitter } from 'eventemitter3';
import type { Address } from './address.ts';
import type { Log } from './ports.ts';

/** Why a message became a dead letter. */
export type DeadLetterReason =
  | 'actor-stopped'
  | 'refused-unobserved'
  | 'drop-newest'
  | 'drop-oldest'
  | 'latest'
  | 'ask-expired'
  | 'park-timeout'
  | 'host-lost'
  | 'not-decodable';

/** A message that will not be handled. */
export interface DeadLetter {
  /** Why it will not be handled. */
  readonly reason: DeadLetterReason;
  /** The actor it was sent to. */
  readonly target: Address;
  /** The actor that sent it; null for application code outside actors. */
  readonly sender: Address | null;
  /** The handler it was sent to. */
  readonly handler: string;
  /** What it carried. */
  readonly payload: unknown;
}

/** Why an actor stopped. */
export type StopReason =
  /** It asked for it, or somebody with the right did. */
  | 'stopped'
  /** Its supervisor or the system went down in order. */
  | 'shutdown'
  /** It failed, and its supervisor did not restart it. */
  | 'failed'
  /** It did not stop within its deadline. */
  | 'killed'
  /** A keyed actor had nothing to do; the next message to its key makes it again. */
  | 'passivated'
  /** The host it lived on died. */
  | 'host-lost';

/** Events by name, with what each carries. */
export interface SystemEvents {
  /** An actor was made. */
  spawned: { readonly address: Address; readonly actor: string };
  /** An actor is gone. */
  stopped: { readonly address: Address; readonly reason: StopReason };
  /** An init, hook or handler threw, or children could not be put right. */
  failed: { readonly address: Address; readonly error: unknown; readonly during: FailurePoint };
  /** An actor began its next incarnation. */
  restarted: { readonly address: Address; readonly incarnation: number };
  /** A supervisor gave up on a child and failed itself. */
  escalated: { readonly address: Address; readonly error: unknown };
  /** A message was dropped, by policy or because nobody waits for it. */
  dropped: { readonly address: Address; readonly reason: string };
  /** A message will not be handled. */
  deadLetter: DeadLetter;
  /** A send began to wait for a slot. */
  parked: { readonly address: Address; readonly sender: Address | null };
  /** A send that waited was admitted. */
  resumed: { readonly address: Address; readonly sender: Address | null };
  /** A send found the mailbox full. */
  overflow: { readonly address: Address; readonly capacityMessages: number };
  /** A worker ended, and every other host has been told. */
  hostLost: {
    readonly host: number;
    readonly end: string;
    /** When it is started again; null when it is given up, because it ended too often. */
    readonly restartInMs: number | null;
  };
  /** A worker has been in one turn for longer than `stuckAfterMs`. */
  hostStuck: { readonly host: number; readonly forMs: number };
  /** A worker that ended was started again. */
  hostBack: { readonly host: number };
  /** A cycle of full mailboxes was found and resolved. */
  deadlock: { readonly path: readonly Address[]; readonly resolution: 'overdraft' | 'failed' };
}

/** Where in its life an actor failed. */
export type FailurePoint = 'init' | 'handler' | 'hook' | 'child';

type Listeners = { [Name in keyof SystemEvents]: (event: SystemEvents[Name]) => void };

/** The emitter of one system. */
export class Events {
  readonly #emitter = new EventEmitter<Listeners>();
  readonly #log: Log;
  /** Listeners of all names: none in most systems, and then no name has to be looked up. */
  #listeners = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Calls `listener` on each such event until the returned function is called. */
  on<Name extends keyof SystemEvents>(name: Name, listener: (event: SystemEvents[Name]) => void): () => void {
    const guarded = ((event: SystemEvents[Name]) => {
      const threw = (error: unknown): void => this.#log('error', `a listener of '${name}' threw`, { error });
      try {
        const returned: unknown = listener(event);
        // An asynchronous listener passes for a plain one, and its rejection must not end the process.
        if (returned instanceof Promise) returned.catch(threw);
      } catch (error) {
        threw(error);
      }
    }) as Listeners[Name];
    this.#emitter.on(name, guarded as never);
    this.#listeners += 1;
    let listens = true;
    return () => {
      if (!listens) return;
      listens = false;
      this.#listeners -= 1;
      this.#emitter.off(name, guarded as never);
    };
  }

  /** True when somebody listens, so that an event nobody wants is never built. */
  wants(name: keyof SystemEvents): boolean {
    return this.#listeners > 0 && this.#emitter.listenerCount(name) > 0;
  }

  /** Tells the listeners. */
  emit<Name extends keyof SystemEvents>(name: Name, event: SystemEvents[Name]): void {
    this.#emitter.emit(name, ...([event] as never));
  }
}
