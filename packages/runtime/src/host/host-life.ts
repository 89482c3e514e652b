/**
 * One start of one host: one task, one thread, one port, from the start to the end. Owns the port and the
 * deadline for being up; holds that the end is told once, and only after the thread runs nothing any more.
 * Called by the pooled host; must not know Piscina, of which it sees one promise, nor what follows the end.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { MillraceError } from '@millrace/core';
import { unpackAlone } from '../codec/standalone-codec.ts';
import type { FromHost, HostTask, ToHost } from './host-messages.ts';

/** How a host came to its end. */
export type HostEnd = 'threw' | 'exited' | 'out of memory' | 'killed' | 'not ready in time';

/** Runs a task on a thread of its own, until the signal. */
export interface ThreadRunner {
  /** Rejects when the thread failed, and at the latest soon after the signal. */
  run(task: HostTask, signal: AbortSignal): Promise<unknown>;
  /** What a rejection says about the end of the thread; undefined when the task was done. */
  endOf(rejection: unknown): HostEnd;
}

/** Why a thread is ended from here. */
export interface EndReason {
  /** As it will be reported. */
  readonly end: HostEnd;
  /** For people. */
  readonly reason: string;
}

/** Who follows one life. */
export interface LifeObserver {
  /** The host says that it is up; perhaps after the end is near, as the two words come by different ports. */
  ready(): void;
  /** The thread is being ended, or is said to have ended; it may still run for a moment. */
  ending(): void;
  /** The thread runs nothing any more. Once, and last. */
  ended(end: HostEnd, error: MillraceError, wasReady: boolean): void;
  /** The host said something. */
  message(message: unknown): void;
}

/** What a life begins with. */
export type LifeStart = Omit<HostTask, 'port'> & { readonly readyTimeoutMs: number };

/** One incarnation of one host. */
export class HostLife {
  /** True once the host said that it is up. */
  isReady = false;
  readonly #start: LifeStart;
  readonly #runner: ThreadRunner;
  readonly #observer: LifeObserver;
  readonly #port: MessagePort;
  readonly #abort = new AbortController();
  readonly #readyTimer: NodeJS.Timeout;
  #reason: EndReason | undefined;
  #failure: unknown;
  #saidHello = false;
  #portClosed = false;
  #task: { readonly cause: unknown } | undefined;
  #over = false;

  constructor(start: LifeStart, runner: ThreadRunner, observer: LifeObserver) {
    this.#start = start;
    this.#runner = runner;
    this.#observer = observer;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromHost) => this.#receive(message));
    port1.on('close', () => {
      this.#portClosed = true;
      this.#observer.ending();
      this.#maybeOver();
    });
    const { readyTimeoutMs, ...task } = start;
    const reason = `no ready within ${readyTimeoutMs} ms`;
    this.#readyTimer = setTimeout(() => this.end({ end: 'not ready in time', reason }), readyTimeoutMs);
    runner.run({ ...task, port: port2 }, this.#abort.signal).then(
      () => this.#taskEnded(undefined),
      (error: unknown) => this.#taskEnded(error),
    );
  }

  /** Sends to the host. */
  send(message: ToHost, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Ends the thread at once. The first reason counts. */
  end(reason: EndReason): void {
    if (this.#task !== undefined || this.#reason !== undefined) return;
    this.#reason = reason;
    this.#observer.ending();
    this.#abort.abort(reason.reason);
  }

  #receive(message: FromHost): void {
    switch (message.tag) {
      case 'hello':
        // Once the task is settled nobody watches the thread any more: it must not begin.
        if (this.#task !== undefined || this.#reason !== undefined) return;
        this.#saidHello = true;
        this.send({ tag: 'go' });
        break;
      case 'ready':
        this.isReady = true;
        clearTimeout(this.#readyTimer);
        // One that is being ended for a reason of ours is not taken for up any more.
        if (this.#reason === undefined) this.#observer.ready();
        break;
      case 'failed':
        this.#failure = unpackAlone(message.error);
        break;
      case 'message':
        this.#observer.message(message.message);
    }
  }

  #taskEnded(cause: unknown): void {
    this.#task = { cause };
    clearTimeout(this.#readyTimer);
    this.#observer.ending();
    // A thread that has not said hello runs nothing of ours, and may never have had the other end.
    if (!this.#saidHello) this.#port.close();
    this.#maybeOver();
  }

  /** Both must have come: Piscina's word why, and the port's that the thread runs no more. */
  #maybeOver(): void {
    if (this.#task === undefined || !this.#portClosed || this.#over) return;
    this.#over = true;
    const cause = this.#failure ?? this.#task.cause;
    const end = this.#reason?.end ?? (this.#failure === undefined ? this.#runner.endOf(cause) : 'threw');
    const details = {
      host: this.#start.host,
      incarnation: this.#start.incarnation,
      end,
      reason: this.#reason?.reason ?? (cause instanceof Error ? cause.message : undefined),
    };
    const options = cause === undefined ? undefined : { cause };
    this.#observer.ended(end, new MillraceError('ERR_HOST_LOST', details, options), this.isReady);
  }
}
