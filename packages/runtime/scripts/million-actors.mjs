/** Actors of the run over many keys: one that counts by key, and one that says what its thread holds. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineActor } from 'millrace';

/** Keys that begin so are saved and loaded; a million files would measure the file system. */
export const SAVED = 'saved-';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

let live = 0;

function fileOf(key) {
  return join(process.env.MILLRACE_KEYS_FOLDER, key);
}

export const Entry = defineActor({
  name: 'entry',
  mailbox: { capacity: 16 },
  keyed: {
    idleMs: Number(process.env.MILLRACE_KEYS_IDLE_MS),
    save: (state, key) => {
      if (key.startsWith(SAVED)) writeFileSync(fileOf(key), String(state.count));
    },
  },
  init: (key) => {
    live += 1;
    const saved = key.startsWith(SAVED) && existsSync(fileOf(key));
    return { count: saved ? Number(readFileSync(fileOf(key), 'utf8')) : 0 };
  },
  handlers: {
    add(state, by) {
      state.count += by;
    },
    get: (state) => state.count,
  },
  hooks: {
    stopping: () => {
      live -= 1;
    },
  },
});

export const Scale = defineActor({
  name: 'scale',
  init: () => null,
  handlers: {
    /** Instances on this thread. */
    live: () => live,
    /** Bytes in use on the heap of this thread, once what is not needed is gone. */
    async weigh() {
      for (let i = 0; i < 3; i += 1) {
        collect();
        // What is told of each ref that went runs between two collections.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return process.memoryUsage().heapUsed;
    },
  },
});
