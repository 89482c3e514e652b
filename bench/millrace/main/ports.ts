/**
 * The ports of a system on the thread of a bench: Node's clock and event loop, and a log that fails loudly,
 * because a benchmark during which something is worth a warning measures something else.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ports } from '@millrace/core';
import { nowMs } from '../../load/clock.ts';

/** Ports like those that the runtime gives to its hosts. */
export function benchPorts(): Ports {
  const storage = new AsyncLocalStorage<unknown>();
  return {
    clock: {
      now: nowMs,
      setTimer: (run, delayMs) => {
        const timer = setTimeout(run, delayMs);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    scheduler: { defer: (run) => void setImmediate(run) },
    random: Math.random,
    log: (level, message, details) => {
      if (level === 'warn' || level === 'error')
        throw new Error(`${message} ${JSON.stringify(details ?? {})}`);
    },
    asyncContext: { run: (value, body) => storage.run(value, body), current: () => storage.getStore() },
  };
}
