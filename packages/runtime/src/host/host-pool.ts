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
import type { ResourceLimits, Transferable } from 'node:worker_threads';
import { assert } from '@millrace/core';
import { Piscina } from 'piscina';
import type { HostEnd, ThreadRunner } from './host-life.ts';
import { type HostSettings, type HostState, PooledHost } from './pooled-host.ts';
import { resourceLimitsFor } from './thread-options.ts';

/** Options of the threads, as in `node:worker_threads`. */
export interface ThreadOptions {
  readonly resourceLimits?: ResourceLimits | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
  readonly argv?: readonly string[] | undefined;
}

/** What a pool needs. */
export interface HostPoolOptions extends HostSettings {
  /** Hosts, numbered from 1. */
  readonly workers: number;
  /** Options of the threads; absent ones are inherited from the main thread. */
  readonly threads?: ThreadOptions;
}

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
    const { env, execArgv, argv } = options.threads ?? {};
    const resourceLimits = resourceLimitsFor(options.threads?.resourceLimits);
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
    const runner: ThreadRunner = {
      run: (task, signal) => this.#piscina.run(task, { signal, transferList: [task.port] }),
      endOf,
    };
    this.#hosts = Array.from({ length: options.workers }, (_, i) => new PooledHost(i + 1, options, runner));
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

  #host(host: number): PooledHost {
    const pooled = this.#hosts[host - 1];
    assert(pooled !== undefined, 'a host number is from 1 to the count of workers');
    return pooled;
  }
}

/** What Piscina's rejection says about the end of a thread. */
function endOf(rejection: unknown): HostEnd {
  if (rejection === undefined) return 'exited';
  if (!(rejection instanceof Error)) return 'threw';
  if (Reflect.get(rejection, 'code') === 'ERR_WORKER_OUT_OF_MEMORY') return 'out of memory';
  return rejection.message.startsWith('worker exited with code: ') ? 'exited' : 'threw';
}
