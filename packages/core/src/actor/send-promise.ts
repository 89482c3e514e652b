/**
 * The promise of a send that was not admitted on the spot. Owns one flag: whether anybody looked at it. A
 * refused send that nobody awaits must not crash the process and must not vanish either; the flag tells
 * the two apart. Sends admitted on the spot share {@link SENT} and allocate nothing.
 */

/** The result of every send that was admitted at once. */
export const SENT: Promise<void> = Promise.resolve();

/** A promise that knows whether somebody awaits it. */
export class SendPromise extends Promise<void> {
  /** True once `then`, `catch`, `finally` or `await` was used. */
  observed = false;

  /** Derived promises are plain: only the first knows what it stands for. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // `await` calls this because the constructor differs from Promise's (ECMAScript, PromiseResolve).
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise, and has to see who awaits it
  override then<A = void, B = never>(
    onFulfilled?: ((value: void) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }

  /** Keeps a rejection from counting as unhandled, without counting as somebody who looks. */
  silence(): void {
    void super.then(undefined, ignore);
  }
}

/** A send that is refused from the start. */
export function refusedSend(error: Error): SendPromise {
  const refusal = new SendPromise((_, reject) => reject(error));
  refusal.silence();
  return refusal;
}

/** Does nothing with a rejection. */
export function ignore(): void {
  // The rejection reaches whoever awaits the promise; here it only must not be unhandled.
}
