/**
 * A system in virtual time, and the test that runs in it. Owns the ports; holds that after every test the
 * ledgers balance, every mailbox keeps its law, and the system stops and reports no problem.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ref } from '../../src/actor/actor-ref.ts';
import { Cell } from '../../src/actor/cell.ts';
import type { ActorDefinition } from '../../src/actor/definition.ts';
import type { SpawnArguments } from '../../src/actor/context.ts';
import { ledgerOf } from '../../src/actor/cell-ledger.ts';
import { ledgerProblems } from '../../src/actor/ledger.ts';
import { type ErrorCode, MillraceError } from '../../src/errors.ts';
import type { SystemEvents } from '../../src/events.ts';
import type { LogLevel, Ports } from '../../src/ports.ts';
import type { ActorRef, AnyHandlers, AnyRef } from '../../src/ref.ts';
import { type StopReport, type System, type SystemOptions, createSystem } from '../../src/system/system.ts';
import { seededRandom } from './seeded.ts';
import { VirtualTime } from './virtual-time.ts';

/** One line of the log. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How a promise stands. */
export interface Outcome<T> {
  state: 'pending' | 'resolved' | 'rejected';
  value: T | undefined;
  error: unknown;
}

/** What a world may be given. */
export interface WorldOptions extends SystemOptions {
  readonly seed?: number;
  readonly ports?: Partial<Ports>;
}

/** A system and the time it lives in. */
export class World {
  readonly time: VirtualTime = new VirtualTime();
  readonly logs: LogLine[] = [];
  readonly system: System;
  #sleeps = 0;

  constructor({ seed = 1, ports = {}, ...options }: WorldOptions = {}) {
    this.system = createSystem(
      {
        clock: this.time,
        scheduler: this.time,
        random: seededRandom(seed),
        log: (level, message, details = {}) => this.logs.push({ level, message, details }),
        asyncContext: new AsyncLocalStorageContext(),
        ...ports,
      },
      options,
    );
  }

  /** Runs until nothing is left to do at this moment. */
  settle(): Promise<void> {
    return this.time.settle();
  }

  /** A promise of virtual time, for handlers that take a while. */
  sleep(ms: number): Promise<void> {
    this.#sleeps += 1;
    return new Promise((resolve) => {
      this.time.setTimer(() => {
        this.#sleeps -= 1;
        resolve();
      }, ms);
    });
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms);
  }

  /** Spawns a top-level actor and lets it start. */
  async spawn<State, Args, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, Args, Handlers>,
    ...rest: SpawnArguments<Args>
  ): Promise<ActorRef<ActorDefinition<State, Args, Handlers>>> {
    const spawned = this.system.spawn(definition, ...rest);
    await this.settle();
    return spawned;
  }

  /** Watches a promise without waiting for it. */
  track<T>(promise: PromiseLike<T>): Outcome<T> {
    const outcome: Outcome<T> = { state: 'pending', value: undefined, error: undefined };
    promise.then(
      (value) => {
        outcome.state = 'resolved';
        outcome.value = value;
      },
      (error: unknown) => {
        outcome.state = 'rejected';
        outcome.error = error;
      },
    );
    return outcome;
  }

  /** Settles everything and gives the value of a promise that must be resolved by then. */
  async value<T>(promise: PromiseLike<T>): Promise<T> {
    const outcome = this.track(promise);
    await this.settle();
    assert.is(outcome.state, 'resolved', `the promise is ${outcome.state}: ${String(outcome.error)}`);
    return outcome.value as T;
  }

  /** Settles everything and checks that a promise was rejected with this code. Gives the error. */
  async rejects(promise: PromiseLike<unknown>, code: ErrorCode): Promise<MillraceError> {
    const outcome = this.track(promise);
    await this.settle();
    return rejectedWith(outcome, code);
  }

  /** Collects the events of one name from now on. */
  events<Name extends keyof SystemEvents>(name: Name): SystemEvents[Name][] {
    const seen: SystemEvents[Name][] = [];
    this.system.on(name, (event) => seen.push(event));
    return seen;
  }

  /** The cell of an actor. */
  cell(ref: AnyRef): Cell {
    const recipient = Ref.recipientOf(ref);
    if (!(recipient instanceof Cell)) throw new Error('this actor lives elsewhere');
    return recipient;
  }

  /** Throws unless all laws hold at this instant. */
  checkLaws(): void {
    assert.equal(ledgerProblems(this.system.ledger()), [], 'the ledger of the system');
    for (const cell of this.system.cells()) {
      cell.mailbox.verify();
      assert.equal(ledgerProblems(ledgerOf(cell)), [], `the ledger of ${cell.path}`);
      assert.is(cell.mailbox.lent, 0, 'nothing is lent on one thread');
    }
  }

  /** Stops the system, letting time pass as needed, and checks that nothing is left. */
  async stop(): Promise<StopReport> {
    const stopping = this.track(this.system.stop());
    for (let turns = 0; stopping.state === 'pending' && turns < 100; turns += 1) await this.advance(1_000);
    if (stopping.state === 'rejected') throw stopping.error;
    const report = stopping.value;
    if (report === undefined) throw new Error('the system did not stop');
    assert.equal(report.problems, []);
    assert.is(report.ledger.queued, 0, 'nothing is queued after the stop');
    assert.is(report.ledger.parked, 0, 'nothing is parked after the stop');
    assert.is(this.system.actors, 0, 'no actor is left');
    assert.is(this.system.kernel.activeCells, 0, 'no actor counts as active');
    assert.is(this.time.timers, this.#sleeps, 'no timer is left');
    return report;
  }
}

/** Checks that a promise was rejected with this code. Gives the error. */
export function rejectedWith(outcome: Outcome<unknown>, code: ErrorCode): MillraceError {
  assert.is(outcome.state, 'rejected');
  const { error } = outcome;
  if (!(error instanceof MillraceError)) throw new Error(`not an error of Millrace: ${String(error)}`);
  assert.is(error.code, code, error.message);
  return error;
}

/** Checks that a call throws this code. Gives the error. */
export function throws(call: () => unknown, code: ErrorCode): MillraceError {
  try {
    call();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    assert.is(error.code, code, error.message);
    return error;
  }
  throw new Error(`${code} was not thrown`);
}

/** A test in a world of its own, whose laws hold after it and whose system stops. */
export function worldTest(
  title: string,
  body: (world: World) => Promise<void>,
  options: WorldOptions = {},
): void {
  test(title, async () => {
    const world = new World(options);
    await body(world);
    world.checkLaws();
    await world.stop();
  });
}

/** A door that handlers wait at until the test opens it. */
export class Gate {
  readonly opened: Promise<void>;
  #open!: () => void;
  #fail!: (error: unknown) => void;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.opened.catch(() => undefined);
  }

  /** Lets everybody through. */
  open(): void {
    this.#open();
  }

  /** Turns everybody away. */
  fail(error: unknown): void {
    this.#fail(error);
  }
}

class AsyncLocalStorageContext {
  readonly #storage = new AsyncLocalStorage<unknown>();

  run<R>(value: unknown, body: () => R): R {
    return this.#storage.run(value, body);
  }

  current(): unknown {
    return this.#storage.getStore();
  }
}
