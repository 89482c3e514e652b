/**
 * Streams into an actor: each chunk is a `tell`, and the stream is written to again once that is admitted. Owns
 * nothing but the bond; holds that a stream has one chunk under way, so that a slow actor slows its source
 * through `pipeline` as a slow disk would, and that an error or a destroyed stream gives up the send that
 * waits.
 */
import { Writable } from 'node:stream';
import { WritableStream } from 'node:stream/web';
import type { ActorRef, HandlerName, HasHandlers, PayloadOf } from '@millrace/core';
import { checkOptions, integer } from '@millrace/core/remote';

/** How a Node stream into an actor behaves. */
export interface WritableToOptions {
  /** Chunks that the stream buffers before `write` returns false, beside what the mailbox takes. Default 16. */
  readonly highWaterMark?: number;
}

/** Chunks that a stream buffers when nobody says otherwise: Node's own number for objects. */
const BUFFERED_CHUNKS = 16;

/**
 * A Node `Writable` in object mode whose chunks are told to `handler`: `pipeline(source, writableTo(ref, 'add'))`.
 * It finishes once the last chunk is admitted to the mailbox, not once it is handled; ask the actor something
 * after it to know that. Text that is written comes as it is, not as a buffer.
 *
 * A refused send errors the stream with the same error as a `tell`.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function writableTo<D extends HasHandlers, Name extends HandlerName<D>>(
  ref: ActorRef<D>,
  handler: Name,
  options: WritableToOptions = {},
): Writable {
  checkOptions('writableTo', options, { highWaterMark: integer(1, 1_000_000) });
  const gone = new AbortController();
  return new Writable({
    objectMode: true,
    decodeStrings: false,
    highWaterMark: options.highWaterMark ?? BUFFERED_CHUNKS,
    write(chunk: unknown, _encoding, written): void {
      settle(told(ref, handler, chunk, gone.signal), written);
    },
    destroy(error, destroyed): void {
      gone.abort(error ?? undefined);
      destroyed(error);
    },
  });
}

/**
 * A web `WritableStream` whose chunks are told to `handler`: `source.pipeTo(webWritableTo(ref, 'add'))`. As
 * {@link writableTo}.
 */
export function webWritableTo<D extends HasHandlers, Name extends HandlerName<D>>(
  ref: ActorRef<D>,
  handler: Name,
): WritableStream<PayloadOf<D['handlers'][Name]>> {
  return new WritableStream<PayloadOf<D['handlers'][Name]>>({
    // It aborts with the stream, before the write at hand has ended. The types of Node 20 leave it out.
    write: (chunk, controller) =>
      told(ref, handler, chunk, (controller as unknown as { readonly signal: AbortSignal }).signal),
  });
}

/** A payload the types of which the stream cannot know: `ref` checks it as any other. */
function told<D extends HasHandlers>(
  ref: ActorRef<D>,
  handler: HandlerName<D>,
  chunk: unknown,
  signal: AbortSignal,
): Promise<void> {
  return (ref as unknown as ActorRef).tell(handler, chunk, { signal });
}

function settle(promise: Promise<void>, written: (error?: Error | null) => void): void {
  promise.then(
    () => written(),
    (error: unknown) => written(error instanceof Error ? error : new Error(String(error))),
  );
}
