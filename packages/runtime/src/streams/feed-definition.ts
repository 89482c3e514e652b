/**
 * The actor behind a feed, and the place where its items and the reader meet. Owns both; holds that an item is
 * handed over once, that its handler ends no sooner, and that the reader hears whether the feed came to its end or
 * broke off.
 */
import { type ActorContext, ActorDefinition, MillraceError } from '@millrace/core';
import type { ErasedDefinition } from '@millrace/core/remote';

/** What can be told to a feed. */
export type FeedHandlers<T> = {
  /** The next item. */
  readonly push: (state: FeedState<T>, item: T, ctx: ActorContext) => Promise<void> | undefined;
  /** There are no more items: the reader comes to its end once it has read all before this. */
  readonly end: (state: FeedState<T>, payload: undefined, ctx: ActorContext) => void;
};

/** The definition behind the ref of a feed. */
export type FeedActor<T> = ActorDefinition<FeedState<T>, FeedState<T>, FeedHandlers<T>>;

/** What a reader gets at the end. */
export const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** Where an item and the reader meet. At most one of them waits. */
export class FeedState<T> {
  #item: { readonly value: T; readonly taken: () => void } | null = null;
  #reader: Reader<T> | null = null;
  #over: 'no' | 'ended' | 'broken' = 'no';

  /** Hands an item over. A promise when the reader is not there yet; it rejects when `ctx` aborts first. */
  put(value: T, ctx: ActorContext): Promise<void> | undefined {
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.resolve({ done: false, value });
      return undefined;
    }
    const { signal } = ctx;
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.#item = null;
        reject(new MillraceError('ERR_ACTOR_STOPPED', { target: ctx.self.toString(), reason: 'not read' }));
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#item = {
        value,
        taken: () => {
          signal.removeEventListener('abort', aborted);
          resolve();
        },
      };
    });
  }

  /** Takes the next item, or waits for it. */
  take(): Promise<IteratorResult<T, undefined>> {
    const item = this.#item;
    if (item !== null) {
      this.#item = null;
      item.taken();
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#over === 'ended') return Promise.resolve(DONE);
    if (this.#over === 'broken') return Promise.reject(brokenOff());
    if (this.#reader !== null) {
      const allowed = 'one call at a time';
      return Promise.reject(
        new MillraceError('ERR_OPTION_INVALID', { option: 'feed.next', value: 'a second call', allowed }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** No more items will come. Comes after all of them, because it is a message too. */
  end(): void {
    if (this.#over !== 'no') return;
    this.#over = 'ended';
    this.#reader?.resolve(DONE);
    this.#reader = null;
  }

  /** The actor is gone without having ended. */
  breakOff(): void {
    if (this.#over !== 'no') return;
    this.#over = 'broken';
    this.#reader?.reject(brokenOff());
    this.#reader = null;
  }

  /** The reader has gone. */
  leave(): void {
    this.#item = null;
    this.end();
  }
}

function brokenOff(): MillraceError {
  return new MillraceError('ERR_ACTOR_STOPPED', { target: 'feed', reason: 'it stopped before its end' });
}

/** A definition of feeds with that bound. */
export function feedActor<T>(capacity: number): FeedActor<T> {
  return new ActorDefinition<FeedState<T>, FeedState<T>, FeedHandlers<T>>({
    name: '$feed',
    mailbox: { capacity },
    init: (state) => state,
    handlers: {
      push: (state, item, ctx) => state.put(item, ctx),
      end: (state, _, ctx) => {
        state.end();
        ctx.stop();
      },
    },
  });
}

/** What other threads know of a feed: its handlers. Its bound is its own. */
export const FEED: ErasedDefinition = feedActor(1) as unknown as ErasedDefinition;
