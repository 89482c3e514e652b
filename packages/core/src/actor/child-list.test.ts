/** Tests of the list of children: order, names, and what a child that left still holds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ChildList } from './child-list.ts';
import { ChildRecord } from './child.ts';

const childOf = (key: string | number): ChildRecord =>
  new ChildRecord({} as never, key, {} as never, undefined, {} as never, undefined);

function listOf(...keys: (string | number)[]): { list: ChildList; all: ChildRecord[] } {
  const list = new ChildList();
  const all = keys.map(childOf);
  for (const child of all) list.add(child);
  return { list, all };
}

const keys = (list: ChildList): (string | number)[] => [...list].map(({ key }) => key);

test('children are listed in start order, whoever leaves', () => {
  const { list, all } = listOf(1, 'b', 3, 'd', 5);
  const [first, second, , , last] = all as [ChildRecord, ChildRecord, ChildRecord, ChildRecord, ChildRecord];
  list.remove(second);
  assert.equal(keys(list), [1, 3, 'd', 5]);
  list.remove(first);
  list.remove(last);
  assert.equal(keys(list), [3, 'd']);
  assert.is(list.size, 2);
  assert.is(list.last?.key, 'd');
  list.add(childOf(6));
  assert.equal(keys(list), [3, 'd', 6]);
});

test('a child is found by the name it was given, and its name is free once it left', () => {
  const { list, all } = listOf('a', 2);
  assert.is(list.named('a'), all[0]);
  list.remove(all[0] as ChildRecord);
  assert.is(list.named('a'), undefined);
});

test('a child that left leads to no sibling', () => {
  const { list, all } = listOf(1, 2, 3);
  for (const child of all) list.remove(child);
  for (const { before, after, listed } of all) assert.equal([before, after, listed], [null, null, false]);
  assert.is(list.last, null);
});

test.run();
