/** Tests of the waiting line: order, fairness, removal. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WaitingLine } from './waiting-line.ts';

interface Named {
  readonly name: string;
}
interface Entry {
  readonly sender: Named;
  readonly n: number;
}

const a: Named = { name: 'a' };
const b: Named = { name: 'b' };
const c: Named = { name: 'c' };

function lineOf(...entries: [Named, number][]): { line: WaitingLine<Named, Entry>; all: Entry[] } {
  const line = new WaitingLine<Named, Entry>();
  const all = entries.map(([sender, n]) => ({ sender, n }));
  for (const entry of all) line.enqueue(entry);
  return { line, all };
}

const labels = (entries: Entry[]): string[] => entries.map((entry) => `${entry.sender.name}${entry.n}`);

test('a line serves each sender in its own order and takes turns between senders', () => {
  const { line } = lineOf([a, 1], [a, 2], [a, 3], [b, 1], [c, 1], [b, 2]);
  assert.is(line.size, 6);
  assert.is(line.senders, 3);
  assert.equal(labels(line.clear()), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  assert.is(line.size, 0);
  assert.is(line.senders, 0);
});

test('an entry that is removed never comes up and the others keep their order', () => {
  const { line, all } = lineOf([a, 1], [a, 2], [a, 3]);
  assert.ok(line.remove(all[1] as Entry));
  assert.not.ok(line.remove(all[1] as Entry), 'it left already');
  assert.equal(labels(line.clear()), ['a1', 'a3']);
});

test('a sender whose entries were all removed may wait again and is counted once', () => {
  const { line, all } = lineOf([a, 1], [b, 1]);
  line.remove(all[0] as Entry);
  assert.is(line.senders, 1);
  assert.not.ok(line.has(a));
  line.enqueue({ sender: a, n: 2 });
  line.enqueue({ sender: a, n: 3 });
  assert.is(line.senders, 2);
  assert.equal(labels(line.clear()), ['a2', 'b1', 'a3']);
});

test('a sender that left the line and came back has one turn at a time', () => {
  const { line, all } = lineOf([a, 1], [b, 1], [b, 2]);
  line.remove(all[0] as Entry);
  for (const n of [2, 3, 4]) line.enqueue({ sender: a, n });
  assert.is(line.sizeOf(a), 3);
  assert.equal(labels(line.clear()), ['a2', 'b1', 'a3', 'b2', 'a4']);
});

test('removing a sender hands back what it had parked, oldest first', () => {
  const { line } = lineOf([a, 1], [b, 1], [a, 2]);
  assert.equal(labels(line.removeSender(a)), ['a1', 'a2']);
  assert.equal(line.removeSender(a), []);
  assert.equal(labels(line.clear()), ['b1']);
});

test('senders that came and went leave nothing behind in a line that is never served', () => {
  const line = new WaitingLine<Named, Entry>();
  line.enqueue({ sender: a, n: 0 });
  for (let n = 0; n < 10_000; n += 1) {
    const entry = { sender: { name: `s${n}` }, n };
    line.enqueue(entry);
    line.remove(entry);
  }
  assert.is(line.size, 1);
  assert.equal(labels(line.clear()), ['a0']);
});

test('what came back goes before all that never left, cannot be taken back, and can be had by itself', () => {
  const { line, all } = lineOf([b, 1], [a, 3]);
  const back = [1, 2].map((n) => ({ sender: a, n }));
  for (const entry of back) line.enqueueReturned(entry);
  assert.equal([line.size, line.senders], [4, 3]);
  assert.not.ok(line.remove(back[0] as Entry), 'it was paid for');
  assert.is(line.takeFirst(b), undefined, 'nothing overtakes it');
  assert.equal(labels(line.takeReturned()), ['a1', 'a2']);
  assert.equal([line.size, line.senders], [2, 2]);
  assert.is(line.takeFirst(a), all[1]);
  for (const entry of back) line.enqueueReturned(entry);
  assert.equal(labels(line.clear()), ['a1', 'a2', 'b1']);
});

test.run();
