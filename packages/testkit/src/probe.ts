/**
 * An actor whose inbox a test looks at. Owns the messages that came; holds their order, and that waiting for one
 * ends without a sleep: when it is there, or when nothing is left to do and it will not come. Made by a virtual
 * system; it stands in for an actor of any definition.
 */
import {
  ActorDefinition,
  type ActorRef,
  type AnyHandlers,
  type HandlerName,
  type HasHandlers,
  type PayloadOf,
  type ReplyOf,
} from '@millrace/core';
import type { VirtualSystem } from './virtual/virtual-system.ts';

/** One message that came to a probe. */
export interface Received<Name extends string = string, Payload = unknown> {
  /** Which handler it was for. */
  readonly handler: Name;
  /** What it carried. */
  readonly payload: Payload;
}

/** Messages that a probe keeps: past it, what comes fails. */
const RECEIVED_MAX = 1_000_000;

/** Stands in for an actor of the definition `D`. */
export class Probe<D extends HasHandlers> {
  /** Send this to the actors under test. */
  readonly ref: ActorRef<D>;
  readonly #system: VirtualSystem;
  readonly #inbox: Inbox;

  /** @internal Use `system.probe`. */
  constructor(system: VirtualSystem, ref: ActorRef<D>, inbox: Inbox) {
    this.#system = system;
    this.ref = ref;
    this.#inbox = inbox;
  }

  /** @internal */
  static async spawn<State, Args, Handlers extends AnyHandlers>(
    system: VirtualSystem,
    definition: ActorDefinition<State, Args, Handlers>,
  ): Promise<Probe<ActorDefinition<State, Args, Handlers>>> {
    const inbox = new Inbox();
    const handlers: Record<string, unknown> = {};
    for (const { name } of definition.specs) {
      handlers[name] = async (_state: unknown, payload: unknown) => inbox.take(name, payload);
    }
    const standIn = new ActorDefinition({
      name: definition.name,
      init: () => null,
      handlers: handlers as never,
    });
    Object.assign(standIn, { mailbox: definition.mailbox });
    const ref = await system.spawn(standIn, { placement: 'main' } as never);
    return new Probe(system, ref as never, inbox);
  }

  /** Everything that came so far, oldest first. */
  get received(): readonly Received[] {
    return this.#inbox.received;
  }

  /**
   * Waits for the next message that no call has taken yet, and gives its payload.
   *
   * @param handler the handler that it must be for
   * @returns rejects with `NothingLeftToDo` when none comes, with {@link Unexpected} when it is for another handler
   */
  async next<Name extends HandlerName<D>>(handler: Name): Promise<PayloadOf<D['handlers'][Name]>> {
    const inbox = this.#inbox;
    await this.#system.until(
      () => inbox.received.length > inbox.taken,
      `a message '${handler}' to the probe`,
    );
    const message = inbox.received[inbox.taken] as Received;
    if (message.handler !== handler) {
      throw new Unexpected(
        `expected '${handler}', and '${message.handler}' came: ${describe(message.payload)}`,
      );
    }
    inbox.taken += 1;
    return message.payload as PayloadOf<D['handlers'][Name]>;
  }

  /** Waits until what came so far satisfies the condition. @returns rejects with `NothingLeftToDo` when it never does */
  async until(condition: (received: readonly Received[]) => boolean): Promise<void> {
    await this.#system.until(() => condition(this.#inbox.received), 'what the probe waits for');
  }

  /** Waits until nothing is left to do. @returns rejects with {@link Unexpected} when a message came that no call took */
  async nothing(): Promise<void> {
    await this.#system.settle();
    const { received, taken } = this.#inbox;
    const message = received[taken];
    if (message === undefined) return;
    throw new Unexpected(
      `expected nothing, and ${received.length - taken} messages came, first '${message.handler}': ${describe(message.payload)}`,
    );
  }

  /** Answers asks of a handler from now on; without it the reply is undefined. */
  answer<Name extends HandlerName<D>>(
    handler: Name,
    reply: (payload: PayloadOf<D['handlers'][Name]>) => ReplyOf<D['handlers'][Name]>,
  ): void {
    this.#inbox.replies.set(handler, reply as (payload: unknown) => unknown);
  }

  /** Takes nothing more than the message at hand, as a slow receiver would, so that its mailbox fills up. */
  pause(): void {
    this.#inbox.pause();
  }

  /** Takes messages again. */
  resume(): void {
    this.#inbox.resume();
  }
}

/** A probe got what was not expected. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

class Inbox {
  readonly received: Received[] = [];
  readonly replies: Map<string, (payload: unknown) => unknown> = new Map();
  taken = 0;
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  async take(handler: string, payload: unknown): Promise<unknown> {
    if (this.#gate !== null) await this.#gate.opened;
    if (this.received.length >= RECEIVED_MAX) throw new Error(`a probe keeps ${RECEIVED_MAX} messages`);
    this.received.push({ handler, payload });
    return this.replies.get(handler)?.(payload);
  }

  pause(): void {
    if (this.#gate !== null) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = null;
  }
}

function describe(payload: unknown): string {
  return JSON.stringify(payload) ?? String(payload);
}
