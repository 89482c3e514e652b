/**
 * What application code holds of an actor: it can tell and ask, and nothing else. Owns the types that make
 * a wrong handler name, payload or reply a compile error. A ref is valid for one actor from spawn to stop,
 * through every restart; comparing two refs of one host with `===` compares the actors.
 */
import type { Address } from './address.ts';

/**
 * What a handler looks like to the types. `never` accepts every payload type without saying `any`: a handler
 * is only called through a spec that erased its types in one place.
 */
export type AnyHandler = (state: never, payload: never, ctx: never) => unknown;

/** The handlers of an actor by name. */
export type AnyHandlers = Readonly<Record<string, AnyHandler>>;

/** Something with handlers: what the type parameter of a ref must have. */
export interface HasHandlers<Handlers extends AnyHandlers = AnyHandlers> {
  /** By name. */
  readonly handlers: Handlers;
}

/** An actor of which nothing is known: any name, any payload, checked when it is sent. */
export type AnyActor = HasHandlers<
  Readonly<Record<string, (state: never, payload: unknown, ctx: never) => unknown>>
>;

/** A ref of whatever actor, for those who only want to know which. */
export interface AnyRef {
  /** Where the actor lives, and which one it is. */
  readonly address: Address;
}

/** The names of an actor's handlers. */
export type HandlerName<D extends HasHandlers> = keyof D['handlers'] & string;

/** What a handler takes; undefined when it takes nothing or does not say. */
export type PayloadOf<H extends AnyHandler> = [Parameters<H>[1]] extends [never]
  ? undefined
  : Parameters<H>[1];

/** What an ask of a handler resolves to. */
export type ReplyOf<H extends AnyHandler> = Awaited<ReturnType<H>>;

/**
 * What an actor can be sent, and replies, by handler: what makes refs of different actors different types. Written
 * as methods, whose payloads TypeScript compares both ways, so that every ref is also one of {@link AnyActor}.
 */
type Messages<D extends HasHandlers> = {
  readonly [Name in HandlerName<D>]: {
    message(payload: PayloadOf<D['handlers'][Name]>): ReplyOf<D['handlers'][Name]>;
  }['message'];
};

/** Stands for {@link Messages} in the type of a ref; no ref has such a member. */
declare const MESSAGES: unique symbol;

/** The arguments after the handler's name: the payload may be left out where the handler takes none. */
export type SendArguments<H extends AnyHandler, Options> =
  undefined extends PayloadOf<H>
    ? [payload?: PayloadOf<H>, options?: Options]
    : [payload: PayloadOf<H>, options?: Options];

/** Options of one `tell`. */
export interface TellOptions {
  /** Gives up a parked send; the tell rejects with `ERR_SEND_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Gives up when the send is still parked after this time, with `ERR_SEND_TIMEOUT`. */
  readonly timeoutMs?: number;
}

/** Options of one `ask`. */
export interface AskOptions {
  /** Gives up; the ask rejects with `ERR_ASK_ABORTED`, and the handler's `ctx.signal` aborts. */
  readonly signal?: AbortSignal;
  /** Time for the whole ask, waiting for the mailbox included. Default: the system's `askTimeoutMs`. */
  readonly timeoutMs?: number;
}

/**
 * What became of a `tryTell`: `sent` is admitted, `full` was refused or would have had to wait, `stopped`
 * means that the actor, or the system's intake, is gone for good.
 */
export type TryTell = 'sent' | 'full' | 'stopped';

/** A handle on an actor with the handlers of `D` (write `ActorRef<typeof Account>`). */
export interface ActorRef<D extends HasHandlers = AnyActor> extends AnyRef {
  /** @internal Only for the type. */
  readonly [MESSAGES]?: Messages<D>;
  /**
   * Sends a message and resolves once it is admitted to the mailbox, not once it is handled. When the mailbox is
   * full its overflow policy decides: under `park` the tell waits its turn. Messages from one sender to one
   * actor are handled in the order sent.
   *
   * A rejection that nobody awaits is never an unhandled rejection: the message becomes a dead letter.
   *
   * @throws ERR_HANDLER_UNKNOWN, ERR_PAYLOAD_NOT_DATA at once
   * @returns rejects with ERR_ACTOR_STOPPED, ERR_MAILBOX_FULL, ERR_PARKED_LIMIT, ERR_SEND_TIMEOUT,
   *   ERR_SEND_ABORTED, ERR_DEADLOCK, ERR_SYSTEM_STOPPING
   */
  tell<Name extends HandlerName<D>>(
    handler: Name,
    ...rest: SendArguments<D['handlers'][Name], TellOptions>
  ): Promise<void>;
  /** Sends a message if that needs no waiting, and says what became of it. @throws as `tell` does at once */
  tryTell<Name extends HandlerName<D>>(
    handler: Name,
    ...rest: SendArguments<D['handlers'][Name], never>
  ): TryTell;
  /**
   * Sends a message and resolves with what the handler returned. A failure of the handler rejects the ask with
   * the handler's error.
   *
   * @throws ERR_HANDLER_UNKNOWN, ERR_PAYLOAD_NOT_DATA at once
   * @returns rejects as `tell` does, and with ERR_ASK_TIMEOUT, ERR_ASK_ABORTED, ERR_ASK_CYCLE, ERR_ASK_LIMIT,
   *   ERR_ASK_DROPPED, ERR_HANDLER_FAILED
   */
  ask<Name extends HandlerName<D>>(
    handler: Name,
    ...rest: SendArguments<D['handlers'][Name], AskOptions>
  ): Promise<ReplyOf<D['handlers'][Name]>>;
  /** The address as text. */
  toString(): string;
}

/** Actors of one definition by key: what `system.keyed(definition)` returns. */
export interface KeyedRefs<D extends HasHandlers = AnyActor> {
  /**
   * The ref for a key: a text of 1 to 1,024 characters. Costs nothing until the first message, which makes the
   * actor if there is none. While the actor is looked up on another thread, a `tell` parks and a `tryTell` answers
   * `full`.
   *
   * @throws ERR_OPTION_INVALID
   */
  ref(key: string): ActorRef<D>;
}
