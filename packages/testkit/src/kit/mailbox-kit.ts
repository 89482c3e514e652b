/**
 * What every bounded mailbox must do, as rules that any mailbox can be run against. Owns the rules; holds nothing of
 * how a mailbox works. Called by tests: `for (const { name, check } of mailboxRules(subject)) test(name, check)`.
 */
import type { Random } from '../random.ts';
import { hold, type Rule, rule, same, withSeeds } from './rule.ts';

/** What became of an offered message: it has a slot, it waits for one, or its sender was told that there is none. */
export type Offered = 'queued' | 'waits' | 'refused';

/** A mailbox, as the rules see it. Whoever tests one adapts it to this. */
export interface MailboxUnderTest {
  /** Slots that nobody has. */
  readonly free: number;
  /** Messages that have a slot: queued, and taken but not released. */
  readonly depth: number;
  /** Offers a message of a sender, which is a number from 0. */
  offer(sender: number, message: unknown): Offered;
  /** Takes the message whose turn it is out of the queue; its slot stays held. Empty when none is queued. */
  take(): readonly [message: unknown] | readonly [];
  /** Frees the slot of a message that was taken. */
  release(): void;
  /** Optional. Takes free slots out, to lend them to another thread; `count` is at most {@link free}. */
  lend?(count: number): void;
  /** Optional. Takes back lent slots that were not used. */
  takeBack?(count: number): void;
  /** Optional. Queues a message that comes with a lent slot. */
  queueLent?(message: unknown): void;
  /** Optional. Drops the oldest queued message and frees its slot. */
  evictOldest?(): readonly [message: unknown] | readonly [];
  /** Optional. Puts the message taken last, which still holds its slot, before all that are queued. */
  putBack?(message: unknown): void;
}

/** What is tested. */
export interface MailboxSubject {
  /** Makes an empty mailbox. */
  readonly make: (capacityMessages: number) => MailboxUnderTest;
  /** True when senders that wait are let in by turns, one message each. */
  readonly fairBetweenSenders?: boolean;
  /** Seeds for each stochastic rule. Default 200. */
  readonly seeds?: number;
}

const CAPACITIES = [1, 2, 3, 7, 64, 1_000];
const SEEDS_DEFAULT = 200;
/** Operations on one mailbox in a stochastic rule. */
const OPERATIONS = 400;

/** The rules of a mailbox. */
export function mailboxRules({ make, fairBetweenSenders, seeds = SEEDS_DEFAULT }: MailboxSubject): Rule[] {
  const sample = make(1);
  const lends = sample.lend !== undefined && sample.takeBack !== undefined && sample.queueLent !== undefined;
  return [
    rule('required', '101_beginsEmpty', 'a new mailbox has every slot free and nothing to take', () => {
      for (const capacity of CAPACITIES) {
        const box = make(capacity);
        same([box.free, box.depth, box.take()], [capacity, 0, []], `capacity ${capacity}`);
      }
    }),
    rule(
      'required',
      '102_holdsItsCapacityAndNoMore',
      'as many messages as the capacity are queued, and not one more',
      () => {
        for (const capacity of CAPACITIES) {
          const box = make(capacity);
          for (let n = 0; n < capacity; n += 1)
            same(box.offer(n % 3, n), 'queued', `message ${n} of ${capacity}`);
          hold(box.offer(0, 'more') !== 'queued', `capacity ${capacity}: one message more was queued`);
          same([box.free, box.depth], [0, capacity], `free and depth of a full mailbox of ${capacity}`);
        }
      },
    ),
    rule(
      'required',
      '103_keepsTheOrderOfEachSender',
      'messages of one sender are taken in the order offered',
      () => {
        for (const capacity of CAPACITIES) {
          const box = make(capacity);
          for (let n = 0; n < capacity; n += 1) box.offer(0, n);
          for (let n = 0; n < capacity; n += 1) same(box.take(), [n], `message ${n} of ${capacity}`);
        }
      },
    ),
    rule(
      'required',
      '104_aMessageInHandKeepsItsSlot',
      'a message that was taken keeps its slot until it is released',
      () => {
        const box = make(2);
        box.offer(0, 'a');
        box.offer(0, 'b');
        box.take();
        same([box.free, box.depth], [0, 2], 'free and depth after a take');
        hold(box.offer(1, 'c') !== 'queued', 'a message was queued in the slot of one in hand');
      },
    ),
    rule(
      'required',
      '105_aFreedSlotLetsOneIn',
      'a released slot is free for one message, of those that wait if any do',
      () => {
        const box = make(1);
        box.offer(0, 'a');
        const waits = box.offer(0, 'b') === 'waits';
        box.take();
        box.release();
        if (waits) same([box.depth, box.take()], [1, ['b']], 'the one that waited');
        else same([box.free, box.offer(0, 'c')], [1, 'queued'], 'a new message');
      },
    ),
    rule(
      'required',
      '106_nobodyOvertakesWhoWaits',
      'while a sender waits, its next message is not queued before',
      () => {
        const box = make(1);
        box.offer(0, 'a');
        if (box.offer(0, 'b') !== 'waits') return;
        hold(box.offer(0, 'c') !== 'queued', 'a message was queued past one that waits');
        const taken = drain(box);
        same(taken.slice(0, 2), ['a', 'b'], 'order');
      },
    ),
    rule('required', '107_carriesEveryValue', 'a message is taken as it was offered, whatever it is', () => {
      const values = [
        undefined,
        null,
        0,
        -0,
        Number.NaN,
        '',
        false,
        {},
        [],
        Symbol.iterator,
        () => undefined,
      ];
      const box = make(values.length);
      for (const value of values) box.offer(0, value);
      for (const [at, value] of values.entries()) {
        const [taken] = box.take();
        hold(Object.is(taken, value), `value ${at}, a ${typeof value}, came out as another one`);
      }
    }),
    rule('required', '108_aSlotComesBackOnce', 'a slot that is released twice does not become two', () => {
      const box = make(2);
      box.offer(0, 'a');
      box.take();
      box.release();
      try {
        box.release();
      } catch {
        // To refuse is as good.
      }
      hold(box.free <= 2, `a mailbox of 2 has ${box.free} free slots`);
    }),
    rule(
      'optional',
      '201_waitingSendersTakeTurns',
      'a sender with one waiting message is let in before the second one of another sender',
      () => {
        const box = make(1);
        box.offer(0, 'full');
        for (const message of ['a1', 'a2', 'a3']) box.offer(1, message);
        box.offer(2, 'b1');
        same(drain(box).slice(0, 4), ['full', 'a1', 'b1', 'a2'], 'order');
      },
      fairBetweenSenders === true,
    ),
    rule(
      'optional',
      '202_lentSlotsCount',
      'lent slots are not free, and a message that comes with one is queued however full it is',
      () => {
        const box = make(3);
        box.lend?.(2);
        same([box.free, box.offer(0, 'a')], [1, 'queued'], 'what is left');
        hold(box.offer(0, 'b') !== 'queued', 'a message was queued in a slot that is lent');
        box.queueLent?.('from elsewhere');
        same([box.free, box.depth], [0, 2], 'free and depth');
      },
      lends,
    ),
    rule(
      'optional',
      '203_lentSlotsComeBack',
      'a lent slot that is taken back is free again',
      () => {
        const box = make(3);
        box.lend?.(3);
        box.takeBack?.(2);
        same([box.free, box.depth], [2, 0], 'free and depth');
      },
      lends,
    ),
    rule(
      'optional',
      '204_theOldestGoesFirst',
      'an eviction drops the oldest queued message and frees its slot',
      () => {
        const box = make(2);
        box.offer(0, 'old');
        box.offer(1, 'new');
        same(box.evictOldest?.(), ['old'], 'dropped');
        same([box.free, box.depth, box.take()], [1, 1, ['new']], 'what is left');
      },
      sample.evictOldest !== undefined,
    ),
    rule(
      'optional',
      '205_whatIsPutBackGoesFirst',
      'a message that is put back keeps its slot and is taken before all others',
      () => {
        const box = make(2);
        box.offer(0, 'a');
        box.offer(0, 'b');
        box.take();
        box.putBack?.('a');
        same([box.free, box.depth, drain(box)], [0, 2, ['a', 'b']], 'free, depth and order');
      },
      sample.putBack !== undefined,
    ),
    rule(
      'stochastic',
      '301_nothingIsLostOrDoubled',
      'whatever is done in whatever order, the law holds and every queued message is taken once, in order for each sender',
      () => withSeeds(seeds, (random) => shake(make, random, lends)),
    ),
  ];
}

/** Takes and releases until nothing is queued. */
function drain(box: MailboxUnderTest): unknown[] {
  const taken: unknown[] = [];
  for (let next = box.take(); next.length > 0; next = box.take()) {
    taken.push(next[0]);
    box.release();
  }
  return taken;
}

/** Does things at random and compares with what must come of them. */
function shake(make: MailboxSubject['make'], random: Random, lends: boolean): void {
  const capacity = 1 + random.next(6);
  const box = make(capacity);
  const sent = new Map<number, number[]>();
  let id = 0;
  let held = 0;
  let lent = 0;
  const expect = (sender: number): number => {
    id += 1;
    const ids = sent.get(sender) ?? [];
    ids.push(id);
    sent.set(sender, ids);
    return id;
  };
  const taken = ([message]: readonly [unknown] | readonly []): void => {
    if (message === undefined) return;
    const { from, n } = message as { from: number; n: number };
    same(n, sent.get(from)?.shift(), `next of sender ${from}`);
  };
  for (let operation = 0; operation < OPERATIONS; operation += 1) {
    const sender = random.next(3);
    switch (random.next(lends ? 7 : 4)) {
      case 0:
      case 1: {
        const message = { from: sender, n: expect(sender) };
        if (box.offer(sender, message) === 'refused') sent.get(sender)?.pop();
        break;
      }
      case 2: {
        const next = box.take();
        taken(next);
        if (next.length > 0) held += 1;
        break;
      }
      case 3:
        if (held > 0) {
          held -= 1;
          box.release();
        }
        break;
      case 4: {
        const count = Math.min(box.free, 1 + random.next(2));
        box.lend?.(count);
        lent += count;
        break;
      }
      case 5:
        if (lent > 0) {
          lent -= 1;
          box.queueLent?.({ from: 9, n: expect(9) });
        }
        break;
      default:
        if (lent > 0) {
          lent -= 1;
          box.takeBack?.(1);
        }
    }
    same(box.free + box.depth + lent, capacity, `free ${box.free} + depth ${box.depth} + lent ${lent}`);
  }
  box.takeBack?.(lent);
  for (; held > 0; held -= 1) box.release();
  for (let next = box.take(); next.length > 0; next = box.take()) {
    taken(next);
    box.release();
  }
  same([...sent.values()].flat(), [], 'messages that never came out');
  same([box.free, box.depth], [capacity, 0], 'free and depth in the end');
}
