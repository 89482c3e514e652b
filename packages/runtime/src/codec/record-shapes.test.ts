/** Tests of the key lists of records: when they get a number, what bounds them, and what a reader refuses. */
import { execFileSync } from 'node:child_process';
import { isMillraceError } from '@millrace/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RECORD_KEYS_LEARNED_MAX, RECORD_SHAPES_MAX, SHAPE_MAX_KEYS } from '../limits.ts';
import { RECORDS } from '../ring/layout.ts';
import { createLinkMemory, type LinkMemory } from '../ring/link-memory.ts';
import { type KeyNode, RecordShapesReader, RecordShapesWriter, UNNUMBERED } from './record-shapes.ts';
import { ShapeTableWriter } from './shape-table.ts';

/** As the walk does it. */
function numberOf(shapes: RecordShapesWriter, keys: readonly string[]): number {
  let node: KeyNode = shapes.root;
  for (const key of keys) {
    const next = shapes.after(node, key);
    if (next === undefined) return UNNUMBERED;
    node = next;
  }
  return node.shape === UNNUMBERED ? shapes.number(node) : node.shape;
}

function isCorrupt(run: () => unknown): void {
  assert.throws(run, (error: unknown) => isMillraceError(error, 'ERR_FRAME_CORRUPT'));
}

function publish(memory: LinkMemory, shapes: string[][]): void {
  new ShapeTableWriter(memory, RECORDS, RECORD_SHAPES_MAX).publish(shapes);
}

test('a list gets its number the second time, keeps it, and is another in another order', () => {
  const memory = createLinkMemory(4_096);
  const shapes = new RecordShapesWriter(memory);
  assert.is(numberOf(shapes, ['a', 'b']), UNNUMBERED);
  assert.is(numberOf(shapes, ['a', 'b']), 0);
  assert.is(numberOf(shapes, ['b', 'a']), UNNUMBERED);
  assert.is(numberOf(shapes, ['a', 'b']), 0);
  assert.is(numberOf(shapes, ['b', 'a']), 1);
  assert.is(numberOf(shapes, ['a']), UNNUMBERED, 'the beginning of a list is none');
  assert.is(numberOf(shapes, ['a']), 2);
  const reader = new RecordShapesReader(memory);
  assert.equal(
    [0, 1, 2].map((shape) => reader.fieldsOf(shape)),
    [2, 2, 1],
  );
  const records: object[] = [];
  reader.make(1, ['x', 1, 2, 3, 4, 'x'], 1, 2, records, 0);
  assert.equal(records, [
    { b: 1, a: 2 },
    { b: 3, a: 4 },
  ]);
  assert.equal(Object.keys(records[0] as object), ['b', 'a']);
  reader.make(0, [5, 6], 0, 1, records, 1);
  assert.equal(records[1], { a: 5, b: 6 }, 'where it was told to put it');
});

test('a writer that follows another on the same memory numbers on', () => {
  const memory = createLinkMemory(4_096);
  const first = new RecordShapesWriter(memory);
  for (let time = 0; time < 2; time += 1) numberOf(first, ['a']);
  const second = new RecordShapesWriter(memory);
  assert.is(numberOf(second, ['a']), 0);
  for (let time = 0; time < 2; time += 1) numberOf(second, ['b', 'c']);
  assert.is(numberOf(second, ['b', 'c']), 1);
  assert.is(new RecordShapesReader(memory).fieldsOf(1), 2);
});

test('no object without keys, with too many, or with a key that is refused has a number', () => {
  const shapes = new RecordShapesWriter(createLinkMemory(4_096));
  const many = Array.from({ length: SHAPE_MAX_KEYS }, (_, i) => `k${i}`);
  for (const keys of [[], [...many, 'one more'], ['a', '__proto__'], ['__proto__']]) {
    for (let time = 0; time < 3; time += 1) assert.is(numberOf(shapes, keys), UNNUMBERED);
  }
  for (let time = 0; time < 2; time += 1) numberOf(shapes, many);
  assert.is(numberOf(shapes, many), 0);
});

test('numbers and what is learned are bounded; what had a number keeps it', () => {
  const shapes = new RecordShapesWriter(createLinkMemory(4_096));
  for (let i = 0; i < RECORD_SHAPES_MAX + 10; i += 1) {
    for (let time = 0; time < 2; time += 1) numberOf(shapes, [`k${i}`]);
  }
  assert.is(numberOf(shapes, [`k${RECORD_SHAPES_MAX - 1}`]), RECORD_SHAPES_MAX - 1);
  assert.is(numberOf(shapes, [`k${RECORD_SHAPES_MAX}`]), UNNUMBERED);
  for (let i = 0; i < RECORD_KEYS_LEARNED_MAX; i += 1) numberOf(shapes, [`dictionary key ${i}`]);
  assert.is(shapes.after(shapes.root, 'never met'), undefined);
  assert.is(numberOf(shapes, ['k0']), 0);
});

test('a reader refuses numbers that were never published, and tables that make no sense', () => {
  const memory = createLinkMemory(4_096);
  const reader = new RecordShapesReader(memory);
  isCorrupt(() => reader.fieldsOf(0));
  publish(memory, [['a']]);
  assert.is(reader.fieldsOf(0), 1);
  for (const shape of [1, -1, 2 ** 31 - 1]) isCorrupt(() => reader.fieldsOf(shape));
  publish(memory, [['a'], ['__proto__']]);
  isCorrupt(() => reader.fieldsOf(1));
  assert.is(Object.getPrototypeOf({}), Object.prototype);
  memory.control.store(RECORDS.usedAt, RECORDS.words * 4 + 1);
  isCorrupt(() => new RecordShapesReader(memory).fieldsOf(0));
});

test('keys are data in whatever they are written', () => {
  const keys = ['"];throw 1;["', '`${1}`', '*/', '\\', '\u2028', 'column', 'at', 'records', ''];
  const memory = createLinkMemory(4_096);
  publish(memory, [keys]);
  const reader = new RecordShapesReader(memory);
  assert.is(reader.fieldsOf(0), keys.length);
  const records: object[] = [];
  reader.make(0, keys, 0, 1, records, 0);
  assert.equal(
    Object.entries(records[0] as object),
    keys.map((key) => [key, key]),
  );
});

test('records arrive as they were where code from strings is forbidden', () => {
  const moduleOf = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const program = `
    const { RecordShapesReader } = await import(${moduleOf('./record-shapes.js')});
    const { ShapeTableWriter } = await import(${moduleOf('./shape-table.js')});
    const { createLinkMemory } = await import(${moduleOf('../ring/link-memory.js')});
    const { RECORDS } = await import(${moduleOf('../ring/layout.js')});
    const memory = createLinkMemory(4_096);
    new ShapeTableWriter(memory, RECORDS, 2).publish([['b', 'a'], ['c']]);
    const reader = new RecordShapesReader(memory);
    reader.fieldsOf(1);
    const records = [];
    reader.make(0, ['x', 1, 2, 4, 5], 1, 2, records, 0);
    reader.make(1, [[3]], 0, 1, records, 2);
    console.log(JSON.stringify(records));
    try { new Function(''); } catch { console.log('forbidden'); }
  `;
  const output = execFileSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  assert.is(output, '[{"b":1,"a":2},{"b":4,"a":5},{"c":[3]}]\nforbidden\n');
});

test.run();
