/**
 * What a host's main code gets to see of the thread it runs on. Owns the host's end of the port; holds that
 * the host begins only after the pool agreed. Called by the worker entry and by the host's main code; must
 * not know Piscina.
 */
import { type MessagePort, type Transferable, threadId } from 'node:worker_threads';
import { packAlone } from '../codec/standalone-codec.ts';
import type { FromHost, HostTask, ToHost } from './host-messages.ts';

/** What a module must export as `runHost` to be a host's main code. Resolve to end the host in order. */
export type RunHost = (context: HostContext) => Promise<void>;

/** One start of one host, seen from its own thread. */
export class HostContext {
  /** Number of the host, from 1. */
  readonly host: number;
  /** How many times this host was started, this time included. */
  readonly incarnation: number;
  /** What the pool was given for this start. */
  readonly data: unknown;
  /** Number that Node gave the thread. */
  readonly threadId: number = threadId;
  readonly #port: MessagePort;
  readonly #went: Promise<void>;
  readonly #early: unknown[] = [];
  #listener: ((message: unknown) => void) | undefined;
  #stopListener: (() => void) | undefined;
  #stopAsked = false;

  constructor(task: HostTask) {
    this.host = task.host;
    this.incarnation = task.incarnation;
    this.data = task.data;
    this.#port = task.port;
    this.#went = new Promise((resolve) => {
      task.port.on('message', (message: ToHost) => this.#receive(message, resolve));
    });
    this.#send({ tag: 'hello' });
  }

  /** Resolves when the pool lets the host begin. */
  get went(): Promise<void> {
    return this.#went;
  }

  /** Says that the host is up. Past the pool's deadline without it the thread is ended. */
  ready(): void {
    this.#send({ tag: 'ready' });
  }

  /** Sends a message to the composition on the main thread. */
  post(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#send({ tag: 'message', message }, transfer);
  }

  /** Takes messages from the composition, those that came before too. One listener. */
  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  /** Called once when the pool wants the host to end. Resolve `runHost` when everything is in order. */
  onStop(listener: () => void): void {
    this.#stopListener = listener;
    if (this.#stopAsked) listener();
  }

  /** True once the pool asked the host to end. */
  get stopAsked(): boolean {
    return this.#stopAsked;
  }

  /** Tells the pool why the thread is about to end. */
  fail(error: unknown): void {
    this.#send({
      tag: 'failed',
      error: packAlone(error instanceof Error ? error : new Error(String(error))),
    });
  }

  /** Closes the port. Nothing of the host keeps the thread any more. */
  close(): void {
    this.#port.close();
  }

  #receive(message: ToHost, go: () => void): void {
    switch (message.tag) {
      case 'go':
        go();
        break;
      case 'stop':
        this.#stopAsked = true;
        this.#stopListener?.();
        break;
      case 'message':
        if (this.#listener === undefined) this.#early.push(message.message);
        else this.#listener(message.message);
    }
  }

  #send(message: FromHost, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
