/**
 * Streams out of actors. A feed is an actor on the main thread that holds what it is told until somebody reads it:
 * its mailbox is the bound, so whoever tells it waits when the reader is slow, on whatever thread. Owns
 * the reading side; holds that items come out once each, in the order of each sender, and
 * that a reader who leaves ends the feed, so that senders are refused and do not wait for ever.
 *
 * The handler of an item ends when the item is read. An actor is given its next message only then, so the rest
 * stays in the mailbox, and beyond that with the senders.
 */
import type { ActorRef } from '@millrace/core';
import { checkOptions, integer } from '@millrace/core/remote';
import type { RunningSystem } from '../running-system.ts';
import { DONE, feedActor, type FeedActor, FeedState } from './feed-definition.ts';

/** How a feed behaves. */
export interface FeedOptions {
  /** Items that wait for the reader at most: 1 to 32,767. Default 16. */
  readonly capacity?: number;
}

const CAPACITY_DEFAULT_ITEMS = 16;

const CAPACITY_MAX_ITEMS = 32_767;

/**
 * Opens a feed: give its `ref` to any actor, read it with `for await`, `pipeline(feed, …)`, `Readable.from(feed)` or
 * `ReadableStream.from(feed)`. It is read once, by one reader.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN, ERR_SYSTEM_STOPPING
 */
export async function openFeed<T>(system: RunningSystem, options: FeedOptions = {}): Promise<Feed<T>> {
  checkOptions('openFeed', options, { capacity: integer(1, CAPACITY_MAX_ITEMS) });
  const state = new FeedState<T>();
  const definition = feedActor<T>(options.capacity ?? CAPACITY_DEFAULT_ITEMS);
  const ref = await system.spawn(definition, { args: state, placement: 'main', restart: 'temporary' });
  // However it stopped, a reader must not wait for ever.
  void system.terminated(ref).then(() => state.breakOff());
  return new Feed<T>(ref, state, async () => {
    await system.stopActor(ref, { shutdownMs: 'brutal' });
  });
}

/** Items from actors, to be read once. */
export class Feed<T> implements AsyncIterableIterator<T> {
  /** Tell it `push` and `end`, from any actor on any thread. */
  readonly ref: ActorRef<FeedActor<T>>;
  readonly #state: FeedState<T>;
  readonly #stop: () => Promise<void>;

  /** @internal Use {@link openFeed}. */
  constructor(ref: ActorRef<FeedActor<T>>, state: FeedState<T>, stop: () => Promise<void>) {
    this.ref = ref;
    this.#state = state;
    this.#stop = stop;
  }

  /** The feed is its own iterator: its items can be taken once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next item. One at a time, as `for await` and streams do.
   *
   * @returns rejects with ERR_ACTOR_STOPPED when the feed stopped before its end; ERR_OPTION_INVALID for a second
   *   call before the first has settled
   */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#state.take();
  }

  /** Ends the feed: what waits in it becomes dead letters, and who tells it more is refused. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#state.leave();
    await this.#stop();
    return DONE;
  }
}
