/** Tests of deadlines: each expires once and in time, a cancelled one never, on one timer for each time-out. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { Deadlines, Expiring } from './deadlines.ts';

class Entry extends Expiring {
  readonly name: string;
  readonly log: string[];

  constructor(name: string, log: string[]) {
    super();
    this.name = name;
    this.log = log;
  }

  override expired(): void {
    this.log.push(this.name);
  }
}

function setUp(): {
  time: VirtualTime;
  deadlines: Deadlines;
  log: string[];
  add: (name: string, ms: number) => Entry;
} {
  const time = new VirtualTime();
  const deadlines = new Deadlines(time);
  const log: string[] = [];
  const add = (name: string, ms: number): Entry => {
    const entry = new Entry(name, log);
    deadlines.add(entry, ms, time.now());
    return entry;
  };
  return { time, deadlines, log, add };
}

test('entries expire once, in time, whatever their time-out', async () => {
  const { time, log, add } = setUp();
  add('a', 10);
  add('b', 5);
  await time.advance(3);
  add('c', 5);
  add('d', 10);
  await time.advance(1);
  assert.equal(log, []);
  await time.advance(1);
  assert.equal(log, ['b']);
  await time.advance(3);
  assert.equal(log, ['b', 'c']);
  await time.advance(100);
  assert.equal(log, ['b', 'c', 'a', 'd']);
});

test('a cancelled entry never expires and its neighbours do', async () => {
  const { time, deadlines, log, add } = setUp();
  const entries = ['a', 'b', 'c', 'd'].map((name) => add(name, 10));
  for (const at of [1, 3, 0]) deadlines.cancel(entries[at] as Entry);
  deadlines.cancel(entries[1] as Entry);
  await time.advance(10);
  assert.equal(log, ['c']);
});

test('a thousand deadlines of one time-out take one timer', () => {
  const { time, deadlines, add } = setUp();
  for (let n = 0; n < 1_000; n += 1) add(`${n}`, 50);
  assert.is(time.timers, 1);
  assert.is(deadlines.lists, 1);
});

test('lists of time-outs that nobody uses any more go away', async () => {
  const { time, deadlines, add } = setUp();
  for (let ms = 1; ms <= 1_000; ms += 1) deadlines.cancel(add('x', ms));
  assert.ok(deadlines.lists <= 65, `${deadlines.lists} lists`);
  await time.advance(1_000);
  assert.is(deadlines.lists, 0);
  assert.is(time.timers, 0);
});

test('after close nothing expires and no timer is left', async () => {
  const { time, deadlines, log, add } = setUp();
  add('a', 10);
  deadlines.close();
  add('b', 10);
  assert.is(time.timers, 0);
  await time.advance(100);
  assert.equal(log, []);
});

test.run();
