/**
 * The worker threads of a system: starts them, watches them, starts them again, ends them. Owns everything
 * that is known of Piscina; holds that there are exactly as many hosts as asked for, that the end of a host
 * is reported once, after its thread has ended, and that nothing is left when the pool has stopped. Called by
 * the composition; must not know actors, rings or credit.
 *
 * A host is one Piscina task that runs as long as the host lives. Piscina replaces a thread that ended, but
 * not its task: this file runs the task again. What Piscina 5.3 does on the way is engineered around here:
 *
 * - `run()` rejects at once when a task is aborted, while its thread still runs for a moment. The host's own
 *   port closes when the thread has ended, so only that is the end; and a thread that has not said hello by
 *   then never gets its `go`, and runs nothing.
 * - When a replacement thread fails before it is up, Piscina replaces no more threads, until the next
 *   `run()`. Every start has a deadline, past which it is aborted and run again.
 * - `close()` resolves after the first of many tasks. Hosts are asked to end over their ports, all are
 *   awaited, and then `destroy()` finds nothing running.
 * - A task that rejects leaves its thread running, with whatever the host had started on it. The entry ends
 *   the thread itself, and sends the error before.
 * - `atomics: 'sync'` would block an idle worker's event loop.
 */
import { performance } from 'node:perf_hooks';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  type Transferable,
} from 'node:worker_threads';
import { assert, MillraceError } from '@millrace/core';
import { Piscina } from 'piscina';
import { unpackAlone } from '../codec/standalone-codec.ts';
import type { FromHost, HostTask, ToHost } from './host-messages.ts';
import { RestartBudget, type RestartLimits } from './restart-budget.ts';

/** How a host came to its end. */
export type HostEnd = 'threw' | 'exited' | 'out of memory' | 'killed' | 'not ready in time' | 'returned';

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

/** Options of the threads, as in `node:worker_threads`. */
export interface ThreadOptions {
  readonly resourceLimits?: ResourceLimits;
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  readonly argv?: readonly string[];
}

/** What a pool needs. */
export interface HostPoolOptions {
  /** Hosts, numbered from 1. */
  readonly workers: number;
  /** Module that exports `runHost`, for every host. */
  readonly main: URL;
  /** Data for a start of a host. It is cloned; memory in it is shared. */
  readonly dataFor: (host: number, incarnation: number) => unknown;
  readonly observer: HostObserver;
  /** Time that a host has from its start until it says it is up. */
  readonly readyTimeoutMs: number;
  readonly restarts: RestartLimits;
  readonly threads?: ThreadOptions;
}

/** Where a host stands. */
export type HostState = 'starting' | 'ready' | 'ending' | 'waiting' | 'given up' | 'stopped';

/** All worker threads of one system. */
export class HostPool {
  readonly #piscina: Piscina;
  readonly #hosts: PooledHost[];
  #stopping: Promise<void> | undefined;

  /**
   * Starts all hosts and waits until they are up.
   *
   * @throws ERR_HOST_START when one of them is not; none is left running
   */
  static async start(options: HostPoolOptions): Promise<HostPool> {
    const pool = new HostPool(options);
    try {
      await Promise.all(pool.#hosts.map((host) => host.firstReady));
    } catch (error) {
      await pool.stop(0);
      throw error;
    }
    return pool;
  }

  private constructor(options: HostPoolOptions) {
    const { resourceLimits, env, execArgv, argv } = options.threads ?? {};
    this.#piscina = new Piscina({
      filename: new URL('./worker-entry.js', import.meta.url).href,
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      maxQueue: options.workers,
      atomics: 'disabled',
      recordTiming: false,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
      ...(env === undefined ? {} : { env: env as Record<string, string> }),
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      ...(argv === undefined ? {} : { argv: [...argv] }),
    });
    // Without a listener, a failure that belongs to no task would be an uncaught exception here.
    this.#piscina.on('error', (error: Error) => options.observer.warning(error));
    this.#hosts = Array.from(
      { length: options.workers },
      (_, i) => new PooledHost(i + 1, options, (task, signal) => this.#run(task, signal)),
    );
  }

  /** Where a host stands. */
  stateOf(host: number): HostState {
    return this.#host(host).state;
  }

  /** Starts of a host so far. */
  incarnationOf(host: number): number {
    return this.#host(host).incarnation;
  }

  /** Sends a message to a host. Dropped, and false, when the host is not up. */
  post(host: number, message: unknown, transfer: readonly Transferable[] = []): boolean {
    return this.#host(host).post(message, transfer);
  }

  /** Ends a host's thread at once, also one that is stuck. It is reported as lost, and started again. */
  kill(host: number, reason: string): void {
    this.#host(host).kill(reason);
  }

  /**
   * Ends all hosts: asks each, waits, then ends the threads. Nothing is reported as lost any more. A second
   * call waits for the first.
   *
   * @param timeoutMs after it a host that is not done is ended by force
   * @returns when every thread has ended
   */
  stop(timeoutMs: number): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async #stop(timeoutMs: number): Promise<void> {
    const ends = this.#hosts.map((host) => host.stop(timeoutMs));
    await Promise.all(ends);
    await this.#piscina.destroy();
  }

  #run(task: HostTask, signal: AbortSignal): Promise<unknown> {
    return this.#piscina.run(task, { signal, transferList: [task.port] });
  }

  #host(host: number): PooledHost {
    const pooled = this.#hosts[host - 1];
    assert(pooled !== undefined, 'a host number is from 1 to the count of workers');
    return pooled;
  }
}

type RunTask = (task: HostTask, signal: AbortSignal) => Promise<unknown>;

/** Why a thread is ended from here. */
interface EndReason {
  readonly end: HostEnd;
  readonly reason: string;
}

/** One host: at most one thread at a time. */
class PooledHost {
  state: HostState = 'starting';
  incarnation = 0;
  readonly firstReady: Promise<void>;
  readonly #host: number;
  readonly #options: HostPoolOptions;
  readonly #run: RunTask;
  readonly #budget: RestartBudget;
  #settleFirst: { ready: () => void; failed: (error: MillraceError) => void } | undefined;
  #life: Life | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  constructor(host: number, options: HostPoolOptions, run: RunTask) {
    this.#host = host;
    this.#options = options;
    this.#run = run;
    this.#budget = new RestartBudget(options.restarts);
    this.firstReady = new Promise((ready, failed) => {
      this.#settleFirst = { ready, failed };
    });
    // Also when nobody awaits it any more, because another host failed first.
    this.firstReady.catch(() => {});
    this.#start();
  }

  post(message: unknown, transfer: readonly Transferable[]): boolean {
    if (this.state !== 'ready' || this.#life === undefined) return false;
    this.#life.send({ tag: 'message', message }, transfer);
    return true;
  }

  kill(reason: string): void {
    this.#life?.end({ end: 'killed', reason });
  }

  async stop(timeoutMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    const life = this.#life;
    this.state = life === undefined ? 'stopped' : 'ending';
    if (life === undefined) return;
    const ended = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    if (life.isReady && timeoutMs > 0) life.send({ tag: 'stop' });
    else life.end({ end: 'killed', reason: 'stop' });
    const deadline = setTimeout(() => life.end({ end: 'killed', reason: 'stop deadline' }), timeoutMs);
    await ended;
    clearTimeout(deadline);
  }

  #start(): void {
    this.incarnation += 1;
    this.state = 'starting';
    const { incarnation } = this;
    this.#life = new Life(this.#host, incarnation, this.#options, this.#run, {
      ready: () => {
        if (this.state !== 'starting') return;
        this.state = 'ready';
        this.#settleFirst?.ready();
        this.#settleFirst = undefined;
        this.#options.observer.hostReady(this.#host, incarnation);
      },
      ending: () => {
        this.state = 'ending';
      },
      ended: (end, error, wasReady) => this.#ended(end, error, wasReady),
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
    this.#options.observer.hostLost({ host: this.#host, incarnation, end, wasReady, error, restartInMs });
  }
}

interface LifeObserver {
  ready(): void;
  /** The thread is being ended, or Piscina says it ended; it may still run for a moment. */
  ending(): void;
  ended(end: HostEnd, error: MillraceError, wasReady: boolean): void;
}

/** One incarnation of one host: one task, one thread, one port. */
class Life {
  isReady = false;
  readonly #host: number;
  readonly #incarnation: number;
  readonly #observer: LifeObserver;
  readonly #hostObserver: HostObserver;
  readonly #port: MessagePort;
  readonly #abort = new AbortController();
  readonly #readyTimer: NodeJS.Timeout;
  #reason: EndReason | undefined;
  #failure: unknown;
  #saidHello = false;
  #portClosed = false;
  #task: { readonly cause: unknown } | undefined;
  #over = false;

  constructor(
    host: number,
    incarnation: number,
    options: HostPoolOptions,
    run: RunTask,
    observer: LifeObserver,
  ) {
    this.#host = host;
    this.#incarnation = incarnation;
    this.#observer = observer;
    this.#hostObserver = options.observer;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromHost) => this.#receive(message));
    port1.on('close', () => {
      this.#portClosed = true;
      this.#observer.ending();
      this.#maybeOver();
    });
    const reason = `no ready within ${options.readyTimeoutMs} ms`;
    this.#readyTimer = setTimeout(
      () => this.end({ end: 'not ready in time', reason }),
      options.readyTimeoutMs,
    );
    const data = options.dataFor(host, incarnation);
    const task: HostTask = { host, incarnation, main: options.main.href, data, port: port2 };
    run(task, this.#abort.signal).then(
      () => this.#taskEnded(undefined),
      (error: unknown) => this.#taskEnded(error),
    );
  }

  send(message: ToHost, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

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
        this.#observer.ready();
        break;
      case 'failed':
        this.#failure = unpackAlone(message.error);
        break;
      case 'message':
        this.#hostObserver.hostMessage(this.#host, message.message);
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
    const end = this.#reason?.end ?? (this.#failure === undefined ? endOf(cause) : 'threw');
    const details = {
      host: this.#host,
      incarnation: this.#incarnation,
      end,
      reason: this.#reason?.reason ?? (cause instanceof Error ? cause.message : undefined),
    };
    const options = cause === undefined ? undefined : { cause };
    this.#observer.ended(end, new MillraceError('ERR_HOST_LOST', details, options), this.isReady);
  }
}

/** What Piscina's rejection says about the end of a thread. */
function endOf(cause: unknown): HostEnd {
  if (cause === undefined) return 'returned';
  if (!(cause instanceof Error)) return 'threw';
  if (Reflect.get(cause, 'code') === 'ERR_WORKER_OUT_OF_MEMORY') return 'out of memory';
  return /^worker exited with code: /.test(cause.message) ? 'exited' : 'threw';
}
