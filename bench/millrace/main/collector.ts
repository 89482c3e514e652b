/**
 * The actor that tells the bench when a pass is over. It lives on the main thread, where its argument may be
 * a function; everybody else reaches it through its ref.
 */
import { defineActor, type ActorRef } from 'millrace';

/** Told once by each actor that has seen all it was to see. */
export const Collector = defineActor({
  name: 'collector',
  init: (whenTold: () => void) => ({ whenTold }),
  handlers: {
    done(state) {
      state.whenTold();
    },
  },
});

/** Refs of {@link Collector}. */
export type CollectorRef = ActorRef<typeof Collector>;
