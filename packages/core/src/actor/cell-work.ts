/**
 * How an actor's code is run: its handlers, init and hooks. Owns the state and what is under way; holds that
 * each message handed to a handler is counted once as handled or failed and returns its slot once, and that
 * what was abandoned has no effect when it ends after all. The cell above says when; it is told of failures.
 *
 * The path of a message without surprises (take, handle, release) allocates nothing.
 */
import { formatAddress } from '../address.ts';
import { MillraceError } from '../errors.ts';
import type { FailurePoint } from '../events.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import type { AskOrigin } from './ask.ts';
import type { RunningMessage, TakenMessage } from './cell-extras.ts';
import { CellInbox } from './cell-inbox.ts';
import type { Context } from './context.ts';
import { type HandlerSpec, isAsyncFunction } from './definition.ts';
import type { Invocation } from './kernel.ts';
import { NO_STATE } from './lifecycle.ts';
import type { Origin } from './recipient.ts';
import { ORIGIN, type Sender } from './sender.ts';
import type { Tick } from './timers.ts';

/** How an init or a hook ended. */
export type HookOutcome =
  | { readonly failed: false; readonly value: unknown }
  | { readonly failed: true; readonly error: unknown };

/** Runs the code of one actor. */
export abstract class CellWork extends CellInbox implements Invocation {
  state: unknown = NO_STATE;
  /** Messages handled to the end. */
  handled = 0;
  #context: Context | null = null;
  /** Messages whose handler returned a promise that has not settled. */
  #running = 0;
  /** An init or hook is under way. */
  #hookRuns = false;
  /** Its own sends that wait elsewhere: until they settle, no message is begun. */
  parkedSends = 0;
  /** Changes whenever what was begun must not take effect any more. */
  epoch = 0;

  abstract get sender(): Sender;
  /** The actor's code failed. */
  abstract fail(error: unknown, during: FailurePoint): void;
  /** A context for the message that this ask brought, or for whatever is no ask. */
  protected abstract contextFor(ask: AskOrigin | null): Context;

  /** Messages being handled by asynchronous handlers now. */
  get running(): number {
    return this.#running;
  }

  /** See `Invocation`: an ask has a context of its own. */
  get answering(): null {
    return null;
  }

  /** True when one more message may be begun. */
  protected get mayBegin(): boolean {
    return this.parkedSends === 0 && this.#running < this.definition.concurrency && !this.#hookRuns;
  }

  override get occupied(): boolean {
    return this.#running > 0 || this.#hookRuns;
  }

  /** The context of whatever is not one of several messages at a time. */
  get context(): Context {
    this.#context ??= this.contextFor(null);
    return this.#context;
  }

  /** @throws ERR_STASH_FULL, ERR_STASH_NOTHING */
  checkStash(): void {
    const { stashCapacityMessages } = this.definition;
    const { kernel } = this;
    const handling = kernel.handling && kernel.current?.sender === this.sender;
    if (!handling && this.#running === 0) {
      throw new MillraceError('ERR_STASH_NOTHING', { actor: formatAddress(this.address) });
    }
    if ((this.extras?.stash?.size ?? 0) < stashCapacityMessages) return;
    throw new MillraceError('ERR_STASH_FULL', {
      actor: formatAddress(this.address),
      stashCapacity: stashCapacityMessages,
    });
  }

  unstash(): void {
    this.putBack(this.extras?.stash ?? null);
  }

  /** Calls init or a hook; `done` hears how it ended, unless the incarnation was over by then. */
  runHook<Args extends readonly unknown[]>(
    hook: (...args: never) => unknown,
    args: Args,
    done: (outcome: HookOutcome) => void,
  ): void {
    const { kernel, epoch } = this;
    this.#hookRuns = true;
    let outcome: HookOutcome;
    // After an asynchronous init this runs outside a turn, and what the hook sends is the actor's all the same.
    const { current } = kernel;
    kernel.current = this;
    try {
      outcome = { failed: false, value: this.#call(hook as unknown as (...args: Args) => unknown, args) };
    } catch (error) {
      outcome = { failed: true, error };
    }
    kernel.current = current;
    if (!outcome.failed && isThenable(outcome.value)) this.#awaitHook(outcome.value, epoch, done);
    else this.#hookEnded(outcome, epoch, done);
  }

  // Apart, because what starts a million actors without waiting shall not make the closures of those that wait.
  #call<Args extends readonly unknown[]>(hook: (...args: Args) => unknown, args: Args): unknown {
    return isAsyncFunction(hook) ? this.kernel.runAsync(this.context, () => hook(...args)) : hook(...args);
  }

  #awaitHook(value: PromiseLike<unknown>, epoch: number, done: (outcome: HookOutcome) => void): void {
    const ended = (outcome: HookOutcome): void => {
      this.kernel.dispatcher.readClock();
      this.#hookEnded(outcome, epoch, done);
    };
    value.then(
      (settled) => ended({ failed: false, value: settled }),
      (error: unknown) => ended({ failed: true, error }),
    );
  }

  #hookEnded(outcome: HookOutcome, epoch: number, done: (outcome: HookOutcome) => void): void {
    // It was abandoned, or the incarnation is over.
    if (this.epoch !== epoch) return;
    this.#hookRuns = false;
    done(outcome);
    this.schedule();
  }

  /** Lets go of handlers and hooks that do not end: their messages failed, and what they do later is ignored. */
  abandon(): void {
    this.epoch += 1;
    this.#hookRuns = false;
    const running = this.extras?.running ?? null;
    if (running === null) return;
    for (const message of running) {
      this.losses.fail();
      this.mailbox.release();
      if (message.origin.originKind === ORIGIN.ask) {
        message.origin.fail(this.error('ERR_ACTOR_STOPPED', message.handler));
      }
      this.slotFreed();
    }
    running.clear();
    this.#running = 0;
  }

  /** The next code gets a context of its own. */
  protected forgetContext(): void {
    this.#context = null;
  }

  /** Handles the oldest message. The caller has seen that there is one and that it may be begun. */
  protected handleNext(): void {
    const { mailbox, kernel, extras } = this;
    const handler = mailbox.headHandler;
    const payload = mailbox.headPayload;
    const origin = mailbox.headOrigin;
    const atMs = mailbox.headAtMs;
    mailbox.take();
    if (
      origin.originKind !== ORIGIN.sender ||
      handler.isAsync ||
      this.definition.concurrency > 1 ||
      (extras !== null && extras.timers !== null)
    ) {
      this.handle(handler, payload, origin, atMs);
      return;
    }
    // Most messages: nobody waits for a reply, and the handler is a plain function that shares its actor's context.
    const { context } = this;
    const { stashed } = kernel;
    kernel.handling = true;
    let value: unknown;
    try {
      value = handler.run(this.state, payload, context);
    } catch (error) {
      this.#threw({ handler, payload, origin, atMs, context }, error);
      return;
    }
    kernel.handling = false;
    if (value === undefined && kernel.stashed === stashed) this.#messageHandled(null, undefined);
    else this.#returned({ handler, payload, origin, atMs, context }, value, stashed);
  }

  /** Handles a message that left the queue and holds its slot. */
  protected handle(handler: HandlerSpec, payload: unknown, origin: Origin, atMs: number): void {
    let ask: AskOrigin | null = null;
    if (origin.originKind !== ORIGIN.sender) {
      if (!this.#isWanted(handler, payload, origin)) return;
      if (origin.originKind === ORIGIN.ask) ask = origin;
    }
    const { kernel, extras } = this;
    if (extras !== null && extras.timers !== null && origin.originKind !== ORIGIN.tick) {
      extras.lastMessageAtMs = this.kernel.dispatcher.now;
    }
    const context = ask === null && this.definition.concurrency === 1 ? this.context : this.contextFor(ask);
    if (ask !== null) kernel.current = context;
    const { stashed } = kernel;
    kernel.handling = true;
    const message = { handler, payload, origin, atMs, context };
    let value: unknown;
    try {
      value = handler.isAsync
        ? kernel.runAsync(context, () => handler.run(this.state, payload, context))
        : handler.run(this.state, payload, context);
    } catch (error) {
      this.#threw(message, error);
      return;
    }
    kernel.handling = false;
    kernel.current = this;
    this.#returned(message, value, stashed);
  }

  /** A handler threw. */
  #threw(message: RunningMessage, error: unknown): void {
    const { kernel } = this;
    kernel.handling = false;
    kernel.current = this;
    this.#messageFailed(message, error);
  }

  /** A handler returned; `stashed` is how many messages had been set aside before it began. */
  #returned(message: RunningMessage, value: unknown, stashed: number): void {
    if (value !== undefined && isThenable(value)) this.#follow(message, value);
    else if (this.kernel.stashed !== stashed && message.context.stashing) this.#stash(message);
    else this.#ended(message, value);
  }

  /** A message was handled to its end. */
  #ended({ origin, context }: RunningMessage, value: unknown): void {
    if (context !== this.#context) context.finish();
    this.#messageHandled(origin.originKind === ORIGIN.ask ? origin : null, value);
  }

  /** Drops what nobody waits for any more: a tick of a cancelled timer, an ask whose asker gave up. */
  #isWanted(handler: HandlerSpec, payload: unknown, origin: AskOrigin | Tick): boolean {
    if (origin.originKind === ORIGIN.tick) {
      this.extras?.timers?.arrived(origin);
      if (!origin.cancelled) return true;
      this.dropQueued('timer-cancelled', handler, payload, origin);
    } else {
      if (!origin.settled) return true;
      this.dropQueued('ask-expired', handler, payload, origin);
    }
    this.mailbox.release();
    this.slotFreed();
    return false;
  }

  #follow(message: RunningMessage, promise: PromiseLike<unknown>): void {
    const extras = this.ownExtras();
    extras.running ??= new Set<RunningMessage>();
    const { running } = extras;
    running.add(message);
    this.#running += 1;
    const settle = (act: () => void): void => {
      // Gone from the set: it was abandoned, and its slot is returned.
      if (!running.delete(message)) return;
      this.#running -= 1;
      act();
      this.schedule();
    };
    promise.then(
      (value) =>
        settle(() => {
          if (message.context.stashing) this.#stash(message);
          else this.#ended(message, value);
        }),
      (error: unknown) =>
        settle(() => {
          this.kernel.dispatcher.readClock();
          this.#messageFailed(message, error);
        }),
    );
  }

  #messageHandled(ask: AskOrigin | null, value: unknown): void {
    this.handled += 1;
    this.kernel.handled += 1;
    this.mailbox.release();
    if (ask !== null) ask.reply(value);
    if (this.dealer !== null || this.line !== null) this.slotFreed();
  }

  #messageFailed(message: RunningMessage, error: unknown): void {
    message.context.stashing = false;
    if (message.context !== this.#context) message.context.finish();
    this.losses.fail();
    this.mailbox.release();
    if (message.origin.originKind === ORIGIN.ask) message.origin.handlerFailed(error);
    this.slotFreed();
    this.fail(error, 'handler');
  }

  #stash(message: RunningMessage): void {
    message.context.stashing = false;
    if (message.context !== this.#context) message.context.finish();
    const { handler, payload, origin, atMs } = message;
    const extras = this.ownExtras();
    extras.stash ??= new RingDeque<TakenMessage>();
    extras.stash.push({ handler, payload, origin, atMs });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
