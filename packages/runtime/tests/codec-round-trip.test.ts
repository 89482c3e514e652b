/** Random payloads through the codec: what arrives is what was sent, alone and in batches, also for late readers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PayloadDecoder, PayloadEncoder } from '../src/codec/envelope-codec.ts';
import { PayloadWalk } from '../src/codec/payload-walk.ts';
import { createLinkMemory } from '../src/ring/link-memory.ts';
import { type Dice, diceFrom, difference, payloadFrom } from './helpers/payloads.ts';

const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() & 0x7fffffff);
const NO_SOURCE = {
  ref: (): never => {
    throw new Error('no refs here');
  },
  transferred: (): never => {
    throw new Error('no transfers here');
  },
};

function roundTrip(dice: Dice, rounds: number): void {
  const memory = createLinkMemory(4_096);
  const walk = new PayloadWalk(2 ** 26);
  let encoder = new PayloadEncoder(memory);
  let decoder = new PayloadDecoder(memory, NO_SOURCE);
  for (let round = 0; round < rounds; round += 1) {
    if (dice(50) === 0) encoder = new PayloadEncoder(memory);
    if (dice(50) === 0) decoder = new PayloadDecoder(memory, NO_SOURCE);
    const column = Array.from({ length: 1 + dice(dice(4) === 0 ? 100 : 5) }, () => payloadFrom(dice));
    const packed = encoder.pack(column.map((payload) => walk.prepare(payload)));
    const arrived = decoder.unpack(packed, 0, packed.length, column.length);
    packed.fill(0xee);
    const found = difference(column, arrived);
    if (found !== undefined) assert.unreachable(found);
  }
}

test(`any payload arrives as it was sent (seed ${SEED})`, () => {
  try {
    for (let links = 0; links < 10; links += 1) roundTrip(diceFrom(SEED + links), 200);
  } catch (error) {
    throw new Error(`failed with MILLRACE_SEED=${SEED}`, { cause: error });
  }
});

test('any payload arrives as it was sent, for seeds that are always tried', () => {
  for (let seed = 0; seed < 30; seed += 1) roundTrip(diceFrom(seed), 100);
});

test.run();
