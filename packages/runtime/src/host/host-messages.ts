/**
 * What the pool and a host say to each other on the host's port before and around everything else. Owns the
 * shapes; called by the pool on the main thread and by the context on the worker's. What the composition
 * puts on the port is wrapped, so that neither takes the other's words for its own.
 */
import type { MessagePort } from 'node:worker_threads';

/** What a worker thread is started with. */
export interface HostTask {
  /** Number of the host, from 1: the main thread is host 0. */
  readonly host: number;
  /** How many times this host was started, this time included. */
  readonly incarnation: number;
  /** Module that exports `runHost`. */
  readonly main: string;
  /** What the composition gave for this start. */
  readonly data: unknown;
  /** To the main thread. */
  readonly port: MessagePort;
}

/** From the host. */
export type FromHost =
  /** The thread exists and has run nothing yet. */
  | { readonly tag: 'hello' }
  /** The host is up. */
  | { readonly tag: 'ready' }
  /** The host's main code threw this, packed; the thread ends next. */
  | { readonly tag: 'failed'; readonly error: Uint8Array }
  /** For the composition. */
  | { readonly tag: 'message'; readonly message: unknown };

/** To the host. */
export type ToHost =
  /** The pool has seen the hello: run. Without it a thread that was given up on may still touch shared memory. */
  | { readonly tag: 'go' }
  /** Come to an end. */
  | { readonly tag: 'stop' }
  /** For the composition. */
  | { readonly tag: 'message'; readonly message: unknown };
