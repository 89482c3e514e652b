/**
 * A worker thread that answers one request at a time: how the raw systems are driven. Owns the worker;
 * holds that a worker that dies fails the pending request instead of leaving it open.
 */
import { parentPort, Worker, workerData, type Transferable } from 'node:worker_threads';

/** The near end. */
export class Thread {
  readonly #worker: Worker;
  #settle: { resolve(answer: unknown): void; reject(error: Error): void } | undefined;

  /** Starts a worker and resolves once it serves requests, so that no pass pays for loading code. */
  static async start(file: URL, data: unknown, transfer: Transferable[] = []): Promise<Thread> {
    const thread = new Thread(file, data, transfer);
    await new Promise<unknown>((resolve, reject) => {
      thread.#settle = { resolve, reject };
    });
    return thread;
  }

  private constructor(file: URL, data: unknown, transfer: Transferable[]) {
    this.#worker = new Worker(file, { workerData: data, transferList: transfer });
    this.#worker.on('message', (answer: unknown) => {
      this.#settle?.resolve(answer);
      this.#settle = undefined;
    });
    this.#worker.on('error', (error) => this.#fail(error as Error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`worker ended: code=${code}`)));
  }

  /** Sends a request and resolves with the answer. */
  request<T>(message: unknown): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#worker.postMessage(message);
    }) as Promise<T>;
  }

  async stop(): Promise<void> {
    this.#settle = undefined;
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}

/** The far end: answers each request with what `serve` resolves to; a failure ends the worker. */
export function serveRequests<R>(serve: (request: R) => unknown): void {
  const port = parentPort;
  if (port === null) throw new Error('not a worker thread');
  const answer = async (request: R): Promise<void> => port.postMessage(await serve(request));
  port.on('message', (request: R) => {
    answer(request).catch((error: unknown) => {
      setImmediate(() => {
        throw error;
      });
    });
  });
  port.postMessage('ready');
}

/** What this worker was started with. */
export function startData<D>(): D {
  return workerData as D;
}
