/**
 * What a handler gets as `ctx`: the actor's own powers (spawn, stop, watch, timers, stash), which a ref
 * does not have. Owns the abort signal of what it was made for and the wish to stash; holds that a context
 * of an incarnation that is over refuses to act. The cell carries everything out.
 */
import type { Address } from '../address.ts';
import { MillraceError } from '../errors.ts';
import { assert } from '../lib/assert.ts';
import type { LogLevel } from '../ports.ts';
import type {
  ActorRef,
  AnyHandlers,
  AnyRef,
  AnyActor,
  HandlerName,
  HasHandlers,
  KeyedRefs,
  PayloadOf,
} from '../ref.ts';
import type { ChildOptions, StopActorOptions } from '../supervision/child-spec.ts';
import type { AskOrigin } from './ask.ts';
import type { Cell } from './cell.ts';
import type { ActorDefinition } from './definition.ts';
import type { Invocation } from './kernel.ts';
import type { Sender } from './sender.ts';

/** How to spawn an actor. */
export type SpawnOptions<Args> = ChildOptions & {
  /** Unique among its siblings. Letters, digits and `_$.@:-`; no `$` in front. Default: the definition's name and a number. */
  readonly name?: string;
  /** Where the actor lives, in a system of many threads; on one thread there is one place. */
  readonly placement?: unknown;
} & (undefined extends Args ? { readonly args?: Args } : { readonly args: Args });

/** The options argument of `spawn`: it may be left out when `init` takes nothing. */
export type SpawnArguments<Args> = undefined extends Args
  ? [options?: SpawnOptions<Args>]
  : [options: SpawnOptions<Args>];

/** How to set timers. Each dies with the incarnation; its tick is a message to the actor itself. */
export interface TimerControl<D extends HasHandlers = AnyActor> {
  /** One tick after `delayMs`. A timer with the same name is replaced. @throws ERR_OPTION_INVALID, ERR_TIMER_LIMIT */
  once<Name extends HandlerName<D>>(
    name: string,
    delayMs: number,
    handler: Name,
    payload?: PayloadOf<D['handlers'][Name]>,
  ): void;
  /** A tick every `periodMs`, at most one on its way. @throws ERR_OPTION_INVALID, ERR_TIMER_LIMIT */
  interval<Name extends HandlerName<D>>(
    name: string,
    periodMs: number,
    handler: Name,
    payload?: PayloadOf<D['handlers'][Name]>,
  ): void;
  /** A tick whenever no message other than ticks was handled for `idleMs`. @throws ERR_OPTION_INVALID, ERR_TIMER_LIMIT */
  receiveTimeout<Name extends HandlerName<D>>(
    idleMs: number,
    handler: Name,
    payload?: PayloadOf<D['handlers'][Name]>,
  ): void;
  /** Ends a timer, also a tick that is on its way. False when there is none of that name. */
  cancel(name: string): boolean;
  /** Ends the receive-timeout. */
  cancelReceiveTimeout(): boolean;
}

/** What an actor can do, handed to its init, handlers and hooks. */
export interface ActorContext {
  /** The actor itself. */
  readonly self: ActorRef;
  /** 1 for the first life of the state, one more after each restart. */
  readonly incarnation: number;
  /** Aborts when the actor stops or restarts, and when the asker of this message gives up. */
  readonly signal: AbortSignal;
  /** Sets and ends timers. */
  readonly timers: TimerControl;
  /** Milliseconds on the system's clock, with fractions. */
  now(): number;
  /** Writes to the system's log with the actor's address. */
  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Starts a child. Its ref may be used at once. @throws ERR_NAME_TAKEN, ERR_OPTION_INVALID, ERR_TREE_DEPTH */
  spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): ActorRef<ActorDefinition<State, Args, Handlers>>;
  /** The child of that name. */
  child(name: string): ActorRef | undefined;
  /** Refs to actors by key: see `System.keyed`. @throws ERR_OPTION_INVALID */
  keyed<State, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, string, Handlers>,
  ): KeyedRefs<ActorDefinition<State, string, Handlers>>;
  /**
   * Stops this actor after the message at hand, or the actor behind `ref`; within `shutdownMs`, then it is killed.
   *
   * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
   */
  stop(ref?: AnyRef, options?: StopActorOptions): void;
  /** Has the `terminated` hook called once when the actor behind `ref` stops. @throws ERR_OPTION_INVALID without that hook */
  watch(ref: AnyRef): void;
  /** Ends a watch; the hook is not called any more, not even for a stop that happened already. */
  unwatch(ref: AnyRef): void;
  /** Sets the message at hand aside; it keeps its slot. Call it once, and return. @throws ERR_STASH_FULL, ERR_STASH_NOTHING */
  stash(): void;
  /** Puts every stashed message back before those that wait, in the order they came. */
  unstash(): void;
}

/** The context of one message, or of all messages of an actor that handles one at a time. */
export class Context implements ActorContext, Invocation {
  /** @internal The ask that is being answered. */
  readonly answering: AskOrigin | null;
  /** @internal True once the message at hand is to be stashed. */
  stashing = false;
  readonly incarnation: number;
  readonly #epoch: number;
  readonly #cell: Cell;
  #abort: AbortController | null = null;

  constructor(cell: Cell, ask: AskOrigin | null) {
    this.#cell = cell;
    this.answering = ask;
    this.incarnation = cell.incarnation;
    this.#epoch = cell.epoch;
  }

  /** @internal */
  get sender(): Sender {
    return this.#cell;
  }

  get self(): ActorRef {
    const { ref, kernel, definition } = this.#cell;
    // The ref by key outlives the instance.
    const key = definition.keyed === null ? undefined : kernel.keyed?.keyOf(this.#cell);
    return key === undefined ? ref : (kernel.keyed?.refs(definition).ref(key) ?? ref);
  }

  get address(): Address {
    return this.#cell.address;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (!this.#valid) this.abort(undefined);
      else this.#cell.ownExtras().addAbort(this);
      if (this.answering !== null) {
        if (this.answering.settled) this.abort(undefined);
        else this.answering.onGivenUp = (error) => this.abort(error);
      }
    }
    return this.#abort.signal;
  }

  get timers(): TimerControl {
    return new OwnTimers(this.#current());
  }

  now(): number {
    return this.#cell.kernel.ports.clock.now();
  }

  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void {
    this.#cell.kernel.ports.log(level, message, { actor: this.#cell.ref.toString(), ...details });
  }

  spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): ActorRef<ActorDefinition<State, Args, Handlers>> {
    return this.#current().spawnChild(definition as never, rest[0] as never, null) as never;
  }

  child(name: string): ActorRef | undefined {
    return this.#cell.supervisor?.child(name)?.steered.ref;
  }

  keyed<State, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, string, Handlers>,
  ): KeyedRefs<ActorDefinition<State, string, Handlers>> {
    const { keyed } = this.#cell.kernel;
    assert(keyed !== null, 'the kernel was composed with keyed actors');
    return keyed.refs(definition as never) as never;
  }

  stop(ref?: AnyRef, options?: StopActorOptions): void {
    this.#current().stopFromInside(ref, options);
  }

  watch(ref: AnyRef): void {
    this.#current().watch(ref);
  }

  unwatch(ref: AnyRef): void {
    this.#current().unwatch(ref);
  }

  stash(): void {
    this.#current().checkStash();
    this.stashing = true;
    this.#cell.kernel.stashed += 1;
  }

  unstash(): void {
    this.#current().unstash();
  }

  /** @internal The message that this context was made for has come to its end. */
  finish(): void {
    if (this.#abort !== null) this.#cell.extras?.aborts?.delete(this);
  }

  /** @internal Aborts {@link signal}. */
  abort(reason: unknown): void {
    this.#abort?.abort(reason);
  }

  get #valid(): boolean {
    return this.#cell.epoch === this.#epoch && this.#cell.alive;
  }

  #current(): Cell {
    if (!this.#valid) {
      throw new MillraceError('ERR_CONTEXT_OVER', {
        actor: this.#cell.ref.toString(),
        incarnation: this.incarnation,
        now: this.#cell.incarnation,
      });
    }
    return this.#cell;
  }
}

/** The timers of an actor, with handlers found by name. */
class OwnTimers implements TimerControl {
  readonly #cell: Cell;

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  once(name: string, delayMs: number, handler: string, payload?: unknown): void {
    this.#cell.ownTimers().once(name, delayMs, { handler: this.#cell.definition.spec(handler), payload });
  }

  interval(name: string, periodMs: number, handler: string, payload?: unknown): void {
    this.#cell
      .ownTimers()
      .interval(name, periodMs, { handler: this.#cell.definition.spec(handler), payload });
  }

  receiveTimeout(idleMs: number, handler: string, payload?: unknown): void {
    this.#cell.ownTimers().receiveTimeout(idleMs, { handler: this.#cell.definition.spec(handler), payload });
  }

  cancel(name: string): boolean {
    return this.#cell.ownTimers().cancel(name);
  }

  cancelReceiveTimeout(): boolean {
    return this.#cell.ownTimers().cancelReceiveTimeout();
  }
}
