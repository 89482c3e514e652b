/** The core's ports on Node.js: its clock, its timers, its randomness, `AsyncLocalStorage`. Owns nothing. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { Log, Ports } from '@millrace/core';
import { LOCAL_MARKS } from '../codec/local-marks.ts';

/** The ports of one host but for its scheduler, which is the host's loop. */
export function nodePorts(log: Log): Omit<Ports, 'scheduler'> {
  const storage = new AsyncLocalStorage<unknown>();
  return {
    clock: {
      now: () => performance.now(),
      setTimer: (run, delayMs) => {
        const timeout = setTimeout(run, delayMs);
        return { cancel: () => clearTimeout(timeout) };
      },
    },
    random: Math.random,
    log,
    marks: LOCAL_MARKS,
    asyncContext: {
      run: (value, body) => storage.run(value, body),
      current: () => storage.getStore(),
    },
  };
}

/** Writes to standard error, a line each. */
export const consoleLog: Log = (level, message, details) => {
  const facts = Object.entries(details ?? {}).map(([key, value]) => ` ${key}=${describe(value)}`);
  process.stderr.write(`millrace ${level}: ${message}${facts.join('')}\n`);
};

function describe(value: unknown): string {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
