/** Tests of parts: in whatever way some are missing, a message is whole or lost, never a mixture. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DATA_AT, FRAME_LENGTH, FRAME_PACKED_BYTES, ROW_WORDS } from '../ring/layout.ts';
import { createLinkMemory, type LinkMemory } from '../ring/link-memory.ts';
import { Parts } from './outbox.ts';
import { Assembly, type PartVerdict, writePart } from './oversize.ts';

const FRAME_MAX_WORDS = 64;

interface Frame {
  readonly memory: LinkMemory;
  readonly words: number;
}

/** The frames of one message, each in a memory of its own. */
function framesOf(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  const parts = new Parts(bytes);
  while (parts.writtenBytes < bytes.length) {
    const memory = createLinkMemory(4_096);
    let words = 0;
    const row = new Int32Array(ROW_WORDS).fill(7);
    writePart(memory, FRAME_MAX_WORDS, row, parts, (length, kindCount, packedBytes) => {
      words = length;
      memory.words[DATA_AT + FRAME_LENGTH] = length;
      memory.words[DATA_AT + 1] = kindCount;
      memory.words[DATA_AT + FRAME_PACKED_BYTES] = packedBytes;
      return DATA_AT;
    });
    frames.push({ memory, words });
  }
  return frames;
}

const take = (assembly: Assembly, { memory, words }: Frame): PartVerdict =>
  assembly.take(memory, DATA_AT, words);
const bytesOf = (length: number, salt: number): Uint8Array => new Uint8Array(length).map((_, i) => i * salt);

test('parts in order make the message', () => {
  const bytes = bytesOf(1_000, 3);
  const frames = framesOf(bytes);
  assert.ok(frames.length > 4);
  const assembly = new Assembly(1_000);
  assert.equal(
    frames.map((frame) => take(assembly, frame)),
    [...frames.slice(1).map(() => 'more'), 'whole'],
  );
  assert.equal(new Uint8Array(assembly.finish()), bytes);
});

test('a message of which any one part is missing is lost, and the next one is whole', () => {
  const frames = framesOf(bytesOf(1_000, 3));
  const next = framesOf(bytesOf(1_000, 5));
  for (let missing = 0; missing < frames.length; missing += 1) {
    const assembly = new Assembly(1_000);
    const verdicts = frames.filter((_, i) => i !== missing).map((frame) => take(assembly, frame));
    assert.is(verdicts.at(-1), missing === frames.length - 1 ? 'more' : 'lost');
    assert.not.ok(verdicts.includes('whole'));
    assert.is(next.map((frame) => take(assembly, frame)).at(-1), 'whole');
    assert.equal(new Uint8Array(assembly.finish()), bytesOf(1_000, 5));
    assert.is(assembly.abandoned, missing === frames.length - 1 ? 1 : 0);
  }
});

test('parts that lie about their place or size are refused', () => {
  const lies: ((frame: Frame) => void)[] = [
    ({ memory }) => memory.words.fill(-1, DATA_AT + FRAME_PACKED_BYTES, DATA_AT + FRAME_PACKED_BYTES + 1),
    ({ memory }) =>
      memory.words.fill(100_000, DATA_AT + FRAME_PACKED_BYTES, DATA_AT + FRAME_PACKED_BYTES + 1),
    ({ memory }) => memory.words.fill(1_001, DATA_AT + 4 + ROW_WORDS, DATA_AT + 5 + ROW_WORDS),
    ({ memory }) => memory.words.fill(-5, DATA_AT + 5 + ROW_WORDS, DATA_AT + 6 + ROW_WORDS),
    ({ memory }) => memory.words.fill(999, DATA_AT + 5 + ROW_WORDS, DATA_AT + 6 + ROW_WORDS),
  ];
  for (const lie of lies) {
    const [first] = framesOf(bytesOf(1_000, 3)) as [Frame];
    lie(first);
    assert.is(take(new Assembly(1_000), first), 'corrupt');
  }
});

test.run();
