/**
 * Every order in which a writer and a reader of a small ring can touch its memory, plain words included, with
 * the death of either at any point: frames come whole, in order, once, and nobody waits for ever.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explore, type ExploredMemory, type Model, type Program } from '@millrace/testkit/protocol';
import {
  DATA_AT,
  FRAME_BATCH,
  FRAME_HEADER_WORDS,
  HEAD_AT,
  type RingMemory,
  RingReader,
  RingWriter,
  TAIL_AT,
  WANTED_AT,
} from 'millrace/link';

/** Two frames fit, and the third wraps behind a pad. */
const CAPACITY_WORDS = 32;
const FRAME_WORDS = 12;
const FRAMES = 3;

// The model's words: three control words, the frames, then what the checks and the dead need.
const TAIL = 0;
const HEAD = 1;
const WANTED = 2;
const FRAME_AT = 3;
const ROOM = FRAME_AT + CAPACITY_WORDS;
const DEAD_WRITER = ROOM + 1;
const DEAD_READER = ROOM + 2;
const WRITTEN = ROOM + 3;
const TAKEN = ROOM + 4;
const LENGTH = ROOM + 5;

const CONTROL: Readonly<Record<number, number>> = { [TAIL_AT]: TAIL, [HEAD_AT]: HEAD, [WANTED_AT]: WANTED };

/** The memory of a ring whose every access is a step. */
function ringMemory(memory: ExploredMemory): RingMemory {
  const words = new Proxy(new Int32Array(0), {
    get: (_target, key) => memory.load(Number(key) - DATA_AT + FRAME_AT),
    set: (_target, key, value) => {
      memory.store(Number(key) - DATA_AT + FRAME_AT, value as number);
      return true;
    },
  });
  return {
    words,
    capacityWords: CAPACITY_WORDS,
    control: {
      load: (index) => memory.load(CONTROL[index] as number),
      store: (index, value) => memory.store(CONTROL[index] as number, value),
    },
  };
}

function writes(memory: ExploredMemory, first: number): void {
  const ring = ringMemory(memory);
  const writer = new RingWriter(ring);
  for (let n = 0; n < FRAMES; n += 1) {
    memory.checkpoint(() => `write ${n}`);
    for (;;) {
      let at = writer.claim(FRAME_WORDS, FRAME_BATCH, 0);
      if (at < 0) {
        writer.wantRoom();
        at = writer.claim(FRAME_WORDS, FRAME_BATCH, 0);
      }
      if (at >= 0) {
        ring.words[at + FRAME_HEADER_WORDS] = first + n;
        ring.words[at + FRAME_WORDS - 1] = first + n;
        break;
      }
      memory.waitUntil(ROOM, (words) => words[ROOM] === 1);
      memory.store(ROOM, 0);
    }
    writer.publish();
    memory.ghost(WRITTEN, first + n + 1);
  }
}

function reads(memory: ExploredMemory): void {
  const ring = ringMemory(memory);
  const reader = new RingReader(ring);
  let last = -1;
  for (;;) {
    const at = reader.next();
    assert.is(reader.corruptions, 0);
    if (at < 0) {
      memory.waitUntil(TAIL, (words) => words[TAIL] !== words[HEAD]);
      continue;
    }
    const value = ring.words[at + FRAME_HEADER_WORDS] as number;
    assert.is(ring.words[at + FRAME_WORDS - 1], value, 'a frame is whole');
    assert.ok(value > last, 'frames come in order and once');
    last = value;
    reader.release();
    memory.ghost(TAKEN, value + 1);
    if (reader.roomWanted) {
      reader.roomGiven();
      memory.store(ROOM, 1);
    }
  }
}

function model(threads: readonly Program[], mortal: readonly number[], lastFrame: number): Model {
  const all = threads.map((_, thread) => thread);
  return {
    lengthWords: LENGTH,
    threads,
    mortal,
    died: (words, thread) => {
      words[thread === 0 ? DEAD_WRITER : DEAD_READER] = 1;
    },
    accessors: () => all,
    writers: () => all,
    atRest: (words, alive) => {
      assert.is(words[TAKEN], words[WRITTEN], 'all that was published was taken');
      if (alive(0)) assert.is(words[WRITTEN], lastFrame, 'the writer does not wait for ever');
    },
  };
}

test('frames come whole and in order, and nobody waits for ever, in every order of accesses', () => {
  const found = explore(model([(memory) => writes(memory, 0), reads], [], FRAMES));
  assert.is(found.failure, undefined, found.failure?.error.message);
  assert.not.ok(found.cut);
  assert.ok(found.states > 1_000, `${found.states} states`);
});

test('a writer that dies at any point leaves a ring that its successor goes on with', () => {
  const successor: Program = (memory) => {
    memory.waitUntil(DEAD_WRITER, (words) => words[DEAD_WRITER] === 1);
    // A reader that knows of the death takes the wish for room back; here the successor begins without one.
    writes(memory, 100);
  };
  const found = explore(model([(memory) => writes(memory, 0), reads, successor], [0], FRAMES));
  assert.is(found.failure, undefined, found.failure?.error.message);
  assert.not.ok(found.cut);
});

test('a reader that dies at any point leaves every frame that it did not release to its successor', () => {
  const successor: Program = (memory) => {
    memory.waitUntil(DEAD_READER, (words) => words[DEAD_READER] === 1);
    // The writer may wait for room that the dead one made and did not tell of.
    memory.store(ROOM, 1);
    reads(memory);
  };
  const found = explore(model([(memory) => writes(memory, 0), reads, successor], [1], FRAMES));
  assert.is(found.failure, undefined, found.failure?.error.message);
  assert.not.ok(found.cut);
});

test.run();
