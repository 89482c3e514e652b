/** Threads for tests: a worker from a file of this folder, and the promise of its end. */
import { Worker } from 'node:worker_threads';

/** A worker and the code with which it will have ended. */
export interface TestThread {
  readonly worker: Worker;
  readonly ended: Promise<number>;
}

/** Starts a fixture, given by its name without extension, such as `ring-echo`. */
export function startThread(fixture: string, workerData: unknown): TestThread {
  const worker = new Worker(new URL(`../fixtures/${fixture}.js`, import.meta.url), { workerData });
  const ended = new Promise<number>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', resolve);
  });
  return { worker, ended };
}

/** The next message of a worker; rejects when it fails first. */
export function messageOf<T>(thread: TestThread): Promise<T> {
  const message = new Promise<T>((resolve) => {
    thread.worker.once('message', resolve);
  });
  const failed = thread.ended.then((code): never => {
    throw new Error(`thread ended with ${code} before it spoke`);
  });
  return Promise.race([message, failed]);
}

/** A promise and what settles it (Node 20 has no `Promise.withResolvers`). */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** A promise that is settled from outside. */
export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((good, bad) => {
    resolve = good;
    reject = bad;
  });
  return { promise, resolve, reject };
}
