/**
 * The payloads of S0 and what is left of them at the other end. A payload is a number, or an object of an
 * id and a text whose length makes up the size.
 */
import { extraOf, type FloorRingParams } from '../../macro/s0-floor-ring.ts';

/** An object as messages between services have them. */
export interface Item {
  readonly id: number;
  readonly text: string;
}

/** What makes the payload of each value. */
export function payloadMaker(params: FloorRingParams): (value: number) => number | Item {
  if (params.payloadBytes === 4) return (value) => value;
  const text = 'x'.repeat(extraOf(params));
  return (value) => ({ id: value, text });
}

/** Adds up what arrives. */
export class Arrivals {
  received = 0;
  sum = 0;
  extra = 0;

  add(payload: unknown): void {
    this.received += 1;
    if (typeof payload === 'number') {
      this.sum = (this.sum + payload) | 0;
      return;
    }
    const { id, text } = payload as Item;
    this.sum = (this.sum + id) | 0;
    this.extra += text.length;
  }
}
