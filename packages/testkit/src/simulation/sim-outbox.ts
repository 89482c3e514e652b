/**
 * What leaves a virtual host: messages gathered into one frame for each other host, and control messages at once, signed
 * with who says it and to which incarnation. Owns what is packed and not yet published; holds that one signal of a kind
 * is under way at a time. Called by its host.
 */
import { type CreditSignal, refund } from '@millrace/core/credit';
import { check, type SimMessage } from './message.ts';
import type { ControlBody, Parcel } from './network.ts';
import type { Route } from './route.ts';
import type { SimPeers } from './sim-peers.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** A frame without messages. */
export type Announcement =
  | { readonly kind: 'hello' | 'fence'; readonly ofIncarnation: number }
  | { readonly kind: 'echo'; readonly actor: number; readonly round: number };

/** Everything that one host has to send. */
export class SimOutbox {
  readonly #world: SimSurroundings;
  readonly #index: number;
  readonly #incarnation: number;
  readonly #peers: SimPeers;
  readonly #refuse: (message: SimMessage) => void;
  /** By host. */
  readonly #parcels: Parcel[][];
  #size = 0;

  /** @param refuse ends a message that turned out not to be data only */
  constructor(
    world: SimSurroundings,
    self: { readonly index: number; readonly incarnation: number },
    peers: SimPeers,
    refuse: (message: SimMessage) => void,
  ) {
    this.#world = world;
    this.#index = self.index;
    this.#incarnation = self.incarnation;
    this.#peers = peers;
    this.#refuse = refuse;
    this.#parcels = Array.from({ length: world.hosts }, () => []);
  }

  /** Messages that wait for a frame. */
  get size(): number {
    return this.#size;
  }

  /** Puts a message that was paid for into the outbox. */
  pack(route: Route, message: SimMessage): void {
    (this.#parcels[route.owner] as Parcel[]).push({
      message,
      slot: route.slot,
      lease: route.lease,
      route,
      ownerIncarnation: route.ownerIncarnation,
    });
    this.#size += 1;
  }

  /** Publishes one frame to one of those that something waits for. */
  flushOne(): void {
    const start = this.#world.random.next(this.#world.hosts);
    for (let i = 0; i < this.#world.hosts; i += 1) {
      const to = (start + i) % this.#world.hosts;
      if ((this.#parcels[to] as Parcel[]).length === 0) continue;
      this.flush(to);
      return;
    }
  }

  /** Publishes one frame. Whoever dies before has sent nothing of it. */
  flush(to: number): void {
    const packed = this.#parcels[to] as Parcel[];
    if (packed.length === 0) return;
    this.#parcels[to] = [];
    this.#size -= packed.length;
    const parcels = packed.filter((parcel) => this.#encode(parcel));
    if (parcels.length === 0) return;
    this.#world.interrupts.moment();
    for (const { message } of parcels) message.at = -1;
    this.#world.network.sendData(this.#index, to, { incarnation: this.#incarnation, kind: 'batch', parcels });
    this.#world.interrupts.moment();
    this.#world.ring(to);
  }

  /** Some payloads turn out not to be data only now, when others of their sender may be waiting. */
  #encode(parcel: Parcel): boolean {
    const { message, lease, route } = parcel;
    if (lease === null || parcel.ownerIncarnation < this.#peers.epochOf(lease.owner)) return true;
    if (!this.#world.clonesFail()) return true;
    refund(route, lease);
    this.#refuse(message);
    return false;
  }

  /** Sends a frame that carries no message, behind those that do. */
  announce(to: number, announcement: Announcement): void {
    this.#world.network.sendData(this.#index, to, { incarnation: this.#incarnation, ...announcement });
    this.#world.ring(to);
  }

  /** Sends a control message. */
  post(to: number, body: ControlBody): void {
    const control = { ...body, ...this.#signature(to) };
    this.#world.network.sendControl(this.#index, to, control);
    this.#world.interrupts.moment();
    this.#world.ring(to);
  }

  /** Sends a signal of the credit protocol. */
  signal(to: number, signal: CreditSignal, slot: number): void {
    const { network } = this.#world;
    const body = { kind: 'signal', signal, slot } as const;
    const control = { ...body, ...this.#signature(to) };
    check(
      control.forIncarnation !== this.#world.incarnationOf(to) ||
        !network.carries(this.#index, to, control) ||
        this.#world.reads(to, this.#index),
      'I2 one signal of a kind is under way',
      () => `${signal} from ${this.#index} to ${to}`,
    );
    this.post(to, body);
  }

  #signature(to: number): { readonly incarnation: number; readonly forIncarnation: number } {
    return { incarnation: this.#incarnation, forIncarnation: this.#peers.epochOf(to) };
  }
}
