/**
 * What the cells of one host share: the ports, the dispatcher, deadlines, dead letters, the totals of
 * actors that are gone, and the register that says whose turn it is. Owns that register; holds that it is
 * null whenever no turn runs. Built by the system, handed down; must not know the tree of actors.
 */
import type { Address } from '../address.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Events, FailurePoint } from '../events.ts';
import { AssertionError } from '../lib/assert.ts';
import { Deadlines } from '../lib/deadlines.ts';
import { LogBudget } from '../lib/log-budget.ts';
import { ASK_TIMEOUT_DEFAULT_MS, UNOBSERVED_MAX_SENDS } from '../limits.ts';
import { SlotArrays } from '../mailbox/slot-arrays.ts';
import type { AsyncContext, PayloadMarks, Ports } from '../ports.ts';
import type { AskOrigin } from './ask.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Cell } from './cell.ts';
import type { ChildTarget, ParentLink } from './child.ts';
import type { ErasedDefinition } from './definition.ts';
import type { KeyedPort } from './keyed-port.ts';
import { LedgerTotal, Losses } from './ledger.ts';
import { ledgerOf } from './cell-ledger.ts';
import { OutsideSender, type Sender } from './sender.ts';
import type { SendPromise } from './send-promise.ts';
import { WaitEdges } from './wait-edges.ts';

/** Which actor is at work, and on whose behalf. */
export interface Invocation {
  readonly sender: Sender;
  /** The ask that is being answered, if the message was one. */
  readonly answering: AskOrigin | null;
}

/** Makes an actor and lets it begin. `placement` is the caller's wish. */
export type CreateChild = (
  link: ParentLink,
  definition: ErasedDefinition,
  args: unknown,
  placement: unknown,
) => ChildTarget;

/** A refused send that somebody may be about to await. */
export interface Unobserved {
  readonly promise: SendPromise;
  readonly target: Address;
  readonly sender: Sender;
  readonly handler: string;
  readonly payload: unknown;
}

/** Settings of a host that its cells look at. */
export interface KernelOptions {
  readonly askTimeoutMs?: number;
  readonly parkedOutsideMaxSends?: number;
}

/** The shared services of one host. */
export class Kernel {
  readonly ports: Ports;
  readonly events: Events;
  readonly dispatcher: Dispatcher;
  readonly deadlines: Deadlines;
  readonly deadLetters: DeadLetters;
  readonly arrays: SlotArrays = new SlotArrays();
  /** What actors that are gone have counted. */
  readonly retired: LedgerTotal = new LedgerTotal();
  readonly outside: OutsideSender;
  /** Which actors wait for which. */
  readonly waits: WaitEdges;
  readonly askTimeoutMs: number;
  readonly payloadGate: ((payload: unknown) => unknown) | null;
  readonly marks: PayloadMarks;
  /** The invocation whose synchronous part runs now; null between turns. */
  current: Invocation | null = null;
  /** The synchronous part of a handler runs now; {@link current} says whose. */
  handling = false;
  /** Calls of `ctx.stash()` so far: whether a handler stashed is then known without a look at its context. */
  stashed = 0;
  /** Messages accepted and messages handled by all actors of this host: what is known of a host that died. */
  accepted = 0;
  /** See {@link accepted}. */
  handled = 0;
  /** Messages sent to other hosts so far: a turn is bounded by them too. */
  shipped = 0;
  /** The rare outcomes of all actors of this host. */
  readonly losses: Losses = new Losses(null);
  /** True once the system stops: application code outside actors may not send any more. */
  intakeClosed = false;
  /** Cells with something to do: a message queued or being handled, a signal, a start or stop under way. */
  activeCells = 0;
  /** Set once an asynchronous handler ran, so that programs without one never look up an async context. */
  asyncSeen = false;
  readonly #asyncContext: AsyncContext<Invocation> | null;
  readonly #nextId: () => number;
  #unobserved: Unobserved[] = [];
  #unobservedBefore: Unobserved[] = [];
  #warnedUnobserved = false;
  readonly #failureLog = new LogBudget();

  constructor(
    ports: Ports,
    events: Events,
    dispatcher: Dispatcher,
    options: KernelOptions = {},
    nextId: () => number = countFrom(1),
  ) {
    this.ports = ports;
    this.events = events;
    this.dispatcher = dispatcher;
    this.deadlines = new Deadlines(ports.clock);
    this.deadLetters = new DeadLetters(events, ports.clock, ports.log);
    this.outside = new OutsideSender(options.parkedOutsideMaxSends);
    this.waits = new WaitEdges(this);
    this.askTimeoutMs = options.askTimeoutMs ?? ASK_TIMEOUT_DEFAULT_MS;
    this.payloadGate = ports.payloadGate ?? null;
    this.marks = ports.marks ?? NO_MARKS;
    this.#asyncContext = (ports.asyncContext as AsyncContext<Invocation> | undefined) ?? null;
    this.#nextId = nextId;
    dispatcher.atEndOfPass(() => this.#settleUnobserved());
  }

  /** Makes an actor on this host, or has another host make it. Set by whoever composes the system. */
  createChild: CreateChild = () => {
    throw new AssertionError('the kernel was composed without a way to create actors');
  };

  /** Actors that are reached by key. Set by whoever composes the system. */
  keyed: KeyedPort | null = null;

  /** Adds the account of an actor that is gone to the totals. */
  retire(cell: Cell): void {
    this.retired.add(ledgerOf(cell));
  }

  /** Tells listeners and the log that an actor failed. */
  reportFailure(cell: Cell, error: unknown, during: FailurePoint): void {
    if (this.events.wants('failed')) this.events.emit('failed', { address: cell.address, error, during });
    const leftOut = this.#failureLog.take(this.dispatcher.now);
    if (leftOut === null) return;
    this.ports.log('error', 'actor failed', {
      actor: cell.ref.toString(),
      during,
      error,
      ...(leftOut > 0 ? { leftOut } : {}),
    });
  }

  /** An id that no other actor has. */
  nextId(): number {
    return this.#nextId();
  }

  /** Who is at work now: the turn that runs, or the actor whose continuation this is, or nobody (null). */
  invocation(): Invocation | null {
    if (this.current !== null) return this.current;
    return this.asyncSeen ? (this.#asyncContext?.current() ?? null) : null;
  }

  /** Runs the synchronous part of an asynchronous handler so that its continuations find their actor. */
  runAsync<R>(invocation: Invocation, body: () => R): R {
    this.asyncSeen = true;
    return this.#asyncContext === null ? body() : this.#asyncContext.run(invocation, body);
  }

  /** Watches a refused send: if nobody awaits it by the end of the next pass, it becomes a dead letter. */
  watchRefusal(refusal: Unobserved): void {
    if (this.#unobserved.length >= UNOBSERVED_MAX_SENDS) {
      this.#reportUnobserved(refusal);
      return;
    }
    this.#unobserved.push(refusal);
    this.dispatcher.wake();
  }

  #settleUnobserved(): void {
    for (const refusal of this.#unobservedBefore) {
      if (!refusal.promise.observed) this.#reportUnobserved(refusal);
    }
    this.#unobservedBefore = this.#unobserved;
    this.#unobserved = [];
    // One pass later, because whoever awaits does so in a microtask that runs after this pass.
    if (this.#unobservedBefore.length > 0) this.dispatcher.wake();
  }

  #reportUnobserved(refusal: Unobserved): void {
    if (!this.#warnedUnobserved) {
      this.#warnedUnobserved = true;
      this.ports.log('warn', 'a refused send was not awaited: it became a dead letter; this is said once', {
        target: refusal.target.path,
        handler: refusal.handler,
      });
    }
    this.deadLetters.offer({
      reason: 'refused-unobserved',
      target: refusal.target,
      sender: refusal.sender.senderAddress,
      handler: refusal.handler,
      payload: refusal.payload,
    });
  }
}

const NO_MARKS: PayloadMarks = { open: { count: 0 }, take: (payload) => payload };

function countFrom(first: number): () => number {
  let next = first;
  return () => next++;
}
