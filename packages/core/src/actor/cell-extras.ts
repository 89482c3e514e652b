/**
 * What only some actors need, made when first needed: signals, stash, timers, watches, running messages.
 * Owns these collections, each null until used; the cell and its descent use them. Apart from the cell so that an idle actor that
 * never failed, stashed, watched or timed anything does not carry them.
 */
import type { StopReason } from '../events.ts';
import type { RingDeque } from '../lib/ring-deque.ts';
import { SIGNALS_MAX } from '../limits.ts';
import { SignalLane } from '../mailbox/signal-lane.ts';
import type { AnyRef } from '../ref.ts';
import type { Signal } from './child.ts';
import type { Context } from './context.ts';
import type { HandlerSpec, Terminated } from './definition.ts';
import type { Descent } from './descent.ts';
import type { Losses } from './ledger.ts';
import type { ParkedSend } from './parked-send.ts';
import type { Origin, Watcher } from './recipient.ts';
import type { Timers } from './timers.ts';

/** A message that left the queue and holds its slot. */
export interface TakenMessage {
  readonly handler: HandlerSpec;
  readonly payload: unknown;
  readonly origin: Origin;
  readonly atMs: number;
}

/** A message whose handler returned a promise. */
export interface RunningMessage extends TakenMessage {
  readonly context: Context;
}

/** The rarely needed parts of a cell. */
export class CellExtras {
  losses: Losses | null = null;
  readonly signals: SignalLane<Signal> = new SignalLane<Signal>(SIGNALS_MAX);
  /** Stops of watched actors, to be told to the `terminated` hook. At most one for each watched actor. */
  notices: RingDeque<Terminated> | null = null;
  /** Messages set aside. Bounded by the definition's `stashCapacity`. */
  stash: RingDeque<TakenMessage> | null = null;
  /** Asks that come back from an actor this one is asking. Bounded by the mailbox: each holds a slot. */
  reentrant: RingDeque<TakenMessage> | null = null;
  /** Messages whose handlers have not settled. Bounded by the definition's `concurrency`, and the mailbox. */
  running: Set<RunningMessage> | null = null;
  /** This actor's own sends that wait elsewhere, oldest first. Bounded by its `parkedMaxSends`. */
  parked: RingDeque<ParkedSend> | null = null;
  /** The wait graph looks at it: it has parked sends, or had some a moment ago. */
  suspected = false;
  /** Actors that this one watches. */
  watching: Set<AnyRef> | null = null;
  /** Who watches this actor. */
  watchers: Set<Watcher> | null = null;
  /** Contexts whose abort signal somebody holds. */
  aborts: Set<Context> | null = null;
  /** The timers of this incarnation. */
  timers: Timers | null = null;
  /** When a message other than a tick was last handled; kept only while there are timers. */
  lastMessageAtMs = 0;
  /** Set while the actor goes down. */
  descent: Descent | null = null;
  /** A child could not be put right while the actor was suspended for another reason. */
  failedBeside: { readonly error: unknown } | null = null;
  /** It asked to stop and has not begun to. */
  stopsItself = false;
  /** Set once it started again; what ended the incarnation before. */
  restart: { readonly error: unknown; readonly incarnation: number } | null = null;
  /** Why it is gone. */
  stopReason: StopReason = 'stopped';

  /** Registers a context whose abort signal somebody holds. */
  addAbort(context: Context): void {
    this.aborts ??= new Set<Context>();
    this.aborts.add(context);
  }
}
