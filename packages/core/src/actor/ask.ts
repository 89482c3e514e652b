/**
 * One question on its way: the promise of a reply, its deadline, and the chain of asks that led to it.
 * Owns the settling of that promise; holds that it settles exactly once and that a late reply is dropped.
 * A reply needs no slot in the asker's mailbox, so replies are never stuck behind messages.
 */
import { type Address, formatAddress } from '../address.ts';
import { MillraceError } from '../errors.ts';
import { Expiring } from '../lib/deadlines.ts';
import type { Kernel } from './kernel.ts';
import { ORIGIN, type Sender } from './sender.ts';
import { ignore } from './send-promise.ts';

/** The actors that wait for each other, newest first. */
export interface CallChain {
  readonly sender: Sender;
  readonly before: CallChain | null;
  readonly length: number;
}

/** An open ask as whoever answers it sees it: one of this host, or a stand-in for one of another host. */
export interface AskOrigin {
  readonly originKind: typeof ORIGIN.ask;
  readonly sender: Sender;
  /** The asker and whoever waits for it, newest first. */
  readonly chain: CallChain;
  /** True once the reply, a refusal or the deadline came. */
  readonly settled: boolean;
  /** Called when the asker gives up (deadline, abort), so that whoever works for it can be told. */
  onGivenUp: ((error: MillraceError) => void) | null;
  /** The handler returned. */
  reply(value: unknown): void;
  /** The handler threw. */
  handlerFailed(thrown: unknown): void;
  /** No reply will come. */
  fail(error: unknown): void;
}

/** One open ask of this host. */
export class Ask extends Expiring implements AskOrigin {
  readonly originKind: typeof ORIGIN.ask = ORIGIN.ask;
  readonly sender: Sender;
  /** The asker and whoever waits for it, newest first. */
  readonly chain: CallChain;
  readonly target: Address;
  readonly handler: string;
  readonly promise: Promise<unknown>;
  readonly timeoutMs: number;
  /** True once the reply, a refusal or the deadline came. */
  settled = false;
  /** Called when the asker gives up (deadline, abort), so that the handler can be told. */
  onGivenUp: ((error: MillraceError) => void) | null = null;
  readonly #kernel: Kernel;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #unlisten: (() => void) | null = null;

  constructor(
    kernel: Kernel,
    chain: CallChain,
    target: Address,
    handler: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ) {
    super();
    this.#kernel = kernel;
    this.sender = chain.sender;
    this.chain = chain;
    this.target = target;
    this.handler = handler;
    this.timeoutMs = timeoutMs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.sender.openAsks += 1;
    // Not the dispatcher's reading: after an idle spell that is as old as the last pass.
    kernel.deadlines.add(this, timeoutMs, kernel.ports.clock.now());
    if (signal !== undefined) this.#listen(signal);
  }

  /** The reply came. */
  succeed(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  /** The handler returned. */
  reply(value: unknown): void {
    const { payloadGate, marks } = this.#kernel;
    if (payloadGate === null && marks.open.count === 0) {
      this.succeed(value);
      return;
    }
    try {
      const unmarked = marks.open.count === 0 ? value : marks.take(value);
      this.succeed(payloadGate === null ? unmarked : payloadGate(unmarked));
    } catch (error) {
      this.fail(error);
    }
  }

  /** The handler threw: an error reaches the asker as it is, anything else inside one. */
  handlerFailed(thrown: unknown): void {
    if (thrown instanceof Error) this.fail(thrown);
    else this.fail(new MillraceError('ERR_HANDLER_FAILED', { handler: this.handler }, { cause: thrown }));
  }

  /** No reply will come. */
  fail(error: unknown): void {
    if (!this.#settle()) return;
    this.promise.catch(ignore);
    this.#reject(error);
  }

  /** The deadline passed. */
  override expired(): void {
    this.#giveUp(
      new MillraceError('ERR_ASK_TIMEOUT', {
        target: formatAddress(this.target),
        handler: this.handler,
        timeoutMs: this.timeoutMs,
      }),
    );
  }

  #giveUp(error: MillraceError): void {
    const told = this.onGivenUp;
    this.fail(error);
    told?.(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.sender.openAsks -= 1;
    this.onGivenUp = null;
    this.#kernel.deadlines.cancel(this);
    this.#unlisten?.();
    return true;
  }

  #listen(signal: AbortSignal): void {
    const aborted = (): void => {
      this.#giveUp(
        new MillraceError(
          'ERR_ASK_ABORTED',
          { target: formatAddress(this.target), handler: this.handler },
          { cause: signal.reason },
        ),
      );
    };
    if (signal.aborted) {
      aborted();
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', aborted);
  }
}

/** The chain that an ask of `sender` carries while it answers `ask`. */
export function chainOf(sender: Sender, ask: AskOrigin | null): CallChain {
  const before = ask === null ? null : ask.chain;
  return { sender, before, length: 1 + (before?.length ?? 0) };
}

/** True when the actor waits somewhere in the chain. */
export function chainHas(chain: CallChain, id: number): boolean {
  for (let link: CallChain | null = chain; link !== null; link = link.before) {
    if (link.sender.senderId === id) return true;
  }
  return false;
}

/** The actors from `targetId` to the asker, if it waits somewhere in the chain; null when it does not. */
export function cyclePath(chain: CallChain, targetId: number): readonly Address[] | null {
  const path: Address[] = [];
  for (let link: CallChain | null = chain; link !== null; link = link.before) {
    if (link.sender.senderAddress !== null) path.unshift(link.sender.senderAddress);
    if (link.sender.senderId === targetId) return path;
  }
  return null;
}
