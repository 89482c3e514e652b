/** Tests of the ring on one thread: order, padding, fullness, wrap of positions, death of either side, garbage. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  DATA_AT,
  FRAME_BATCH,
  FRAME_HEADER_WORDS,
  FRAME_LENGTH,
  FRAME_POSITION,
  HEAD_AT,
  TAIL_AT,
} from './layout.ts';
import { createLinkMemory, type LinkMemory } from './link-memory.ts';
import { RingReader, RingWriter } from './spsc-ring.ts';

const BYTES = 4_096;
const WORDS = BYTES / 4;

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Writes a frame that carries `value` in every word of its body. */
function write(writer: RingWriter, memory: LinkMemory, words: number, value: number): boolean {
  const at = writer.claim(words, FRAME_BATCH | (1 << 8), 0);
  if (at < 0) return false;
  memory.words.fill(value, at + FRAME_HEADER_WORDS, at + words);
  writer.publish();
  return true;
}

/** Reads a frame and checks that its body carries one value. */
function read(reader: RingReader, memory: LinkMemory, words: number): number | undefined {
  const at = reader.next();
  if (at < 0) return undefined;
  const value = memory.words[at + FRAME_HEADER_WORDS] as number;
  for (let i = at + FRAME_HEADER_WORDS; i < at + words; i += 1) assert.is(memory.words[i], value);
  reader.release();
  return value;
}

test('frames of any length come out whole and in order, through thousands of laps', () => {
  const random = randomFrom(7);
  const memory = createLinkMemory(BYTES);
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  const lengths: number[] = [];
  let written = 0;
  let taken = 0;
  for (let step = 0; step < 100_000; step += 1) {
    if (random(2) === 0) {
      const words = FRAME_HEADER_WORDS + 1 + random(random(8) === 0 ? WORDS / 2 - 5 : 40);
      if (write(writer, memory, words, written)) {
        lengths.push(words);
        written += 1;
      }
    } else {
      const value = read(reader, memory, lengths[taken] ?? 0);
      if (value !== undefined) {
        assert.is(value, taken);
        taken += 1;
      } else assert.is(taken, written);
    }
  }
  assert.ok(written > 10_000);
  assert.is(reader.corruptions, 0);
});

test('positions may pass 2^31 and 2^32', () => {
  for (const start of [0x7fffff00, -256]) {
    const memory = createLinkMemory(BYTES);
    memory.words[TAIL_AT] = start;
    memory.words[HEAD_AT] = start;
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    for (let n = 0; n < 1_000; n += 1) {
      while (!write(writer, memory, 100, n)) assert.unreachable('the ring was emptied');
      assert.is(read(reader, memory, 100), n);
    }
    assert.is(reader.corruptions, 0);
  }
});

test('a full ring answers false, and has room again once a frame was released', () => {
  const memory = createLinkMemory(BYTES);
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  let written = 0;
  while (write(writer, memory, 100, written)) written += 1;
  assert.is(written, Math.floor(WORDS / 100));
  reader.next();
  assert.not.ok(write(writer, memory, 100, written), 'a frame that was seen still has its place');
  reader.release();
  assert.ok(write(writer, memory, 100, written));
});

test('the largest frame fits into an empty ring wherever its positions stand', () => {
  const memory = createLinkMemory(BYTES);
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  for (let n = 0; n < 300; n += 1) {
    assert.ok(write(writer, memory, writer.frameMaxWords, n));
    assert.is(read(reader, memory, writer.frameMaxWords), n);
    assert.ok(write(writer, memory, 8, n));
    assert.is(read(reader, memory, 8), n);
  }
  assert.throws(() => writer.claim(writer.frameMaxWords + 1, 0, 0), /fits into half a ring/);
});

test('what a writer did not publish before it died is invisible, and its successor goes on', () => {
  const memory = createLinkMemory(BYTES);
  const first = new RingWriter(memory);
  const reader = new RingReader(memory);
  write(first, memory, 20, 1);
  first.claim(30, FRAME_BATCH, 0);
  assert.is(read(reader, memory, 20), 1);
  assert.is(reader.next(), -1);
  const second = new RingWriter(memory);
  write(second, memory, 24, 2);
  assert.is(read(reader, memory, 24), 2);
  assert.is(reader.corruptions, 0);
});

test('what a reader did not release before it died is there for its successor', () => {
  const memory = createLinkMemory(BYTES);
  const writer = new RingWriter(memory);
  for (let n = 0; n < 3; n += 1) write(writer, memory, 20, n);
  const first = new RingReader(memory);
  assert.is(read(first, memory, 20), 0);
  first.next();
  const second = new RingReader(memory);
  assert.is(read(second, memory, 20), 1);
  assert.is(read(second, memory, 20), 2);
  assert.is(second.next(), -1);
});

test('the wish for room is seen after a release and taken back once', () => {
  const memory = createLinkMemory(BYTES);
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  write(writer, memory, 20, 0);
  assert.not.ok(reader.roomWanted);
  writer.wantRoom();
  read(reader, memory, 20);
  assert.ok(reader.roomWanted);
  reader.roomGiven();
  assert.not.ok(reader.roomWanted);
});

test('words that are no frame are skipped and counted, and what is written afterwards arrives', () => {
  const random = randomFrom(11);
  for (let round = 0; round < 2_000; round += 1) {
    const memory = createLinkMemory(BYTES);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    for (let n = 0; n < 5; n += 1) write(writer, memory, 20, n);
    const victim = random(5);
    const wrong = [0, -4, 2, 4, 1 << 30, 7, WORDS, 21][random(8)] as number;
    memory.words[DATA_AT + victim * 20 + (random(2) === 0 ? FRAME_LENGTH : FRAME_POSITION)] = wrong;
    for (let frames = 0; frames <= 6 && reader.next() >= 0; frames += 1) reader.release();
    assert.is(reader.next(), -1);
    write(writer, memory, 20, 77);
    assert.is(read(reader, memory, 20), 77);
    assert.ok(reader.corruptions <= 1);
  }
});

test('a tail that lies cannot make the reader look outside the ring', () => {
  for (const tail of [WORDS + 4, 2 * WORDS, -4, 1, 0x7fffffff]) {
    const memory = createLinkMemory(BYTES);
    const writer = new RingWriter(memory);
    write(writer, memory, 20, 0);
    memory.words[TAIL_AT] = tail;
    const reader = new RingReader(memory);
    let frames = 0;
    for (; frames < 3 && reader.next() >= 0; frames += 1) reader.release();
    assert.is(frames, 0, 'a frame that the writer may be overwriting is none');
    assert.is(reader.next(), -1);
    assert.is(reader.corruptions, 1);
  }
});

test('a size that is not a power of two is refused with its allowed range', () => {
  for (const bytes of [0, 2_048, 5_000, 2 ** 27, 4_096.5, Number.NaN]) {
    assert.throws(() => createLinkMemory(bytes), /ringBytes.*allowed=a power of two from 4096/);
  }
});

test.run();
