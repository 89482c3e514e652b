/**
 * What travels between virtual hosts: a data lane of frames and a control lane for each ordered pair, both
 * first in first out. Owns what is under way; holds that it survives the death of either end, as words in
 * shared memory do. Called by virtual hosts; must not know what a message means.
 */
import type { CreditSignal, Lease, WaitProbe } from '@millrace/core/credit';
import type { SimMessage } from './message.ts';
import { Queue } from './queue.ts';
import type { Route } from './route.ts';
import type { SimCell } from './sim-cell.ts';

/** A message in a frame, with the slot that its sender paid for. */
export interface Parcel {
  readonly message: SimMessage;
  readonly slot: number;
  /** What paid, and for whose line; the sender's business. */
  readonly lease: Lease | null;
  readonly route: Route;
  /** Incarnation of the owner that gave the slot. */
  readonly ownerIncarnation: number;
}

/**
 * One unit of the data lane. A `fence` says: whatever was paid for with credit of an incarnation of yours
 * before that one has come. A `hello` says so too, as the first frame of a new incarnation of the sender. An `echo`
 * asks for an answer: everything that was sent before it has come then. A reader that dies over one leaves it to
 * its successor, so the answer may come twice: `round` and the answering host say which it is.
 */
export type Frame = { readonly incarnation: number } & (
  | { readonly kind: 'batch'; readonly parcels: readonly Parcel[] }
  | { readonly kind: 'fence'; readonly ofIncarnation: number }
  | { readonly kind: 'hello'; readonly ofIncarnation: number }
  | { readonly kind: 'echo'; readonly actor: number; readonly round: number }
);

/** A control message on its lane. */
export type Control = ControlBody & {
  readonly incarnation: number;
  /**
   * Incarnation of the receiver, as far as the sender knew. A successor drops what was meant for the dead:
   * an answer to its question, say, about credit that the owner is yet to take back. An actor on its way is
   * the one thing that it keeps.
   */
  readonly forIncarnation: number;
};

/** One unit of the control lane. */
export type ControlBody =
  | { readonly kind: 'signal'; readonly signal: CreditSignal; readonly slot: number }
  | { readonly kind: 'resolve'; readonly actor: number }
  | {
      readonly kind: 'resolved';
      readonly actor: number;
      /** `gone`: there is no such actor any more. `elsewhere`: ask again. */
      readonly answer: 'here' | 'gone' | 'elsewhere';
      readonly slot: number;
      readonly generation: number;
    }
  | { readonly kind: 'probe'; readonly probe: WaitProbe }
  | { readonly kind: 'overdraft'; readonly slot: number; readonly generation: number }
  | { readonly kind: 'reply'; readonly ask: number }
  | { readonly kind: 'echoed'; readonly actor: number; readonly round: number }
  | { readonly kind: 'adopt'; readonly cell: SimCell };

/** Everything under way. */
export class Network {
  readonly #hosts: number;
  readonly #data: Queue<Frame>[] = [];
  readonly #control: Queue<Control>[] = [];
  /** By receiving host. */
  readonly #dataWaiting: number[] = [];
  readonly #controlWaiting: number[] = [];

  constructor(hosts: number) {
    this.#hosts = hosts;
    for (let i = 0; i < hosts * hosts; i += 1) {
      this.#data.push(new Queue());
      this.#control.push(new Queue());
    }
    for (let host = 0; host < hosts; host += 1) {
      this.#dataWaiting.push(0);
      this.#controlWaiting.push(0);
    }
  }

  /** Frames that wait for a host. */
  dataWaiting(to: number): number {
    return this.#dataWaiting[to] as number;
  }

  /** Control messages that wait for a host. */
  controlWaiting(to: number): number {
    return this.#controlWaiting[to] as number;
  }

  sendData(from: number, to: number, frame: Frame): void {
    (this.#data[from * this.#hosts + to] as Queue<Frame>).push(frame);
    this.#dataWaiting[to] = this.dataWaiting(to) + 1;
  }

  sendControl(from: number, to: number, control: Control): void {
    (this.#control[from * this.#hosts + to] as Queue<Control>).push(control);
    this.#controlWaiting[to] = this.controlWaiting(to) + 1;
  }

  /** The first frame of a lane; it stays until {@link takeData}, also when its reader dies over it. */
  peekData(from: number, to: number): Frame | undefined {
    return (this.#data[from * this.#hosts + to] as Queue<Frame>).peek();
  }

  takeData(from: number, to: number): Frame | undefined {
    const frame = (this.#data[from * this.#hosts + to] as Queue<Frame>).shift();
    if (frame !== undefined) this.#dataWaiting[to] = this.dataWaiting(to) - 1;
    return frame;
  }

  /** True when a like signal is under way already. */
  carries(from: number, to: number, like: Control & { readonly kind: 'signal' }): boolean {
    for (const control of this.#control[from * this.#hosts + to] as Queue<Control>) {
      if (
        control.kind === 'signal' &&
        control.signal === like.signal &&
        control.slot === like.slot &&
        control.incarnation === like.incarnation &&
        control.forIncarnation === like.forIncarnation
      ) {
        return true;
      }
    }
    return false;
  }

  peekControl(from: number, to: number): Control | undefined {
    return (this.#control[from * this.#hosts + to] as Queue<Control>).peek();
  }

  takeControl(from: number, to: number): Control | undefined {
    const control = (this.#control[from * this.#hosts + to] as Queue<Control>).shift();
    if (control !== undefined) this.#controlWaiting[to] = this.controlWaiting(to) - 1;
    return control;
  }

  /** A sender whose frames wait for `to`, looking from `start` on; -1 when there is none. */
  dataFrom(to: number, start: number): number {
    return this.#next(this.#data, to, start);
  }

  /** A sender whose control messages wait for `to`, looking from `start` on; -1 when there is none. */
  controlFrom(to: number, start: number): number {
    return this.#next(this.#control, to, start);
  }

  #next(lanes: readonly Queue<unknown>[], to: number, start: number): number {
    for (let i = 0; i < this.#hosts; i += 1) {
      const from = (start + i) % this.#hosts;
      if ((lanes[from * this.#hosts + to] as Queue<unknown>).size > 0) return from;
    }
    return -1;
  }
}
