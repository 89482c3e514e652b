/**
 * Who a send is charged to: an actor, or all application code outside actors of one host. Owns the count
 * of that sender's parked sends and open asks; holds that each stays within its bound. Recipients count
 * up and down here; a muted actor hears when its last parked send settled.
 */
import type { Address } from '../address.ts';
import { ASKS_OUTSIDE_MAX, PARKED_OUTSIDE_MAX_SENDS } from '../limits.ts';
import type { ParkedSend } from './parked-send.ts';

/** What came with a message, told apart without `instanceof` on the hot path. */
export const ORIGIN = { sender: 0, ask: 1, tick: 2 } as const;

/** Who a send is charged to. */
export interface Sender {
  readonly originKind: typeof ORIGIN.sender;
  /** The id in its address; 0 for application code outside actors. */
  readonly senderId: number;
  /** Its address; null for application code outside actors. */
  readonly senderAddress: Address | null;
  /** Parked sends to others now, at most {@link parkedMaxSends}. */
  readonly parkedSends: number;
  readonly parkedMaxSends: number;
  /** Asks without an answer so far, at most {@link asksMax}; counted by the asks. */
  openAsks: number;
  readonly asksMax: number;
  /** A send of this sender to another actor parks. */
  parkedSendAdded(send: ParkedSend): void;
  /** A parked send of this sender to another actor has settled. */
  parkedSendSettled(send: ParkedSend): void;
}

/** Application code outside actors: one sender for a whole host. */
export class OutsideSender implements Sender {
  readonly originKind: typeof ORIGIN.sender = ORIGIN.sender;
  readonly senderId = 0;
  readonly senderAddress = null;
  parkedSends = 0;
  openAsks = 0;
  readonly asksMax: number = ASKS_OUTSIDE_MAX;
  readonly parkedMaxSends: number;

  constructor(parkedMaxSends: number = PARKED_OUTSIDE_MAX_SENDS) {
    this.parkedMaxSends = parkedMaxSends;
  }

  parkedSendAdded(): void {
    this.parkedSends += 1;
  }

  parkedSendSettled(): void {
    this.parkedSends -= 1;
  }
}
