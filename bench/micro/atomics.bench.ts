/** One operation on a shared word that nobody else touches: the least that a credit or a tail can cost. */
import type { Primitive } from './primitive.ts';

const OPERATIONS = 1_000;
const words = new Int32Array(new SharedArrayBuffer(64));

export const primitive: Primitive = {
  name: 'touch a shared word',
  operations: OPERATIONS,
  ways: {
    'plain store': () => {
      for (let i = 0; i < OPERATIONS; i += 1) words[0] = i;
      return words[0];
    },
    'Atomics.load': () => {
      let total = 0;
      for (let i = 0; i < OPERATIONS; i += 1) total += Atomics.load(words, 0);
      return total;
    },
    'Atomics.store': () => {
      for (let i = 0; i < OPERATIONS; i += 1) Atomics.store(words, 0, i);
      return words[0];
    },
    'Atomics.add': () => {
      for (let i = 0; i < OPERATIONS; i += 1) Atomics.add(words, 0, 1);
      return words[0];
    },
    'Atomics.compareExchange': () => {
      let held = Atomics.load(words, 0);
      for (let i = 0; i < OPERATIONS; i += 1) held = Atomics.compareExchange(words, 0, held, held + 1) + 1;
      return held;
    },
    'Atomics.notify, nobody waits': () => {
      let woken = 0;
      for (let i = 0; i < OPERATIONS; i += 1) woken += Atomics.notify(words, 0);
      return woken;
    },
  },
};
