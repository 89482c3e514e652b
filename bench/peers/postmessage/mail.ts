/**
 * Three ways in which messages of a key and a value are put through `postMessage`: one by one, in
 * arrays of 64 objects, and as 64 pairs of integers in a typed array, which is the fastest that plain
 * numbers can be cloned and no help for anything else.
 */
import type { MessagePort } from 'node:worker_threads';

export type Packing = 'each' | 'objects' | 'ints';

/** One message. */
export interface Mail {
  readonly key: number;
  readonly value: number;
}

/** Messages of one batch. */
export const BATCH_MESSAGES = 64;

/** The sending end of one port. */
export interface Outbox {
  send(key: number, value: number): void;
  /** Sends what is left of a batch. */
  flush(): void;
}

export function outbox(port: MessagePort, packing: Packing): Outbox {
  if (packing === 'each') {
    return { send: (key, value) => port.postMessage({ key, value }), flush: () => {} };
  }
  return packing === 'objects' ? new ObjectOutbox(port) : new IntOutbox(port);
}

/** Calls `handle` for each message that comes through a port. */
export function receive(
  port: MessagePort,
  packing: Packing,
  handle: (key: number, value: number) => void,
): void {
  if (packing === 'each') port.on('message', ({ key, value }: Mail) => handle(key, value));
  else if (packing === 'objects') {
    port.on('message', (batch: Mail[]) => {
      for (const { key, value } of batch) handle(key, value);
    });
  } else {
    port.on('message', (batch: Int32Array) => {
      for (let i = 0; i < batch.length; i += 2) handle(batch[i] as number, batch[i + 1] as number);
    });
  }
}

class ObjectOutbox implements Outbox {
  readonly #port: MessagePort;
  #batch: Mail[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(key: number, value: number): void {
    this.#batch.push({ key, value });
    if (this.#batch.length === BATCH_MESSAGES) this.flush();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#port.postMessage(this.#batch);
    this.#batch = [];
  }
}

class IntOutbox implements Outbox {
  readonly #port: MessagePort;
  readonly #batch = new Int32Array(2 * BATCH_MESSAGES);
  #filled = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(key: number, value: number): void {
    this.#batch[this.#filled] = key;
    this.#batch[this.#filled + 1] = value;
    this.#filled += 2;
    if (this.#filled === this.#batch.length) this.flush();
  }

  flush(): void {
    if (this.#filled === 0) return;
    // A copy of what is filled: cloning a view would send its whole buffer.
    this.#port.postMessage(this.#batch.slice(0, this.#filled));
    this.#filled = 0;
  }
}
