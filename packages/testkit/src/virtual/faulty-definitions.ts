/**
 * The definitions of a virtual system, with handlers that can be made to fail. Owns which invocations fail; holds
 * that a definition of the user's is never changed. Asked by virtual hosts for every actor they make.
 */
import { ActorDefinition } from '@millrace/core';
import type { ErasedDefinition } from '@millrace/core/remote';
import { type AnyDefinition, collectDefinitions, type Definitions } from 'millrace/virtual';

/** Which invocations are to fail, and with what. */
interface Failure {
  times: number;
  readonly error: Error;
}

/** Definitions by name, each in a form whose handlers ask first whether they are to fail. */
export class FaultyDefinitions {
  /** What hosts look up by name. */
  readonly byName: Definitions;
  readonly #originals: Definitions;
  readonly #failures = new Map<string, Failure>();
  /** Asked before each invocation; an error to fail with, or undefined. */
  atRandom: () => Error | undefined = () => undefined;

  /** @throws ERR_DEFINITIONS when a name stands for two definitions */
  constructor(definitions: readonly AnyDefinition[]) {
    this.#originals = collectDefinitions(definitions);
    const byName = new Map<string, AnyDefinition>();
    for (const [name, definition] of this.#originals) byName.set(name, this.#faulty(definition));
    this.byName = byName;
  }

  /** What to make in place of a definition. */
  readonly substitute = (definition: ErasedDefinition): ErasedDefinition => {
    const original = this.#originals.get(definition.name) as unknown;
    if (original !== definition) return definition;
    return this.byName.get(definition.name) as unknown as ErasedDefinition;
  };

  /** Makes the next invocations of a handler fail. */
  fail(definition: { readonly name: string }, handler: string, times: number, error: Error): void {
    this.#failures.set(`${definition.name}.${handler}`, { times, error });
  }

  #faulty(definition: AnyDefinition): AnyDefinition {
    const handlers: Record<string, unknown> = {};
    for (const { name, run, isAsync } of definition.specs) {
      const place = `${definition.name}.${name}`;
      handlers[name] = isAsync
        ? async (...args: Parameters<typeof run>) => {
            this.#before(place);
            return run(...args);
          }
        : (...args: Parameters<typeof run>) => {
            this.#before(place);
            return run(...args);
          };
    }
    const { name, init, mailbox, supervision, hooks, concurrency, reentrant, stashCapacityMessages, keyed } =
      definition;
    const copy = new ActorDefinition({ name, init, handlers: handlers as never });
    // Options were checked and resolved when the original was defined.
    return Object.assign(copy, {
      mailbox,
      supervision,
      hooks,
      concurrency,
      reentrant,
      stashCapacityMessages,
      keyed,
    }) as unknown as AnyDefinition;
  }

  #before(place: string): void {
    const failure = this.#failures.get(place);
    if (failure !== undefined && failure.times > 0) {
      failure.times -= 1;
      throw failure.error;
    }
    const error = this.atRandom();
    if (error !== undefined) throw error;
  }
}
