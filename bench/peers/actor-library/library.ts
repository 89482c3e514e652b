/**
 * What the cells of one thread need of a library of actors: spawn one with a state and a handler, tell
 * it something, stop everything. Each peer says how it does that in the way its own documentation does.
 */

/** Names an actor of a library; opaque here. */
export type LibraryRef = unknown;

/** One started library. */
export interface ActorLibrary {
  /** The handler returns the next state. May be a promise of the actor. */
  spawn<S, M>(initial: S, handler: (state: S, message: M) => S): LibraryRef;
  tell(actor: LibraryRef, message: unknown): void;
  stop(): Promise<void>;
}

/** Starts the library in this process. */
export type StartLibrary = () => Promise<ActorLibrary>;

/** Sends of one turn of a sender, which then tells itself to go on: a long loop would keep the others waiting. */
export const TURN_SENDS = 64;

/** An actor that calls `send` with 0 … count − 1, some in each turn, once it is told to go. */
export async function spawnSender(
  library: ActorLibrary,
  count: number,
  send: (value: number) => void,
): Promise<LibraryRef> {
  const self = await library.spawn({ sent: 0 }, (state) => {
    const end = Math.min(count, state.sent + TURN_SENDS);
    for (; state.sent < end; state.sent += 1) send(state.sent);
    if (state.sent < count) library.tell(self, 'go');
    return state;
  });
  return self;
}
