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
  Ledger,
  ShutdownMs,
  SpawnArguments,
  StopOptions,
  StopReason,
  StopReport,
  StopTask,
  SystemEvents,
} from '@millrace/core';
import { ledgerProblems } from '@millrace/core';
import { LedgerTotal } from '@millrace/core/remote';
import { Control, type ControlReply, type HostStatus } from './host/control.ts';
import type { Host } from './host/host.ts';
import type { HostPool } from './host/host-pool.ts';
import type { HostLoss, HostObserver } from './host/pooled-host.ts';

/** Time for the workers' own actors to stop, when nobody says otherwise. */
const WORKER_STOP_MS = 10_000;

/** A running system. */
export class RunningSystem implements HostObserver {
  readonly #host: Host;
  /** One for each worker, in their order. */
  readonly #controls: readonly Control[];
  #pool: HostPool | null = null;
  readonly #ledger = new LedgerTotal();
  #deadLetters = 0;
  #nextWorker = 0;
  #stopping: Promise<StopReport> | null = null;

  /** @internal Use `startSystem`. */
  constructor(host: Host, workers: number) {
    this.#host = host;
    this.#controls = Array.from(
      { length: workers },
      (_, i) => new Control((message, transfer) => this.#pool?.post(i + 1, message, transfer) ?? false),
    );
  }

  /** @internal All workers are up: they and this thread are made known to each other. */
  async join(pool: HostPool): Promise<void> {
    this.#pool = pool;
    const pairs: Promise<unknown>[] = [];
    for (let a = 0; a <= this.workers; a += 1) {
      for (let b = a + 1; b <= this.workers; b += 1) {
        const { port1, port2 } = new MessageChannel();
        pairs.push(this.#handPort(a, b, port1), this.#handPort(b, a, port2));
      }
    }
    await Promise.all(pairs);
  }

  /** Worker threads. */
  get workers(): number {
    return this.#controls.length;
  }

  /**
   * Starts a top-level actor and resolves with its ref once it has started. Without `placement` it goes to the
   * worker whose turn it is.
   *
   * @returns rejects with ERR_OPTION_INVALID, ERR_START_FAILED, ERR_NAME_TAKEN, ERR_SYSTEM_STOPPING
   */
  spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): Promise<ActorRef<ActorDefinition<State, Args, Handlers>>> {
    const options = { ...rest[0], placement: rest[0]?.placement ?? this.#place() };
    return this.#host.system.spawn(definition, ...([options] as unknown as SpawnArguments<Args>));
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

  /** Calls `listener` on each event of that name on the main thread until the returned function is called. */
  on<Name extends keyof SystemEvents>(name: Name, listener: (event: SystemEvents[Name]) => void): () => void {
    return this.#host.system.on(name, listener);
  }

  /** Runs `task` in a phase of the stop. */
  onStop(phase: Parameters<Host['system']['onStop']>[0], task: StopTask): void {
    this.#host.system.onStop(phase, task);
  }

  /** The account of all hosts, each at the moment it was asked: exact once the system is quiet. */
  async ledger(): Promise<Ledger> {
    const total = this.#host.ledger();
    const replies = await Promise.all(this.#controls.map((control) => control.ask({ what: 'ledger' })));
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
    let draining = true;
    system.onStop('drain', () => this.#quiet(() => draining));
    system.onStop('actors', () => {
      draining = false;
    });
    const report = await system.stop(options);
    const actorsMs = options.actorsMs ?? WORKER_STOP_MS;
    await Promise.all(this.#controls.map((control) => this.#end(control, actorsMs)));
    await this.#pool?.stop(actorsMs);
    this.#host.close();
    const ledger = this.#ledger.add(this.#host.ledger());
    const deadLetters = this.#deadLetters + report.deadLetters;
    return { ledger, problems: ledgerProblems(ledger), deadLetters, phases: report.phases };
  }

  async #end(control: Control, deadlineMs: number): Promise<void> {
    try {
      await control.ask({ what: 'stopActors', deadlineMs });
      const last = await control.ask({ what: 'ledger' });
      if (last.ledger !== undefined) this.#ledger.add(last.ledger);
      this.#deadLetters += last.deadLetters ?? 0;
    } catch {
      // It ended by itself; what it had counted is gone with it.
    }
  }

  async #handPort(host: number, other: number, port: MessagePort): Promise<void> {
    if (host === 0) this.#host.joinTransfers(other, port);
    else await (this.#controls[host - 1] as Control).ask({ what: 'port', host: other, port });
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
      const replies = await Promise.all(this.#controls.map((control) => control.ask({ what: 'status' })));
      const all: HostStatus[] = [this.#host.status()];
      for (const reply of replies) if (reply.status !== undefined) all.push(reply.status);
      const sent = all.reduce((sum, one) => sum + one.sent, 0);
      const received = all.reduce((sum, one) => sum + one.received, 0);
      const idle = all.every((one) => one.active === 0) && sent === received;
      if (idle && before === sent) return;
      before = idle ? sent : Number.NaN;
    }
  }

  /** @internal See `HostObserver`. */
  hostReady(): void {
    // The first time, `join` follows; a host that was started again has nothing to be told yet.
  }

  /** @internal See `HostObserver`. */
  hostLost(loss: HostLoss): void {
    this.#controls[loss.host - 1]?.lost();
    this.#host.system.kernel.ports.log('error', 'a worker ended', { host: loss.host, error: loss.error });
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

  #place(): number {
    if (this.#controls.length === 0) return 0;
    this.#nextWorker = (this.#nextWorker % this.#controls.length) + 1;
    return this.#nextWorker;
  }
}
