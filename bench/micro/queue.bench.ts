/** In at one end and out at the other: what a mailbox is made of. */
import { Actor } from '../floors/one-thread/dispatcher.ts';
import type { Primitive } from './primitive.ts';

const OPERATIONS = 512;
const ring = new Actor<undefined, number>(undefined, () => {}, 1_024);
const words = new Int32Array(1_024);
let tail = 0;
let head = 0;
let first: Node | undefined;
let last: Node | undefined;

interface Node {
  readonly value: number;
  next: Node | undefined;
}

export const primitive: Primitive = {
  name: 'in and out of a queue',
  operations: OPERATIONS,
  ways: {
    'array: push all, walk, cut': () => {
      const items: number[] = [];
      let total = 0;
      for (let i = 0; i < OPERATIONS; i += 1) items.push(i);
      for (const item of items) total += item;
      items.length = 0;
      return total;
    },
    'array: push and shift': () => {
      const items: number[] = [];
      let total = 0;
      for (let i = 0; i < OPERATIONS; i += 1) items.push(i);
      for (let i = 0; i < OPERATIONS; i += 1) total += items.shift() ?? 0;
      return total;
    },
    'linked list': () => {
      let total = 0;
      for (let value = 0; value < OPERATIONS; value += 1) {
        const node: Node = { value, next: undefined };
        if (last === undefined) first = node;
        else last.next = node;
        last = node;
      }
      for (let node = first; node !== undefined; node = node.next) total += node.value;
      first = undefined;
      last = undefined;
      return total;
    },
    'ring of values': () => {
      let total = 0;
      for (let i = 0; i < OPERATIONS; i += 1) ring.push(i);
      while (ring.size > 0) {
        total += ring.ring[ring.head] ?? 0;
        ring.head = (ring.head + 1) & (ring.ring.length - 1);
        ring.size -= 1;
      }
      return total;
    },
    'ring of 32-bit words': () => {
      let total = 0;
      for (let i = 0; i < OPERATIONS; i += 1) words[tail++ & 1_023] = i;
      while (head < tail) total += words[head++ & 1_023] as number;
      return total;
    },
  },
};
