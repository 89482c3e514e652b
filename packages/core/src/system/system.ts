/**
 * A running actor system on one host: wiring only. Owns the kernel, the root of the actor tree and the
 * account of the whole; holds that nothing below imports it. Application code spawns, inspects and stops
 * through it.
 */
import { Ref } from '../actor/actor-ref.ts';
import { Cell } from '../actor/cell.ts';
import { ledgerOf } from '../actor/cell-ledger.ts';
import type { SpawnArguments } from '../actor/context.ts';
import { ActorDefinition, type ErasedDefinition } from '../actor/definition.ts';
import { Kernel } from '../actor/kernel.ts';
import { type Ledger, LedgerTotal, ledgerProblems } from '../actor/ledger.ts';
import { DISPATCH_DEFAULTS, Dispatcher } from '../dispatch/dispatcher.ts';
import { MillraceError } from '../errors.ts';
import { Events, type StopReason, type SystemEvents } from '../events.ts';
import { KeyedHost } from '../keyed/keyed-host.ts';
import { keyedViews } from './keyed-views.ts';
import { type OptionChecks, checkOptions, integer, milliseconds, object, optionError } from '../options.ts';
import { ASK_TIMEOUT_DEFAULT_MS, PARKED_OUTSIDE_MAX_SENDS } from '../limits.ts';
import type { Ports } from '../ports.ts';
import type { ActorRef, AnyHandlers, AnyRef, KeyedRefs } from '../ref.ts';
import { type StopActorOptions, type SupervisionOptions, resolveStop } from '../supervision/child-spec.ts';
import { Guardian } from './guardian.ts';
import { type ActorViews, viewOf } from './inspect.ts';
import {
  type PhaseReport,
  type StopOptions,
  StopSequence,
  type StopTask,
  type StopPhase,
} from './stop-sequence.ts';

/** How a system behaves; everything has a default. */
export interface SystemOptions {
  /** Time for an ask when it says nothing. Default 5,000 ms. */
  readonly askTimeoutMs?: number;
  /** Parked sends of application code outside actors. Default 1,024. */
  readonly parkedOutsideMaxSends?: number;
  /**
   * How top-level actors are supervised. Default: each by itself, at most 5 restarts in 10 s, then it is
   * stopped.
   */
  readonly supervision?: Omit<SupervisionOptions, 'children'>;
  /** How long an actor may hold the thread while others are ready. */
  readonly dispatch?: {
    /** Messages in one turn at most. Default 128. */
    readonly turnMessages?: number;
    /** Actors that one turn may make ready before it is over. Default 256. */
    readonly turnReadied?: number;
    /** Messages to other threads in one turn, after which it is over. Default 32. */
    readonly turnShipped?: number;
    /** Time in one turn at most. Default 0.1 ms. */
    readonly turnMs?: number;
    /** Time in one pass before timers and I/O have their turn. Default 0.1 ms. */
    readonly passMs?: number;
  };
}

/** What {@link System.stop} reports. */
export interface StopReport {
  /** What became of every message. */
  readonly ledger: Ledger;
  /** Laws that the ledger breaks: always empty, or Millrace has a defect. */
  readonly problems: readonly string[];
  /** Messages that nobody handled. */
  readonly deadLetters: number;
  /** How each phase went. */
  readonly phases: readonly PhaseReport[];
}

/** An actor system. */
export class System {
  /** @internal */
  readonly kernel: Kernel;
  /** @internal Where a top-level actor lives when its spawn does not say. */
  placementDefault: unknown = undefined;
  readonly #guardian: Guardian;
  readonly #stop: StopSequence;
  readonly #keyed: KeyedHost;

  /** @internal Use {@link createSystem}. */
  constructor(kernel: Kernel, supervision: Omit<SupervisionOptions, 'children'> | undefined) {
    this.kernel = kernel;
    kernel.createChild = (link, definition, args) => new Cell(kernel, link, definition, args);
    this.#guardian = new Guardian(kernel, supervision);
    this.#keyed = new KeyedHost(kernel, () => this.#guardian.cell);
    kernel.keyed = this.#keyed;
    this.#stop = new StopSequence(kernel, this.#guardian);
  }

  /**
   * Starts a top-level actor and resolves with its ref once it has started.
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
   * @returns rejects with ERR_START_FAILED, ERR_NAME_TAKEN, ERR_SYSTEM_STOPPING
   */
  spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): Promise<ActorRef<ActorDefinition<State, Args, Handlers>>> {
    return new Promise((resolve, reject) => {
      if (!((definition as unknown) instanceof ActorDefinition)) {
        throw optionError('spawn: definition', definition, 'what defineActor returned');
      }
      if (this.kernel.intakeClosed || this.#guardian.cell.gone)
        throw new MillraceError('ERR_SYSTEM_STOPPING', { actor: definition.name });
      const waiter = { resolve: resolve as (ref: unknown) => void, reject };
      const options = rest[0];
      this.#guardian.cell.spawnChild(
        definition as unknown as ErasedDefinition,
        options as never,
        waiter,
        options?.placement ?? this.placementDefault,
      );
    });
  }

  /**
   * Refs to actors by key: `system.keyed(Account).ref('alice')`. The first message makes the actor, whose `init` gets
   * the key; there is one for each key in the whole system. When it has been idle for a while it is saved and let
   * go, and the next message makes it again; no message is lost by that and none overtakes another.
   *
   * @throws ERR_OPTION_INVALID when the definition has no `keyed` option
   */
  keyed<State, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, string, Handlers>,
  ): KeyedRefs<ActorDefinition<State, string, Handlers>> {
    if (!((definition as unknown) instanceof ActorDefinition)) {
      throw optionError('keyed: definition', definition, 'what defineActor returned');
    }
    return this.#keyed.refs(definition as never) as never;
  }

  /** @internal Keyed actors of this host. */
  get keyedHost(): KeyedHost {
    return this.#keyed;
  }

  /** The top-level actor of that name. */
  find(name: string): ActorRef | undefined {
    return this.#guardian.cell.supervisor?.child(name)?.steered.ref;
  }

  /**
   * Stops one actor for good and resolves with why it stopped. Harmless when it is gone.
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
   */
  stopActor(ref: AnyRef, options?: StopActorOptions): Promise<StopReason> {
    const shutdownMs = resolveStop(options);
    const recipient = Ref.recipientOf(ref);
    const stopped = this.terminated(ref);
    recipient.requestStop(shutdownMs);
    return stopped;
  }

  /** Resolves once the actor has stopped; at once when it is gone. */
  terminated(ref: AnyRef): Promise<StopReason> {
    return new Promise((resolve) => {
      Ref.recipientOf(ref).watchedBy({ watchedStopped: (_, reason) => resolve(reason) });
    });
  }

  /** Calls `listener` on each event of that name until the returned function is called. */
  on<Name extends keyof SystemEvents>(name: Name, listener: (event: SystemEvents[Name]) => void): () => void {
    return this.kernel.events.on(name, listener);
  }

  /** The account of every message so far, exact at this instant. O(actors). */
  ledger(): Ledger {
    const total = new LedgerTotal().add(this.kernel.retired);
    for (const cell of this.#guardian.cells()) total.add(ledgerOf(cell));
    this.#keyed.lookUps.addTo(total);
    return total;
  }

  /** Actors with their mailboxes, waiting lines and accounts at this instant. O(actors). */
  inspect(): ActorViews {
    const spawned = Array.from(this.#guardian.cells(this.#keyed.holder.instances.root), (cell) =>
      viewOf(cell),
    );
    const { actors, actorsLeftOut } = keyedViews(this.#keyed);
    return { actors: [...spawned, ...actors], actorsLeftOut };
  }

  /** @internal Every actor of this host, the root not among them. */
  cells(): Generator<Cell> {
    return this.#guardian.cells();
  }

  /** Dead letters so far. */
  get deadLetters(): number {
    return this.kernel.deadLetters.count;
  }

  /** Actors alive, the root not counted. O(actors). */
  get actors(): number {
    let count = 0;
    for (const _ of this.#guardian.cells()) count += 1;
    return count;
  }

  /** Runs `task` in a phase of the stop; tasks of one phase run together, within its deadline. */
  onStop(phase: StopPhase, task: StopTask): void {
    this.#stop.add(phase, task);
  }

  /**
   * Stops in order: no more sends from outside, mailboxes drain, actors stop in reverse order of their start,
   * a report. Each phase has a deadline and the stop goes on past it. A second call gets the same report.
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    return this.#stop.run(options).then((phases) => {
      const ledger = this.ledger();
      return { ledger, problems: ledgerProblems(ledger), deadLetters: this.deadLetters, phases };
    });
  }
}

/** What {@link SystemOptions} may hold. */
export const SYSTEM_CHECKS: OptionChecks = {
  askTimeoutMs: milliseconds(1),
  parkedOutsideMaxSends: integer(1, 1_000_000),
  supervision: object,
  dispatch: object,
};

/**
 * Makes a system on the thread that calls it.
 *
 * @param nextId hands out ids that no other actor of the system gets; default: counts from 1
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function createSystem(ports: Ports, options: SystemOptions = {}, nextId?: () => number): System {
  checkOptions('system', options, SYSTEM_CHECKS);
  checkOptions('system.dispatch', options.dispatch ?? {}, {
    turnMessages: integer(1, 1_000_000),
    turnReadied: integer(1, 1_000_000),
    turnShipped: integer(1, 1_000_000),
    turnMs: milliseconds(0),
    passMs: milliseconds(0),
  });
  const events = new Events(ports.log);
  const { turnMessages, turnReadied, turnShipped, turnMs, passMs } = options.dispatch ?? {};
  const dispatcher = new Dispatcher(ports.clock, ports.scheduler, {
    turnMessages: turnMessages ?? DISPATCH_DEFAULTS.turnMessages,
    turnReadied: turnReadied ?? DISPATCH_DEFAULTS.turnReadied,
    turnShipped: turnShipped ?? DISPATCH_DEFAULTS.turnShipped,
    turnMs: turnMs ?? DISPATCH_DEFAULTS.turnMs,
    passMs: passMs ?? DISPATCH_DEFAULTS.passMs,
  });
  const kernelOptions = {
    askTimeoutMs: options.askTimeoutMs ?? ASK_TIMEOUT_DEFAULT_MS,
    parkedOutsideMaxSends: options.parkedOutsideMaxSends ?? PARKED_OUTSIDE_MAX_SENDS,
  };
  const kernel = new Kernel(ports, events, dispatcher, kernelOptions, nextId);
  return new System(kernel, options.supervision);
}
