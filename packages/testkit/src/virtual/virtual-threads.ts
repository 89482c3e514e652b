/**
 * The threads of a virtual system: in place of the worker pool. Owns the shared memory and the making of hosts;
 * holds that a worker which dies is reported once, later and on the main thread, and is started again after a
 * while. Called by the running system as its pool, and by whoever plans a fault.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type LogLevel, MillraceError, type Ports, type SystemOptions } from '@millrace/core';
import {
  answer,
  type ControlReply,
  type ControlRequest,
  createSharedMemory,
  type Definitions,
  doorbellAt,
  Host,
  type HostObserver,
  LOCAL_MARKS,
  marksMayBeOpen,
  MESSAGE_DEFAULT_MAX_BYTES,
  packAlone,
  type SharedMemory,
  type Threads,
  unpackAlone,
} from 'millrace/virtual';
import { type ErasedDefinition, Ref } from '@millrace/core/remote';
import { Random } from '../random.ts';
import type { Performer, Stage } from './stage.ts';
import { VirtualLoop } from './virtual-loop.ts';
import { VirtualThread } from './virtual-thread.ts';

/** Actors of one virtual host that others may address at the same time. */
const LEASE_SLOTS = 4_096;

/** A worker that died is up again after so long. */
const RESTART_AFTER_MS = 100;

/** One line of a virtual system's log. */
export interface LogLine {
  /** Thread that wrote it; 0 is the main thread. */
  readonly host: number;
  /** How grave. */
  readonly level: LogLevel;
  /** What was said. */
  readonly message: string;
  /** Facts. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What all virtual hosts of a system have in common. */
export interface ThreadSettings {
  readonly workers: number;
  readonly ringBytes: number;
  readonly definitions: Definitions;
  readonly system: SystemOptions;
  /** Every payload and reply is packed and unpacked, also one that stays on its host. */
  readonly encodesAll: boolean;
  readonly seed: number;
  readonly log: (line: LogLine) => void;
  /** The definition to use in place of one that is spawned. */
  readonly substitute: (definition: ErasedDefinition) => ErasedDefinition;
}

/** One for all: Node 20 keeps each that was ever used, and every promise pays for all of them. */
const storage = new AsyncLocalStorage<{ readonly thread: VirtualThread; readonly value: unknown }>();

/** All threads of one virtual system. */
export class VirtualThreads implements Threads {
  readonly all: readonly VirtualThread[];
  readonly memory: SharedMemory;
  /** Who is told of lives and deaths: the running system. */
  observer: HostObserver | undefined;
  readonly #stage: Stage;
  readonly #settings: ThreadSettings;
  readonly #returns = new Map<VirtualThread, number>();

  constructor(stage: Stage, settings: ThreadSettings) {
    this.#stage = stage;
    this.#settings = settings;
    const hosts = settings.workers + 1;
    this.memory = createSharedMemory(hosts, settings.ringBytes, LEASE_SLOTS);
    const nowMs = (): number => stage.time.nowMs;
    this.all = Array.from({ length: hosts }, (_, index) => new VirtualThread(index, nowMs));
    for (const thread of this.all) stage.join(thread);
    stage.join(this.#returning());
  }

  /** Threads that live, the main thread first. */
  get live(): readonly VirtualThread[] {
    return this.all.filter(({ up }) => up);
  }

  /** Brings a thread up; its host begins when it is told to, the main one at once. */
  start(thread: VirtualThread): void {
    thread.incarnation += 1;
    thread.up = true;
    if (thread.index === 0) this.begin(thread);
    this.#stage.stir();
  }

  /** Makes the host of a thread. */
  begin(thread: VirtualThread): Host {
    const { definitions, system, log } = this.#settings;
    const clock = this.#stage.time.clock();
    let loop: VirtualLoop | undefined;
    const host = new Host({
      self: thread.index,
      incarnation: thread.incarnation,
      memory: this.memory,
      definitions,
      messageMaxBytes: MESSAGE_DEFAULT_MAX_BYTES,
      spinMaxUs: 0,
      system: { ...system, dispatch: { ...system.dispatch, turnMs: 0, passMs: 0 } },
      log: (level, message, details = {}) => log({ host: thread.index, level, message, details }),
      surroundings: {
        ports: this.#ports(thread, clock),
        makeLoop: (work) => {
          const at = doorbellAt(thread.index);
          loop = new VirtualLoop(work, this.memory.doorbells, at, () => this.#stage.stir());
          return loop;
        },
      },
    });
    const { kernel } = host.system;
    const create = kernel.createChild;
    kernel.createChild = (link, definition, args, placement) =>
      create(link, this.#settings.substitute(definition), args, placement);
    thread.life = { host, clock, loop: loop as unknown as VirtualLoop };
    return host;
  }

  post(index: number, message: unknown): boolean {
    const thread = this.all[index] as VirtualThread;
    if (!thread.up) return false;
    const { incarnation } = thread;
    const request = message as ControlRequest;
    thread.words.push(() => {
      if (request.what === 'begin') this.begin(thread);
      const host = thread.life?.host;
      const reply = host === undefined ? Promise.resolve({ id: request.id }) : answer(host, request);
      void reply.then((told) => {
        if (thread.up && thread.incarnation === incarnation) this.#tellMain(() => this.#replied(index, told));
      });
    });
    this.#stage.stir();
    return true;
  }

  kill(index: number, reason: string): void {
    const thread = this.all[index] as VirtualThread;
    if (!thread.up || index === 0) return;
    const { incarnation } = thread;
    const wasReady = true;
    thread.die();
    const error = new MillraceError('ERR_HOST_LOST', { host: index, incarnation, end: 'killed', reason });
    this.#returns.set(thread, this.#stage.time.nowMs + RESTART_AFTER_MS);
    const restartInMs = RESTART_AFTER_MS;
    this.#tellMain(() =>
      this.observer?.hostLost({ host: index, incarnation, end: 'killed', wasReady, error, restartInMs }),
    );
  }

  stop(_timeoutMs: number): Promise<void> {
    this.#returns.clear();
    for (const thread of this.all) if (thread.index > 0) thread.die();
    return Promise.resolve();
  }

  #replied(index: number, reply: ControlReply): void {
    this.observer?.hostMessage(index, reply);
  }

  #tellMain(word: () => void): void {
    this.all[0]?.words.push(word);
    this.#stage.stir();
  }

  /** Starts again, when their time has come, the workers that died. */
  #returning(): Performer {
    const returns = this.#returns;
    const { time } = this.#stage;
    const due = (): VirtualThread | undefined => {
      for (const [thread, atMs] of returns) if (atMs <= time.nowMs) return thread;
      return undefined;
    };
    return {
      get ways() {
        return due() === undefined ? 0 : 1;
      },
      get nextMs() {
        return Math.min(Number.POSITIVE_INFINITY, ...returns.values());
      },
      act: () => {
        const thread = due();
        if (thread === undefined) return 'nobody comes back';
        returns.delete(thread);
        this.start(thread);
        const { index, incarnation } = thread;
        this.#tellMain(() => this.observer?.hostReady(index, incarnation));
        return `worker ${index} is started again`;
      },
    };
  }

  #ports(thread: VirtualThread, clock: Ports['clock']): Omit<Ports, 'scheduler'> {
    const { seed, encodesAll, log } = this.#settings;
    const random = new Random(seed, 1_000 + thread.index * 1_000 + thread.incarnation);
    return {
      clock,
      random: () => random.next(2 ** 30) / 2 ** 30,
      log: (level, message, details = {}) => log({ host: thread.index, level, message, details }),
      asyncContext: {
        run: (value, body) => storage.run({ thread, value }, body),
        current: () => {
          const store = storage.getStore();
          return store?.thread === thread ? store.value : undefined;
        },
      },
      marks: LOCAL_MARKS,
      ...(encodesAll ? { payloadGate: passThroughCodec } : {}),
    };
  }
}

/** What two threads would make of a payload, for one that stays on its thread. */
function passThroughCodec(payload: unknown): unknown {
  // A buffer that moves is taken from the sender: that is for the link to do, once.
  if (typeof payload !== 'object' || payload === null || marksMayBeOpen()) return payload;
  const refs: unknown[] = [];
  const codec = {
    owns: (value: object) => Ref.isRef(value),
    write: (ref: object) => refs.push(ref) - 1,
    read: (at: unknown) => refs[at as number],
  };
  return unpackAlone(packAlone(payload, codec), codec);
}
