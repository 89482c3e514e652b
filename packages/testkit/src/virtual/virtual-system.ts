/**
 * A running system of many virtual workers on one thread, in virtual time: what `startVirtual` returns. It is a
 * `RunningSystem`, so code that takes one can be tested with it; the hosts, rings, codec and credit behind it are
 * the real ones, stepped one after another in an order drawn from a seed. Owns what a test may do to them.
 */
import type { ActorDefinition, AnyHandlers, StopOptions, StopReport } from '@millrace/core';
import { checkOptions, integer, milliseconds, optionError } from '@millrace/core/remote';
import { type Host, RunningSystem } from 'millrace/virtual';
import { assertLedger } from '../assert-ledger.ts';
import { Probe } from '../probe.ts';
import type { FaultyDefinitions } from './faulty-definitions.ts';
import type { Stage } from './stage.ts';
import type { VirtualThread } from './virtual-thread.ts';
import type { LogLine, VirtualThreads } from './virtual-threads.ts';

/** What an invocation fails with when a test does not say. */
export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
}

/** Waited for something that will not come. */
export class NothingLeftToDo extends Error {
  override readonly name = 'NothingLeftToDo';
}

/** A system of virtual workers. */
export class VirtualSystem extends RunningSystem {
  /** Draws the order of everything. */
  readonly seed: number;
  /** What was logged, oldest first; the first 1,000 lines. */
  readonly logs: readonly LogLine[];
  readonly #stage: Stage;
  readonly #threads: VirtualThreads;
  readonly #definitions: FaultyDefinitions;

  /** @internal Use `startVirtual`. */
  constructor(
    host: Host,
    seed: number,
    stage: Stage,
    threads: VirtualThreads,
    definitions: FaultyDefinitions,
    logs: readonly LogLine[],
  ) {
    super(host, threads.all.length - 1);
    this.seed = seed;
    this.logs = logs;
    this.#stage = stage;
    this.#threads = threads;
    this.#definitions = definitions;
  }

  /** Milliseconds of virtual time since the start. */
  get nowMs(): number {
    return this.#stage.time.nowMs;
  }

  /** Steps of all threads so far. */
  get steps(): number {
    return this.#stage.steps;
  }

  /** A number that two runs share when everything in them happened in the same order. */
  get hash(): number {
    return this.#stage.hash >>> 0;
  }

  /** The last 200 steps, oldest first, a line each. */
  get trace(): readonly string[] {
    return this.#stage.trace;
  }

  /** Resolves when nothing is left to do at this time: every message that can be handled now has been. */
  settle(): Promise<void> {
    return this.#stage.settle();
  }

  /** Lets time pass: timers fire, deadlines run out, workers that died come back. Resolves when it has settled. */
  advance(ms: number): Promise<void> {
    checkOptions('advance', { ms }, { ms: milliseconds() });
    return this.#stage.advance(ms);
  }

  /**
   * Resolves as soon as the condition holds. It is looked at after every step, so it should be quick and change
   * nothing.
   *
   * @param what named in the error
   * @returns rejects with {@link NothingLeftToDo} when nothing is left to do and it does not hold
   */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    if (await this.#stage.until(condition)) return;
    throw new NothingLeftToDo(`${what} does not come about: ${this.#atRest()}`);
  }

  /**
   * An actor on the main thread that stands in for one of `definition`: it takes the same messages and keeps them
   * for the test to look at.
   */
  probe<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
  ): Promise<Probe<ActorDefinition<State, Args, Handlers>>> {
    return Probe.spawn(this, definition);
  }

  // Faults.

  /** Makes no step on a thread for so long, as if it were stuck in one turn. 0 is the main thread. */
  stall(thread: number, ms: number): void {
    this.#thread('stall', thread, ms).stalledUntilMs = this.nowMs + ms;
  }

  /**
   * Makes a thread stall for so long when it is about to send next: it has taken messages and handled them, and the
   * credit that it gives back, its replies and its own messages come late.
   */
  delaySends(thread: number, ms: number): void {
    this.#thread('delaySends', thread, ms).stallsBeforeSendMs = ms;
  }

  /** Moves the clock ahead and lets nothing happen in between, as when a machine was suspended. */
  jumpClock(ms: number): void {
    checkOptions('jumpClock', { ms }, { ms: milliseconds() });
    this.#stage.time.nowMs += ms;
    this.#stage.stir();
  }

  /** Makes the next invocations of a handler fail before they begin. */
  failNext<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    handler: keyof Handlers & string,
    {
      times = 1,
      error = new InjectedFailure(`${definition.name}.${handler}`),
    }: {
      readonly times?: number;
      readonly error?: Error;
    } = {},
  ): void {
    checkOptions('failNext', { times }, { times: integer(1, 1_000_000) });
    this.#definitions.fail(definition, handler, times, error);
  }

  /** @internal Asked before each invocation of a handler: an error to fail with, or undefined. */
  failAtRandom(failure: () => Error | undefined): void {
    this.#definitions.atRandom = failure;
  }

  /** @internal Ends everything at once, without a stop. */
  abandon(): void {
    this.#stage.end();
    for (const thread of this.#threads.all) thread.die();
  }

  /** @internal Threads that live. */
  get liveThreads(): readonly VirtualThread[] {
    return this.#threads.live;
  }

  /** @internal */
  get stage(): Stage {
    return this.#stage;
  }

  /**
   * Throws unless, at this moment and on every thread that lives, each mailbox keeps its law: capacity = free + depth
   * + what is lent to other threads, and what is lent is what they were granted and have not delivered.
   */
  checkMailboxes(): void {
    for (const { life } of this.#threads.live) {
      for (const cell of life?.host.system.cells() ?? []) cell.mailbox.verify();
      for (const lender of life?.host.node.lenders.inUse() ?? []) lender.verify();
    }
  }

  /** Stops in order. Time passes as it needs; what is left is checked as by `assertLedger`. */
  override async stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stage.flows = true;
    const report = await super.stop(options);
    this.#stage.end();
    assertLedger(report);
    return report;
  }

  #thread(what: string, thread: number, ms: number): VirtualThread {
    checkOptions(what, { thread, ms }, { thread: integer(0, this.workers), ms: milliseconds() });
    const found = this.#threads.all[thread];
    if (found === undefined) throw optionError(`${what}.thread`, thread, `0 to ${this.workers}`);
    return found;
  }

  #atRest(): string {
    const facts: string[] = [`at ${this.nowMs.toFixed(0)} ms nothing is left to do`];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const thread of this.#threads.all) {
      nextMs = Math.min(nextMs, thread.nextMs);
      if (!thread.up) facts.push(`worker ${thread.index} is dead`);
      for (const view of thread.life?.host.inspect().actors ?? []) {
        if (view.queued + view.held + view.parkedSends === 0) continue;
        facts.push(
          `${view.address.path} on thread ${thread.index} has ${view.queued} queued, ${view.held} held, ${view.parkedSends} waiting to get in`,
        );
      }
    }
    if (nextMs < Number.POSITIVE_INFINITY)
      facts.push(`the next timer is due in ${(nextMs - this.nowMs).toFixed(0)} ms: advance`);
    return facts.join('; ');
  }
}
