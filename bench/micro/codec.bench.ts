/** Packing and unpacking a column of 128 payloads: what a payload pays to leave its thread. */
import { createLinkMemory, PayloadDecoder, PayloadEncoder, RING_DEFAULT_BYTES } from 'millrace/link';
import type { Primitive } from './primitive.ts';

const OPERATIONS = 128;
const memory = createLinkMemory(RING_DEFAULT_BYTES);
const nothing = (): never => {
  throw new Error('these payloads hold neither refs nor transfers');
};
const encoder = new PayloadEncoder(memory);
const decoder = new PayloadDecoder(memory, { ref: nothing, transferred: nothing });

const columns = {
  numbers: Array.from({ length: OPERATIONS }, (_, i) => i),
  texts: Array.from({ length: OPERATIONS }, (_, i) => `text number ${i}`),
  objects: Array.from({ length: OPERATIONS }, (_, i) => ({ id: i, text: `text number ${i}` })),
} as const;

const ways: Record<string, () => unknown> = {};
for (const [kind, column] of Object.entries(columns)) {
  const packed = Buffer.from(encoder.packToKeep(column));
  ways[`pack ${kind}`] = () => encoder.pack(column);
  ways[`unpack ${kind}`] = () => decoder.unpack(packed, 0, packed.length, OPERATIONS);
}

export const primitive: Primitive = { name: 'pack and unpack', operations: OPERATIONS, ways };
