/**
 * One host of the pool, through all its lives. Owns where the host stands and its restarts; holds that it
 * has at most one thread at a time, and that every end but that of a stop is reported with what follows it.
 * Called by the pool.
 */
import { performance } from 'node:perf_hooks';
import type { Transferable } from 'node:worker_threads';
import { MillraceError } from '@millrace/core';
import { type HostEnd, HostLife, type ThreadRunner } from './host-life.ts';
import { RestartBudget, type RestartLimits } from './restart-budget.ts';

/** The end of one incarnation of a host, which did not come by {@link HostPool.stop}. */
export interface HostLoss {
  readonly host: number;
  readonly incarnation: number;
  readonly end: HostEnd;
  /** True when the host had said that it is up, so that it may have taken part in anything. */
  readonly wasReady: boolean;
  /** ERR_HOST_LOST with the host, the end and, as cause, what Piscina said. */
  readonly error: MillraceError;
  /** Milliseconds until the host is started again; undefined when it is given up. */
  readonly restartInMs: number | undefined;
}

/** Who wants to know. No method may throw. */
export interface HostObserver {
  /** A host is up, for the first time or again. */
  hostReady(host: number, incarnation: number): void;
  /** A host ended; its thread runs nothing any more. */
  hostLost(loss: HostLoss): void;
  /** A host said something. */
  hostMessage(host: number, message: unknown): void;
  /** Something happened in the background that belongs to no host. */
  warning(error: Error): void;
}

/** Where a host stands. */
export type HostState = 'starting' | 'ready' | 'ending' | 'waiting' | 'given up' | 'stopped';

/** What is the same for all hosts of a pool. */
export interface HostSettings {
  /** Data for a start of a host. It is cloned; memory in it is shared. */
  readonly dataFor: (host: number, incarnation: number) => unknown;
  /** Module that exports `runHost`. */
  readonly main: URL;
  /** Who wants to know. */
  readonly observer: HostObserver;
  /** Time that a host has from its start until it says it is up. */
  readonly readyTimeoutMs: number;
  /** How often it may be started again. */
  readonly restarts: RestartLimits;
}

/** One host: at most one thread at a time. */
export class PooledHost {
  /** Where the host stands. */
  state: HostState = 'starting';
  /** Starts so far. */
  incarnation = 0;
  /** Settles when the host is up for the first time, or cannot be. */
  readonly firstReady: Promise<void>;
  readonly #host: number;
  readonly #settings: HostSettings;
  readonly #runner: ThreadRunner;
  readonly #budget: RestartBudget;
  #settleFirst: { ready: () => void; failed: (error: MillraceError) => void } | undefined;
  #life: HostLife | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  constructor(host: number, settings: HostSettings, runner: ThreadRunner) {
    this.#host = host;
    this.#settings = settings;
    this.#runner = runner;
    this.#budget = new RestartBudget(settings.restarts);
    this.firstReady = new Promise((ready, failed) => {
      this.#settleFirst = { ready, failed };
    });
    // Also when nobody awaits it any more, because another host failed first.
    this.firstReady.catch(() => {});
    this.#start();
  }

  /** Sends to the host; false when it is not up. */
  post(message: unknown, transfer: readonly Transferable[]): boolean {
    if (this.state !== 'ready' || this.#life === undefined) return false;
    this.#life.send({ tag: 'message', message }, transfer);
    return true;
  }

  /** Ends its thread at once. */
  kill(reason: string): void {
    this.#life?.end({ end: 'killed', reason });
  }

  /** Ends it for good; resolves when its thread has ended or is done. */
  async stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    const life = this.#life;
    this.state = life === undefined ? 'stopped' : 'ending';
    if (life === undefined) return;
    const ended = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    // A thread that is still loading is asked once it is up: Node 20 aborts the process when a thread is ended
    // in the middle of linking its modules.
    if (timeoutMs === 0) life.end({ end: 'killed', reason: 'stop' });
    else if (life.isReady) life.send({ tag: 'stop' });
    const deadline = setTimeout(() => life.end({ end: 'killed', reason: 'stop deadline' }), timeoutMs);
    await ended;
    clearTimeout(deadline);
  }

  #start(): void {
    this.incarnation += 1;
    this.state = 'starting';
    const { incarnation } = this;
    const { dataFor, main, observer, readyTimeoutMs } = this.#settings;
    const host = this.#host;
    const start = { host, incarnation, main: main.href, data: dataFor(host, incarnation), readyTimeoutMs };
    this.#life = new HostLife(start, this.#runner, {
      ready: () => {
        if (this.#stopped !== undefined) {
          this.#life?.send({ tag: 'stop' });
          return;
        }
        // One that was done at once is up and lost, in this order, and nothing is sent to it.
        if (this.state === 'starting') this.state = 'ready';
        this.#settleFirst?.ready();
        this.#settleFirst = undefined;
        observer.hostReady(host, incarnation);
      },
      ending: () => {
        this.state = 'ending';
      },
      ended: (end, error, wasReady) => this.#ended(end, error, wasReady),
      message: (message) => observer.hostMessage(host, message),
    });
  }

  #ended(end: HostEnd, error: MillraceError, wasReady: boolean): void {
    this.#life = undefined;
    if (this.#stopped !== undefined) {
      this.state = 'stopped';
      this.#stopped();
      return;
    }
    const first = this.#settleFirst;
    if (first !== undefined) {
      // A host that never was up has no work to go on with: the start failed as a whole.
      this.#settleFirst = undefined;
      this.state = 'given up';
      const details = { host: this.#host, end };
      first.failed(new MillraceError('ERR_HOST_START', details, { cause: error.cause ?? error }));
      return;
    }
    const restartInMs = this.#budget.take(performance.now());
    this.state = restartInMs === undefined ? 'given up' : 'waiting';
    const { incarnation } = this;
    if (restartInMs !== undefined) this.#restartTimer = setTimeout(() => this.#start(), restartInMs);
    this.#settings.observer.hostLost({ host: this.#host, incarnation, end, wasReady, error, restartInMs });
  }
}
