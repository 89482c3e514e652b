/**
 * What an actor is: a name, a way to make its state, its handlers and its options. `defineActor` checks all
 * of it once, so that nothing is checked per message. Owns the defaults of a definition; holds that a
 * definition is immutable. The types of state, payloads and replies are erased here and nowhere else.
 */
import { GIVEN_NAME_PATTERN, NAME_PATTERN } from '../address.ts';
import { MillraceError } from '../errors.ts';
import {
  type OptionChecks,
  boolean,
  callable,
  checkOptions,
  integer,
  matching,
  milliseconds,
  object,
  oneOf,
  optionError,
} from '../options.ts';
import { nearest } from '../lib/nearest.ts';
import {
  CAPACITY_DEFAULT_MESSAGES,
  CAPACITY_MAX_MESSAGES,
  CONCURRENCY_MAX_MESSAGES,
  KEYED_IDLE_DEFAULT_MS,
} from '../limits.ts';
import type { OverflowPolicy } from '../mailbox/overflow.ts';
import type { AnyHandlers, AnyRef, HasHandlers } from '../ref.ts';
import {
  type ChildOptions,
  type ChildSpec,
  DECLARED_CHILD_CHECKS,
  type SupervisionOptions,
  type SupervisionSpec,
  resolveChild,
  resolveSupervision,
} from '../supervision/child-spec.ts';
import type { StopReason } from '../events.ts';
import type { ActorContext } from './context.ts';

/** How the mailbox of an actor is bounded. */
export interface MailboxOptions {
  /** Messages it holds at most, those being handled or stashed included: 1 to 32,767. Default 256. */
  readonly capacity?: number;
  /** What happens to one message more. Default `park`. */
  readonly overflow?: OverflowPolicy;
  /** Under `park`: how long a send waits. Default: as long as it takes. */
  readonly timeoutMs?: number;
  /** What happens when `timeoutMs` has passed: the send rejects, or the message is dropped. Default `fail`. */
  readonly onTimeout?: 'fail' | 'drop';
  /** Under `latest`: messages of one handler with the same key replace each other. Default: one key. */
  readonly key?: (payload: never) => unknown;
}

/** What happened to an actor that was watched. */
export interface Terminated {
  /** Which actor stopped. */
  readonly ref: AnyRef;
  /** Why. */
  readonly reason: StopReason;
}

/** Functions called at turns of an actor's life. Each may be asynchronous; none runs beside a handler. */
export interface Hooks<State> {
  /** After `init`, the first time. */
  readonly started?: (state: State, ctx: ActorContext) => void | Promise<void>;
  /** After `init`, every other time. `error` is what made the actor fail; undefined when a sibling did. */
  readonly restarted?: (state: State, ctx: ActorContext, error: unknown) => void | Promise<void>;
  /** Before the state is let go, on stop and on restart, within the shutdown deadline. */
  readonly stopping?: (
    state: State,
    ctx: ActorContext,
    reason: StopReason | 'restart',
  ) => void | Promise<void>;
  /** An actor that this one watches has stopped. Exactly once for each watch. */
  readonly terminated?: (state: State, event: Terminated, ctx: ActorContext) => void | Promise<void>;
}

/** How an actor lives that is reached by key: see `system.keyed`. Its `init` takes the key, and loads by it. */
export interface KeyedOptions<State> {
  /**
   * After this time without a message its state is saved and let go; the next message makes it again. It is
   * noticed late by as much again at most. Default 60,000 ms.
   */
  readonly idleMs?: number;
  /**
   * Stores the state: before it is let go because the actor is idle, and when the actor stops in order. Messages that
   * come meanwhile wait in the mailbox. When it fails for an idle actor, the actor stays. It is not called after a
   * failure: what `init` loads then is what was saved last.
   */
  readonly save?: (state: State, key: string, ctx: ActorContext) => void | Promise<void>;
}

/** A child that a supervisor starts with itself. */
export interface DeclaredChild extends ChildOptions {
  /** Unique among its siblings. Letters, digits and `_$.@:-`; no `$` in front. */
  readonly name: string;
  /** What it is. */
  readonly actor: AnyDefinition;
  /** What its `init` takes. */
  readonly args?: unknown;
  /** As in the options of `spawn`. */
  readonly placement?: unknown;
}

/** A handler, typed by what it takes and gives. */
export type Handler<State> = (state: State, payload: never, ctx: ActorContext) => unknown;

/** What `defineActor` takes. */
export interface ActorOptions<State, Args, Handlers extends AnyHandlers> {
  /** Names the definition: in addresses, logs, and between threads. Letters, digits and `_$.@:-`; no `$` in front. */
  readonly name: string;
  /** Makes the state when the actor starts and each time it restarts. May be asynchronous. */
  readonly init: (args: Args, ctx: ActorContext) => State | Promise<State>;
  // A mapped type, because TypeScript then knows the state's type here even when `init` takes its context untyped.
  /** What the actor can be told and asked, by name. */
  readonly handlers: { readonly [Name in keyof Handlers]: Handlers[Name] & Handler<State> };
  /** How its mailbox is bounded. */
  readonly mailbox?: MailboxOptions;
  /** How it looks after its children. */
  readonly supervision?: SupervisionOptions<DeclaredChild>;
  /** What is called at turns of its life. */
  readonly hooks?: Hooks<State>;
  /** Messages that may be handled at the same time, for asynchronous handlers. Default 1. */
  readonly concurrency?: number;
  /** Asks that come back from an actor that this one is asking are handled meanwhile. Default false. */
  readonly reentrant?: boolean;
  /** Messages that may be stashed. Default: the mailbox's capacity. */
  readonly stashCapacity?: number;
  /** Makes it an actor that `system.keyed` reaches by key. */
  readonly keyed?: KeyedOptions<NoInfer<State>>;
}

/** {@link KeyedOptions} with its defaults filled in. */
export interface KeyedSpec {
  readonly idleMs: number;
  readonly save: ((state: unknown, key: string, ctx: ActorContext) => void | Promise<void>) | null;
}

/** A definition whose type parameters do not matter. */
export type AnyDefinition = ActorDefinition<unknown, never, AnyHandlers>;

/** One handler with its types erased. */
export class HandlerSpec {
  /** Position in the definition: the same on every thread. */
  readonly index: number;
  readonly name: string;
  readonly run: (state: unknown, payload: unknown, ctx: ActorContext) => unknown;
  /** Declared `async`: its continuations are followed, so that what it sends is charged to its actor. */
  readonly isAsync: boolean;

  constructor(index: number, name: string, run: Handler<never>) {
    this.index = index;
    this.name = name;
    this.run = run as HandlerSpec['run'];
    this.isAsync = isAsyncFunction(run);
  }
}

/** {@link MailboxOptions} with every default filled in. */
export interface MailboxSpec {
  readonly capacityMessages: number;
  readonly overflow: OverflowPolicy;
  readonly timeoutMs: number | null;
  readonly onTimeout: 'fail' | 'drop';
  readonly key: (payload: unknown) => unknown;
}

/** A declared child with its defaults filled in. */
export interface DeclaredChildSpec {
  readonly name: string;
  readonly actor: ErasedDefinition;
  readonly args: unknown;
  readonly placement: unknown;
  readonly spec: ChildSpec;
}

/** A definition as the runtime uses it. */
export type ErasedDefinition = ActorDefinition<unknown, unknown, AnyHandlers>;

/** What {@link defineActor} returns. Pass it to `spawn`; use `typeof` it as the type of refs. */
export class ActorDefinition<out State, in Args, Handlers extends AnyHandlers>
  implements HasHandlers<Handlers>
{
  /** What it is called, in addresses and between threads. */
  readonly name: string;
  /** Its handlers as they were given. */
  readonly handlers: Handlers;
  /** @internal */
  readonly init: (args: Args, ctx: ActorContext) => State | Promise<State>;
  /** @internal */
  readonly specs: readonly HandlerSpec[];
  /** @internal */
  readonly mailbox: MailboxSpec;
  /** @internal */
  readonly supervision: SupervisionSpec<DeclaredChildSpec>;
  /** @internal */
  readonly hooks: Hooks<unknown>;
  /** @internal */
  readonly concurrency: number;
  /** @internal */
  readonly reentrant: boolean;
  /** @internal */
  readonly stashCapacityMessages: number;
  /** @internal Null when it is not reached by key. */
  readonly keyed: KeyedSpec | null;
  readonly #specByName = new Map<string, HandlerSpec>();
  /** Found last: senders mostly say the same name again, and comparing it costs a tenth of looking it up. */
  #latest: HandlerSpec | undefined;

  /** @internal */
  constructor(options: ActorOptions<State, Args, Handlers>) {
    const where = `defineActor('${String(options.name)}')`;
    checkOptions(where, options, DEFINITION_CHECKS);
    for (const required of ['name', 'init', 'handlers'] as const) {
      if (options[required] === undefined) {
        throw optionError(`${where}.${required}`, undefined, 'it is required');
      }
    }
    checkOptions(`${where}.hooks`, options.hooks ?? {}, HOOK_CHECKS);
    this.name = options.name;
    this.handlers = options.handlers as Handlers;
    this.init = options.init;
    this.specs = Object.entries<unknown>(options.handlers).map(([name, run], index) => {
      if (typeof run !== 'function') throw optionError(`${where}.handlers.${name}`, run, 'a function');
      return new HandlerSpec(index, name, run as Handler<never>);
    });
    for (const spec of this.specs) this.#specByName.set(spec.name, spec);
    this.mailbox = resolveMailbox(`${where}.mailbox`, options.mailbox ?? {});
    this.supervision = resolveSupervisionOf(where, options.supervision);
    this.hooks = (options.hooks ?? {}) as Hooks<unknown>;
    this.concurrency = options.concurrency ?? 1;
    this.reentrant = options.reentrant ?? false;
    this.stashCapacityMessages = options.stashCapacity ?? this.mailbox.capacityMessages;
    this.keyed = options.keyed === undefined ? null : resolveKeyed(`${where}.keyed`, options.keyed);
  }

  /**
   * The handler of that name.
   *
   * @throws ERR_HANDLER_UNKNOWN
   * @internal
   */
  spec(name: string): HandlerSpec {
    const latest = this.#latest;
    if (latest !== undefined && latest.name === name) return latest;
    const spec = this.#specByName.get(name);
    if (spec === undefined) {
      throw new MillraceError('ERR_HANDLER_UNKNOWN', {
        actor: this.name,
        handler: String(name),
        nearest: nearest(String(name), this.#specByName.keys()),
        allowed: [...this.#specByName.keys()].join('|'),
      });
    }
    this.#latest = spec;
    return spec;
  }
}

/**
 * Defines an actor. The definition is data: it starts nothing until it is spawned.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN naming the option, its value and what is allowed
 */
export function defineActor<State, Args, Handlers extends AnyHandlers>(
  options: ActorOptions<State, Args, Handlers>,
): ActorDefinition<State, Args, Handlers> {
  const definition = new ActorDefinition<State, Args, Handlers>(options);
  const { name } = definition;
  const allowed = matching(GIVEN_NAME_PATTERN)(name);
  if (allowed !== undefined) throw optionError(`defineActor('${name}').name`, name, allowed);
  return definition;
}

/** True for a function declared `async`, also one of another realm. */
export function isAsyncFunction(value: (...args: never) => unknown): boolean {
  const { constructor } = value;
  return constructor !== Function && constructor.name === 'AsyncFunction';
}

const DEFINITION_CHECKS: OptionChecks = {
  name: matching(NAME_PATTERN),
  init: callable,
  handlers: object,
  mailbox: object,
  supervision: object,
  hooks: object,
  concurrency: integer(1, CONCURRENCY_MAX_MESSAGES),
  reentrant: boolean,
  stashCapacity: integer(1, CAPACITY_MAX_MESSAGES),
  keyed: object,
};

const HOOK_CHECKS: OptionChecks = {
  started: callable,
  restarted: callable,
  stopping: callable,
  terminated: callable,
};

function resolveMailbox(where: string, options: MailboxOptions): MailboxSpec {
  checkOptions(where, options, {
    capacity: integer(1, CAPACITY_MAX_MESSAGES),
    overflow: oneOf('park', 'drop-newest', 'drop-oldest', 'latest', 'fail'),
    timeoutMs: milliseconds(),
    onTimeout: oneOf('fail', 'drop'),
    key: callable,
  });
  const overflow = options.overflow ?? 'park';
  if (options.timeoutMs !== undefined && overflow !== 'park' && overflow !== 'latest') {
    throw optionError(
      `${where}.timeoutMs`,
      options.timeoutMs,
      "nothing, unless overflow is 'park' or 'latest'",
    );
  }
  if (options.onTimeout !== undefined && options.timeoutMs === undefined) {
    throw optionError(`${where}.onTimeout`, options.onTimeout, 'nothing, unless timeoutMs is given');
  }
  if (options.key !== undefined && overflow !== 'latest') {
    throw optionError(`${where}.key`, options.key, "nothing, unless overflow is 'latest'");
  }
  return {
    capacityMessages: options.capacity ?? CAPACITY_DEFAULT_MESSAGES,
    overflow,
    timeoutMs: options.timeoutMs ?? null,
    onTimeout: options.onTimeout ?? 'fail',
    key: (options.key as MailboxSpec['key'] | undefined) ?? ONE_KEY,
  };
}

function resolveKeyed<State>(where: string, options: KeyedOptions<State>): KeyedSpec {
  checkOptions(where, options, { idleMs: milliseconds(1), save: callable });
  return {
    idleMs: options.idleMs ?? KEYED_IDLE_DEFAULT_MS,
    save: (options.save as KeyedSpec['save'] | undefined) ?? null,
  };
}

const ONE_KEY = (): undefined => undefined;

function resolveSupervisionOf(
  where: string,
  options: SupervisionOptions<DeclaredChild> | undefined,
): SupervisionSpec<DeclaredChildSpec> {
  const spec = resolveSupervision<DeclaredChild>(`${where}.supervision`, options);
  const names = new Set<string>();
  const children = spec.children.map((child, index) => {
    const whereChild = `${where}.supervision.children[${index}]`;
    checkOptions(whereChild, child, DECLARED_CHILD_CHECKS);
    if (!(child.actor instanceof ActorDefinition)) {
      throw optionError(`${whereChild}.actor`, child.actor, 'what defineActor returned');
    }
    if (child.name === undefined || names.has(child.name)) {
      throw optionError(`${whereChild}.name`, child.name, 'a name that no other child has');
    }
    names.add(child.name);
    return {
      name: child.name,
      actor: child.actor as unknown as ErasedDefinition,
      args: child.args,
      placement: child.placement,
      spec: resolveChild(whereChild, child, true),
    };
  });
  return { ...spec, children };
}
