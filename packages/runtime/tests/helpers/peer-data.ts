/** What a test and the thread at the other end of its link agree on. */

/** Host of the main thread and of the thread, at the doorbells. */
export const MAIN = 0;
export const PEER = 1;

/** Words of the count that a receiver keeps. */
export const HANDLED = 0;
export const DIGEST = 1;
export const LAST = 2;
export const OUT_OF_ORDER = 3;
export const LOST = 4;

/** What the thread is to do. */
export interface PeerData {
  readonly role: 'send' | 'receive';
  readonly buffer: SharedArrayBuffer;
  readonly bells: Int32Array;
  readonly count: Int32Array;
  /** Messages to send, or to receive before the thread ends. */
  readonly messages: number;
  /** Sent in the field `from`. */
  readonly incarnation: number;
}
