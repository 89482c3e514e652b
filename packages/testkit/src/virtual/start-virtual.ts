/**
 * `startVirtual`: the composition root of a system on virtual threads. Owns the order of starting; called by tests
 * and by `simulate`.
 */
import type { SystemOptions } from '@millrace/core';
import { array, boolean, checkOptions, integer, optionError, SYSTEM_CHECKS } from '@millrace/core/remote';
import type { AnyDefinition } from 'millrace/virtual';
import { FaultyDefinitions } from './faulty-definitions.ts';
import { Stage } from './stage.ts';
import { VirtualSystem } from './virtual-system.ts';
import { type LogLine, VirtualThreads } from './virtual-threads.ts';

/** What a definition of any actor is to a list of them. */
export type Definition = AnyDefinition | { readonly name: string; readonly handlers: object };

/** How to start a virtual system. */
export interface VirtualOptions extends SystemOptions {
  /** The definitions that its workers know: what the actor modules of a real system export. */
  readonly actors: readonly Definition[];
  /** Virtual workers beside the main thread: 0 to 16. Default 2. */
  readonly workers?: number;
  /** Draws who acts next. Default 1. */
  readonly seed?: number;
  /** Packs and unpacks every payload and reply, also one that stays on its thread. Default true. */
  readonly encodesAll?: boolean;
  /** Room for frames between two threads; a power of two from 4,096. Default 16 KiB: small, so that rings fill up. */
  readonly ringBytes?: number;
}

/** Lines that a system's log keeps. */
const LOG_MAX_LINES = 1_000;
const RING_DEFAULT_BYTES = 16_384;

/**
 * Starts a system of virtual workers on the calling thread, in virtual time. Nothing of it runs in parallel, and
 * nothing keeps the process up.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN, ERR_DEFINITIONS
 */
export async function startVirtual(options: VirtualOptions): Promise<VirtualSystem> {
  checkOptions('startVirtual', options, {
    ...SYSTEM_CHECKS,
    actors: array,
    workers: integer(0, 16),
    seed: integer(0, 2 ** 31 - 1),
    encodesAll: boolean,
    ringBytes: integer(4_096, 2 ** 26),
  });
  const {
    actors,
    workers = 2,
    seed = 1,
    encodesAll = true,
    ringBytes = RING_DEFAULT_BYTES,
    ...system
  } = options;
  if (actors === undefined) throw optionError('startVirtual.actors', undefined, 'a list of definitions');
  const stage = new Stage(seed);
  const definitions = new FaultyDefinitions(actors as readonly AnyDefinition[]);
  const logs: LogLine[] = [];
  const threads = new VirtualThreads(stage, {
    workers,
    ringBytes,
    encodesAll,
    seed,
    system,
    definitions: definitions.byName,
    substitute: definitions.substitute,
    log: (line) => {
      if (logs.length < LOG_MAX_LINES) logs.push(line);
    },
  });
  const [main, ...others] = threads.all;
  if (main === undefined) throw new Error('a system has a main thread');
  main.incarnation = 1;
  main.up = true;
  const running = new VirtualSystem(threads.begin(main), seed, stage, threads, definitions, logs);
  threads.observer = running;
  for (const worker of others) {
    threads.start(worker);
    running.hostReady(worker.index, worker.incarnation);
  }
  await running.join(threads);
  return running;
}
