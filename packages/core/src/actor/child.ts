/**
 * The two ends of the bond between a parent and a child. A {@link ChildRecord} is what a parent remembers
 * of a child; a {@link ParentLink} is how the child reports to its parent; a {@link ChildTarget} is how
 * the parent steers the child. On one host the record is the link and the cell is the target; between hosts
 * each side holds a stand-in that passes the same words on. Owns the record's fields; the supervisor
 * changes them.
 */
import type { FailurePoint, StopReason } from '../events.ts';
import type { ActorRef } from '../ref.ts';
import type { ChildSpec, ShutdownMs } from '../supervision/child-spec.ts';
import type { ErasedDefinition } from './definition.ts';

/** What a parent tells a child. */
export type Signal =
  /** Begin the next incarnation. `error` is what ended the last one; undefined when a sibling did. */
  | { readonly kind: 'start'; readonly error: unknown }
  /** Go on with the same state after a failure. */
  | { readonly kind: 'resume' }
  /** End this incarnation, keeping mailbox and address, and report. */
  | { readonly kind: 'halt'; readonly shutdownMs: ShutdownMs }
  /** End for good, and report. */
  | {
      readonly kind: 'stop';
      readonly reason: StopReason;
      readonly by: 'itself' | 'order';
      readonly shutdownMs: ShutdownMs;
    };

/** A child as its parent steers it. */
export interface ChildTarget {
  readonly ref: ActorRef;
  /** True once it stopped for good. */
  readonly gone: boolean;
  /** Puts a signal into the child's signal lane. Harmless when the child is gone. */
  signal(signal: Signal): void;
  /** The parent will not start it again. Only a child whose host died has to know. */
  forgotten?(): void;
}

/** A parent as its child reports to it. */
export interface ParentLink {
  /** The child's name, unique among its siblings. */
  readonly name: string;
  /** The parent's path. */
  readonly parentPath: string;
  /** The child's level in the tree; the root's is 0. */
  readonly depth: number;
  /** The child's init, hooks and declared children are done. */
  started(): void;
  /** The child failed and waits, suspended. */
  failed(error: unknown, during: FailurePoint): void;
  /** The child ended its incarnation, as told. */
  halted(): void;
  /** The child is gone. `by` says whether it stopped itself. */
  stopped(reason: StopReason, by: 'itself' | 'order'): void;
  /** Somebody else asks for the child to be stopped for good. */
  requestStop(shutdownMs: ShutdownMs | undefined): void;
}

/** Where a child is, as its parent knows it. */
export type ChildStatus =
  | 'starting'
  | 'running'
  | 'failed'
  | 'halting'
  | 'halted'
  | 'backing-off'
  | 'stopping'
  | 'killing';

/** What a record needs of its supervisor. */
export interface ChildObserver {
  readonly path: string;
  readonly depth: number;
  childStarted(child: ChildRecord): void;
  childFailed(child: ChildRecord, error: unknown, during: FailurePoint): void;
  childHalted(child: ChildRecord): void;
  childStopped(child: ChildRecord, reason: StopReason, by: 'itself' | 'order'): void;
  stopChild(child: ChildRecord, reason: StopReason, shutdownMs?: ShutdownMs): void;
}

/** What a spawn waits for. */
export interface SpawnWaiter {
  resolve(ref: ActorRef): void;
  reject(error: unknown): void;
}

/** What a parent remembers of the failures of one child. */
export interface Trouble {
  /** Restarts since it was spawned. */
  restarts: number;
  /** Restarts in a row, for backoff. */
  attempt: number;
  /** What made it fail last; handed to its `restarted` hook. */
  error: unknown;
  /** It is being stopped because it failed: it ended by itself, whoever gives the order. */
  givenUp: boolean;
}

/** What a parent remembers of one child. */
export class ChildRecord implements ParentLink {
  readonly definition: ErasedDefinition;
  readonly args: unknown;
  readonly spec: ChildSpec;
  /** Where it is to live; only a host that knows of other hosts looks at it. */
  readonly placement: unknown;
  /** Its name, or a number where nobody gave one. */
  readonly key: string | number;
  /** Null only while it is being made. */
  target: ChildTarget | null = null;
  status: ChildStatus = 'starting';
  /** When it last started, in whole milliseconds of the dispatcher's clock; −1 until it did once. */
  startedAtMs = -1;
  /** Made when it first gives trouble. */
  #trouble: Trouble | null = null;
  waiter: SpawnWaiter | null = null;
  /** It is among its supervisor's children; this and the next two belong to the list of them. */
  listed = false;
  before: ChildRecord | null = null;
  after: ChildRecord | null = null;
  readonly #observer: ChildObserver;

  constructor(
    observer: ChildObserver,
    key: string | number,
    definition: ErasedDefinition,
    args: unknown,
    spec: ChildSpec,
    placement: unknown,
  ) {
    this.#observer = observer;
    this.key = key;
    this.definition = definition;
    this.args = args;
    this.spec = spec;
    this.placement = placement;
  }

  get name(): string {
    return typeof this.key === 'string' ? this.key : `${this.definition.name}-${this.key}`;
  }

  get parentPath(): string {
    return this.#observer.path;
  }

  /** Restarts since it was spawned. */
  get restarts(): number {
    return this.#trouble?.restarts ?? 0;
  }

  /** True when it failed and that is why it is stopped. */
  get givenUp(): boolean {
    return this.#trouble?.givenUp ?? false;
  }

  /** True from the order to stop for good until it reports. */
  get ending(): boolean {
    return this.status === 'stopping' || this.status === 'killing';
  }

  /** Its failures and restarts, made now if need be. */
  get trouble(): Trouble {
    this.#trouble ??= { restarts: 0, attempt: 0, error: undefined, givenUp: false };
    return this.#trouble;
  }

  get depth(): number {
    return this.#observer.depth + 1;
  }

  /** The child as it is steered. */
  get steered(): ChildTarget {
    return this.target as ChildTarget;
  }

  started(): void {
    this.#observer.childStarted(this);
  }

  failed(error: unknown, during: FailurePoint): void {
    this.#observer.childFailed(this, error, during);
  }

  halted(): void {
    this.#observer.childHalted(this);
  }

  stopped(reason: StopReason, by: 'itself' | 'order'): void {
    this.#observer.childStopped(this, reason, by);
  }

  requestStop(shutdownMs: ShutdownMs | undefined): void {
    this.#observer.stopChild(this, 'stopped', shutdownMs);
  }
}
