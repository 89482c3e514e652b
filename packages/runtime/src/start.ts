/**
 * `startSystem`: the composition root of a system on many threads. Owns the order of starting and stopping;
 * holds that a system that does not start leaves nothing running, and that after `stop` the process can end.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SystemOptions } from '@millrace/core';
import {
  anything,
  array,
  boolean,
  checkOptions,
  either,
  integer,
  milliseconds,
  number,
  object,
  optionError,
  SYSTEM_CHECKS,
  WORKERS_MAX,
} from '@millrace/core/remote';
import type { WorkerData } from './host/control.ts';
import { fingerprint, loadDefinitions } from './host/definitions.ts';
import { Host } from './host/host.ts';
import { HostPool, type ThreadOptions } from './host/host-pool.ts';
import { consoleLog } from './host/node-ports.ts';
import type { RestartLimits } from './host/restart-budget.ts';
import { createSharedMemory } from './host/shared-memory.ts';
import {
  MESSAGE_DEFAULT_MAX_BYTES,
  RING_DEFAULT_BYTES,
  RING_MAX_BYTES,
  RING_MIN_BYTES,
  SPIN_MAX_US,
} from './limits.ts';
import { RunningSystem } from './running-system.ts';

/** How to start a system. */
export interface StartOptions extends SystemOptions, ThreadOptions {
  /** Modules that export what `defineActor` made: a URL, a path, or several. Every thread loads them. */
  readonly actors: URL | string | readonly (URL | string)[];
  /** Worker threads. Default: the cores there are. */
  readonly workers?: number;
}

/** More {@link StartOptions}, seldom needed. */
export interface StartTuning {
  /** Room for frames on each link between two threads; a power of two. Default 256 KiB. */
  readonly ringBytes?: number;
  /** Packed size of the largest message between two threads. Default 64 MiB. */
  readonly messageBytesMax?: number;
  /** Longest spin of a worker that ran out of work, before it sleeps. Default 50 µs. */
  readonly spinUs?: number;
  /** Time in one turn after which a worker is reported as stuck. Default 5,000 ms. */
  readonly stuckAfterMs?: number;
  /** Ends a worker that is stuck, so that its actors come back elsewhere. Default false. */
  readonly killStuck?: boolean;
  /** Time for a worker thread to be ready. Default 10,000 ms. */
  readonly readyMs?: number;
  /**
   * How often a worker that ended is started again: at most `max` times in a row of `withinMs`, then it is given up;
   * after `backoffMinMs`, doubled each time up to `backoffMaxMs`. Default 5 times in 60,000 ms, 100 to 10,000 ms.
   */
  readonly restarts?: Partial<RestartLimits>;
}

/**
 * Starts a system: the calling thread as host 0, and worker threads on a Piscina pool.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN, ERR_DEFINITIONS, ERR_HOST_START
 */
export async function startSystem(options: StartOptions & StartTuning): Promise<RunningSystem> {
  const {
    actors,
    workers,
    ringBytes,
    messageBytesMax,
    spinUs,
    readyMs,
    restarts,
    stuckAfterMs,
    killStuck,
    resourceLimits,
    env,
    execArgv,
    argv,
    ...system
  } = checked(options);
  const modules = (Array.isArray(actors) ? actors : [actors]).map(moduleUrl);
  const definitions = await loadDefinitions(modules);
  const count = workers ?? availableParallelism();
  const memory = createSharedMemory(count + 1, ringBytes ?? RING_DEFAULT_BYTES);
  const messageMaxBytes = messageBytesMax ?? MESSAGE_DEFAULT_MAX_BYTES;
  const data: WorkerData = {
    memory,
    modules,
    fingerprint: fingerprint(definitions),
    messageMaxBytes,
    spinMaxUs: spinUs ?? SPIN_MAX_US,
    system: withoutFunctions(system),
  };
  const host = new Host({
    self: 0,
    incarnation: 1,
    memory,
    definitions,
    messageMaxBytes,
    // Application code shares this thread: it is not kept waiting for a spin.
    spinMaxUs: 0,
    system,
    log: consoleLog,
  });
  const running = new RunningSystem(host, count);
  if (count === 0) return running;
  try {
    const pool = await HostPool.start({
      workers: count,
      main: new URL('./host/worker-main.js', import.meta.url),
      dataFor: () => data,
      observer: running,
      readyTimeoutMs: readyMs ?? READY_DEFAULT_MS,
      restarts: { ...RESTARTS_DEFAULT, ...restarts },
      threads: { resourceLimits, env, execArgv, argv },
    });
    await running.join(pool);
    running.watchStuck(stuckAfterMs ?? STUCK_AFTER_DEFAULT_MS, killStuck ?? false);
    return running;
  } catch (error) {
    host.close();
    throw error;
  }
}

/** Time in one turn after which a worker is reported when nobody says otherwise. */
const STUCK_AFTER_DEFAULT_MS = 5_000;

/** How often a worker may be started again when nobody says otherwise. */
const RESTARTS_DEFAULT = { max: 5, withinMs: 60_000, backoffMinMs: 100, backoffMaxMs: 10_000 };

const READY_DEFAULT_MS = 10_000;

function checked(options: StartOptions & StartTuning): StartOptions & StartTuning {
  checkOptions('startSystem', options, {
    ...SYSTEM_CHECKS,
    actors: either(array, anything),
    workers: integer(0, WORKERS_MAX),
    ringBytes: integer(RING_MIN_BYTES, RING_MAX_BYTES),
    messageBytesMax: integer(1, MESSAGE_DEFAULT_MAX_BYTES * 16),
    spinUs: number(0, 1_000_000),
    readyMs: milliseconds(1),
    stuckAfterMs: milliseconds(1),
    killStuck: boolean,
    restarts: object,
    resourceLimits: object,
    env: object,
    execArgv: array,
    argv: array,
  });
  checkOptions('startSystem.restarts', options.restarts ?? {}, {
    max: integer(0, 1_000_000),
    withinMs: milliseconds(1),
    backoffMinMs: milliseconds(),
    backoffMaxMs: milliseconds(),
  });
  if (options.actors === undefined)
    throw optionError('startSystem.actors', undefined, 'a URL, a path, or a list of them');
  return options;
}

function moduleUrl(module: URL | string): string {
  if (module instanceof URL) return module.href;
  return module.startsWith('file:') ? module : pathToFileURL(resolve(module)).href;
}

/** What `workerData` can carry: functions of the application, such as `onFailure` of the root, stay on this thread. */
function withoutFunctions(system: SystemOptions): SystemOptions {
  const { supervision: _, ...rest } = system;
  return rest;
}
