/**
 * A system that runs, on one thread or many: what `startSystem` returns. Owns the workers' seats and the
 * order of the stop across hosts; holds that the ledger it reports is the sum of all hosts. Application code
 * spawns, asks, inspects and stops through it.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type {
  ActorDefinition,
  ActorRef,
  AnyHandlers,
  AnyRef,
  KeyedRefs,
  Ledger,
  ShutdownMs,
  SpawnArguments,
  StopOptions,
  StopReason,
  StopReport,
  StopTask,
  SystemEvents,
} from '@millrace/core';
import { isMillraceError, ledgerProblems } from '@millrace/core';
import { checkOptions, integer } from '@millrace/core/remote';
import {
  Control,
  type ControlQuestion,
  type ControlReply,
  type HostStatus,
  type HostView,
} from './host/control.ts';
import type { Host } from './host/host.ts';
import type { HostPool } from './host/host-pool.ts';
import { LossAccounts } from './host/host-account.ts';
import { Rehoming } from './host/rehoming.ts';
import { LIFE } from './host/shared-memory.ts';
import { WorkerEvents } from './host/worker-events.ts';
import { StuckWatch } from './host/stuck-watch.ts';
import type { HostLoss, HostObserver } from './host/pooled-host.ts';

/** Time for the workers' own actors to stop, when nobody says otherwise. */
const WORKER_STOP_MS = 10_000;

/** The threads of a system, as it steers them. */
export type Threads = Pick<HostPool, 'post' | 'kill' | 'stop'>;

/** A running system. */
export class RunningSystem implements HostObserver {
  readonly #host: Host;
  /** One for each worker, in their order. */
  readonly #controls: readonly Control[];
  #pool: Threads | null = null;
  /** What hosts had counted that are gone: those that died, and those that the stop has ended. */
  readonly #losses: LossAccounts;
  readonly #rehoming: Rehoming;
  readonly #workerEvents: WorkerEvents;
  /** Workers that died and of which the others have not been told. */
  #unsettled = 0;
  #stuckWatch: StuckWatch | null = null;
  /** By host: the start of it that is up. */
  readonly #up: (number | undefined)[] = [];
  /** Losses and returns of workers, one after the other. */
  #changes: Promise<void> = Promise.resolve();
  #stopping: Promise<StopReport> | null = null;
  /** The last counts of all hosts are taken: what ends now is missed by nobody. */
  #ended = false;

  /** @internal Use `startSystem`. */
  constructor(host: Host, workers: number) {
    this.#host = host;
    host.system.placementDefault = 'auto';
    this.#losses = new LossAccounts(host.memory);
    this.#workerEvents = new WorkerEvents(host.system.kernel.events, {
      workers,
      ask: (worker, question) => this.#control(worker).ask(question),
      leftOut: (worker, count) =>
        host.system.kernel.ports.log('warn', 'events of a worker were left out', { host: worker, count }),
    });
    this.#rehoming = new Rehoming({
      hosts: workers + 1,
      own: host.system.keyedHost,
      living: () => this.#livingBut(0),
      unsettled: () => this.#unsettled,
      ask: (worker, question) => this.#control(worker).ask(question),
    });
    this.#controls = Array.from(
      { length: workers },
      (_, i) => new Control((message, transfer) => this.#pool?.post(i + 1, message, transfer) ?? false),
    );
  }

  /** @internal Reports workers that are stuck in one turn, and ends them if asked to. */
  watchStuck(afterMs: number, kills: boolean): void {
    const { events, ports } = this.#host.system.kernel;
    this.#stuckWatch = new StuckWatch(this.#host.memory, afterMs, (host, forMs) => {
      ports.log('error', 'a worker is stuck in one turn', { host, forMs: Math.round(forMs), killed: kills });
      events.emit('hostStuck', { host, forMs });
      if (kills) this.#pool?.kill(host, 'stuck in one turn');
    });
  }

  /** @internal All workers are up: they and this thread are made known to each other. */
  async join(pool: Threads): Promise<void> {
    this.#pool = pool;
    await Promise.all(this.#controls.map((control) => control.ask({ what: 'begin' })));
    const pairs: Promise<unknown>[] = [];
    for (let a = 0; a <= this.workers; a += 1) {
      for (let b = a + 1; b <= this.workers; b += 1) pairs.push(this.#handPorts(a, b));
    }
    await Promise.all(pairs);
  }

  /** Worker threads. */
  get workers(): number {
    return this.#controls.length;
  }

  /**
   * Starts a top-level actor and resolves with its ref once it has started. Without `placement` it goes to the less
   * loaded of two workers drawn at random; see {@link Placement}.
   *
   * @returns rejects with ERR_OPTION_INVALID, ERR_START_FAILED, ERR_NAME_TAKEN, ERR_SYSTEM_STOPPING
   */
  spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): Promise<ActorRef<ActorDefinition<State, Args, Handlers>>> {
    return this.#host.system.spawn(definition, ...rest);
  }

  /**
   * Refs to actors by key: `system.keyed(Account).ref('alice')`. The first message makes the actor on one of the
   * workers; there is one for each key in the whole system. See `System.keyed`.
   *
   * @throws ERR_OPTION_INVALID when the definition has no `keyed` option, ERR_DEFINITIONS when no actor module has it
   */
  keyed<State, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, string, Handlers>,
  ): KeyedRefs<ActorDefinition<State, string, Handlers>> {
    return this.#host.system.keyed(definition);
  }

  /** The top-level actor of that name. */
  find(name: string): ActorRef | undefined {
    return this.#host.system.find(name);
  }

  /** Stops one actor for good and resolves with why it stopped. Harmless when it is gone. */
  stopActor(ref: AnyRef, options?: { readonly shutdownMs?: ShutdownMs }): Promise<StopReason> {
    return this.#host.system.stopActor(ref, options);
  }

  /** Resolves once the actor has stopped; at once when it is gone. */
  terminated(ref: AnyRef): Promise<StopReason> {
    return this.#host.system.terminated(ref);
  }

  /**
   * Calls `listener` on each event of that name, on whichever thread it happens, until the returned function is called.
   * Workers are asked for what somebody listens to, and for nothing else; of a flood of events some may be left out,
   * which is logged with their number.
   */
  on<Name extends keyof SystemEvents>(name: Name, listener: (event: SystemEvents[Name]) => void): () => void {
    const off = this.#host.system.on(name, listener);
    const unwanted = this.#workerEvents.want(name);
    return () => {
      off();
      unwanted();
    };
  }

  /**
   * Ends a worker's thread at once, as if it had crashed: its actors come back as their supervisors decide. For
   * tests, and for an operator who knows that it is stuck.
   *
   * @throws ERR_OPTION_INVALID
   */
  killWorker(worker: number, reason = 'asked to'): void {
    checkOptions('killWorker', { worker }, { worker: integer(1, this.workers) });
    this.#pool?.kill(worker, reason);
  }

  /** Runs `task` in a phase of the stop. */
  onStop(phase: Parameters<Host['system']['onStop']>[0], task: StopTask): void {
    this.#host.system.onStop(phase, task);
  }

  /**
   * Every host with its actors and what they wait for, each at the moment it was asked; a lost one is left out. Of
   * actors by key each host lists those where most waits, and counts the others. O(actors).
   */
  async inspect(): Promise<HostView[]> {
    const asked = this.#others(0).map((control) => control.ask({ what: 'inspect' }));
    const views = [this.#host.inspect()];
    for (const outcome of await Promise.allSettled(asked)) {
      if (outcome.status === 'fulfilled' && outcome.value.view !== undefined) views.push(outcome.value.view);
    }
    return views;
  }

  /** The account of all hosts, each at the moment it was asked: exact once the system is quiet. */
  async ledger(): Promise<Ledger> {
    const total = this.#host.ledger().add(this.#losses.ledger);
    const replies = await Promise.all(this.#others(0).map((control) => control.ask({ what: 'ledger' })));
    for (const reply of replies) if (reply.ledger !== undefined) total.add(reply.ledger);
    return total;
  }

  /**
   * Stops in order: no more sends from outside, mailboxes drain on all threads, actors stop, threads end, a
   * report. Each phase has a deadline. A second call gets the same report.
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  async #stop(options: StopOptions): Promise<StopReport> {
    const { system } = this.#host;
    await this.#changes;
    let draining = true;
    system.onStop('drain', () => this.#quiet(() => draining));
    system.onStop('actors', () => {
      draining = false;
    });
    const report = await system.stop(options);
    const actorsMs = options.actorsMs ?? WORKER_STOP_MS;
    await this.#askAll(0, { what: 'stopActors', deadlineMs: actorsMs });
    // Of a worker that ended by now the others know before they are asked for the last time.
    await this.#changes;
    await this.#askAll(0, { what: 'ledger' }, (_, last) => {
      if (last.ledger !== undefined) this.#losses.ledger.add(last.ledger);
      this.#losses.deadLetters += last.deadLetters ?? 0;
    });
    this.#ended = true;
    this.#stuckWatch?.end();
    await this.#pool?.stop(actorsMs);
    this.#host.close();
    const ledger = this.#losses.ledger.add(this.#host.ledger());
    const deadLetters = this.#losses.deadLetters + report.deadLetters;
    return { ledger, problems: ledgerProblems(ledger), deadLetters, phases: report.phases };
  }

  async #handPorts(a: number, b: number): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    await Promise.all([this.#handPort(a, b, port1), this.#handPort(b, a, port2)]);
  }

  async #handPort(host: number, other: number, port: MessagePort): Promise<void> {
    if (host === 0) this.#host.joinTransfers(other, port);
    else await this.#control(host).ask({ what: 'port', host: other, port });
  }

  #control(worker: number): Control {
    return this.#controls[worker - 1] as Control;
  }

  /** Resolves once nothing is under way on any host: twice the same counts, with nothing active in between. */
  async #quiet(goOn: () => boolean): Promise<void> {
    let before = Number.NaN;
    while (goOn()) {
      // oxlint-disable-next-line no-await-in-loop -- this host works on between two looks
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      // oxlint-disable-next-line no-await-in-loop -- a second look makes sense only after the first
      const replies = await Promise.all(this.#others(0).map((control) => control.ask({ what: 'status' })));
      const all: HostStatus[] = [this.#host.status()];
      for (const reply of replies) if (reply.status !== undefined) all.push(reply.status);
      const sent = all.reduce((sum, one) => sum + one.sent, 0);
      const received = all.reduce((sum, one) => sum + one.received, 0);
      const idle = all.every((one) => one.active === 0) && sent === received;
      if (idle && before === sent) {
        // The last send that waited may have left without a pass, at the end of which this host would look.
        this.#host.system.kernel.dispatcher.wake();
        return;
      }
      before = idle ? sent : Number.NaN;
    }
  }

  /** @internal See `HostObserver`. */
  hostReady(host: number, incarnation: number): void {
    this.#up[host] = incarnation;
    // The first time, `join` follows.
    if (incarnation === 1) return;
    this.#changes = this.#changes
      .then(() => this.#rejoin(host, incarnation))
      .catch((error: unknown) => this.warning(toError(error)));
  }

  /** @internal See `HostObserver`. */
  hostLost(loss: HostLoss): void {
    const { host } = loss;
    const givenUp = loss.restartInMs === undefined;
    Atomics.store(this.#host.memory.alive, host, givenUp ? LIFE.givenUp : LIFE.dead);
    this.#up[host] = undefined;
    this.#control(host).lost();
    const { end, error, restartInMs } = loss;
    const next = restartInMs === undefined ? 'given up' : `started again in ${restartInMs} ms`;
    this.#host.system.kernel.ports.log('error', 'a worker ended', { host, end, next, error });
    // One that was not up has taken nothing; but what was kept for it goes elsewhere when it will not be.
    if (!(loss.wasReady || givenUp) || this.#ended) return;
    this.#unsettled += 1;
    this.#changes = this.#changes
      .then(() => this.#settle(loss))
      .catch((error: unknown) => this.warning(toError(error)));
  }

  /** Tells every host that one is gone, and what of it comes back. */
  async #settle({ host, end, restartInMs }: HostLoss): Promise<void> {
    this.#unsettled -= 1;
    const own = this.#host.hostLost(host);
    const takenFrom = new Map([[0, own.taken]]);
    const kept = [...own.kept];
    await this.#askAll(host, { what: 'hostLost', host }, (other, { loss }) => {
      if (loss === undefined) return;
      takenFrom.set(other, loss.taken);
      kept.push(...loss.kept);
    });
    this.#host.node.hostSettled(host, new Set(kept));
    await this.#askAll(host, { what: 'hostSettled', host, kept });
    Atomics.add(this.#host.memory.losses, host, 1);
    this.#losses.settle(host, takenFrom, this.#emptyDeadLinks(host, takenFrom));
    await this.#rehoming.run();
    const { ports, events } = this.#host.system.kernel;
    if (this.#unsettled === 0 && this.#workersWith(LIFE.givenUp).length === this.workers) {
      ports.log(
        'error',
        'every worker was given up: what needs one is refused, and no actor of theirs comes back',
      );
      this.#host.workersGivenUp();
    }
    events.emit('hostLost', { host, end, restartInMs: restartInMs ?? null });
  }

  /** Hosts that did not say what became of their messages are dead too. @returns messages that lay between them */
  #emptyDeadLinks(host: number, alive: ReadonlyMap<number, unknown>): number {
    let messages = 0;
    for (let other = 1; other <= this.workers; other += 1) {
      if (other !== host && !alive.has(other))
        messages += this.#host.emptyDeadLink(host, other) + this.#host.emptyDeadLink(other, host);
    }
    return messages;
  }

  /** Asks every worker that lives but one. One that ends before it answers is left out. */
  async #askAll(
    but: number,
    question: ControlQuestion,
    answered?: (host: number, reply: ControlReply) => void,
  ): Promise<void> {
    const asked = this.#livingBut(but).map(async (other) => {
      const reply = await this.#control(other).ask(question);
      answered?.(other, reply);
    });
    await Promise.allSettled(asked);
  }

  /** A worker was started again. It is gone again already when its next loss is waiting to be settled. */
  async #rejoin(host: number, incarnation: number): Promise<void> {
    const up = (): boolean => this.#up[host] === incarnation;
    if (!up()) return;
    Atomics.store(this.#host.memory.alive, host, LIFE.lives);
    const others = [0, ...this.#livingBut(host)];
    const joined = [
      this.#control(host).ask({ what: 'begin' }),
      ...others.map((other) => this.#handPorts(host, other)),
    ];
    for (const outcome of await Promise.allSettled(joined)) {
      // A host that ended meanwhile is handed its ports when it is back.
      if (outcome.status === 'rejected' && !isMillraceError(outcome.reason, 'ERR_HOST_LOST'))
        throw outcome.reason;
    }
    if (!up()) return;
    this.#workerEvents.begun(host);
    await this.#rehoming.run();
    this.#host.system.kernel.events.emit('hostBack', { host });
  }

  #livingBut(host: number): number[] {
    return this.#workersWith(LIFE.lives).filter((other) => other !== host);
  }

  #workersWith(life: number): number[] {
    const { alive } = this.#host.memory;
    const found: number[] = [];
    for (let worker = 1; worker <= this.workers; worker += 1)
      if (Atomics.load(alive, worker) === life) found.push(worker);
    return found;
  }

  #others(host: number): Control[] {
    return this.#livingBut(host).map((other) => this.#control(other));
  }

  /** @internal See `HostObserver`. */
  hostMessage(host: number, message: unknown): void {
    this.#controls[host - 1]?.answered(message as ControlReply);
  }

  /** @internal See `HostObserver`. */
  warning(error: Error): void {
    this.#host.system.kernel.ports.log('warn', 'something failed in the background of the worker pool', {
      error,
    });
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
