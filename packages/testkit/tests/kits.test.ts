// test-deadline-s: 300 because a message of a million characters passes a ring of 4 KiB many times over
/** The kits for mailboxes and transports: Millrace's own keep every rule, and each planted defect breaks one. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Mailbox, SlotArrays } from '@millrace/core/remote';
import { WaitingLine } from '@millrace/core/credit';
import {
  type MailboxSubject,
  mailboxRules,
  type MailboxUnderTest,
  type Offered,
  type Rule,
  runRules,
  type TransportSubject,
  transportRules,
  type TransportUnderTest,
} from '@millrace/testkit';
import { createLinkMemory, LinkReader, LinkWriter } from 'millrace/link';

interface Sender {
  readonly number: number;
}

/** Millrace's mailbox with its waiting line, as its cells use them. */
class OwnMailbox implements MailboxUnderTest {
  readonly #box: Mailbox<null, null>;
  readonly #line = new WaitingLine<Sender, { readonly sender: Sender; readonly message: unknown }>();
  readonly #senders = new Map<number, Sender>();

  constructor(capacity: number) {
    this.#box = new Mailbox(capacity, new SlotArrays());
  }

  get free(): number {
    return this.#box.free;
  }

  get depth(): number {
    return this.#box.depth;
  }

  offer(number: number, message: unknown): Offered {
    if (this.#box.free > 0 && this.#line.size === 0) {
      this.#box.push(null, message, null, 0);
      return 'queued';
    }
    const sender = this.#senders.get(number) ?? { number };
    this.#senders.set(number, sender);
    this.#line.enqueue({ sender, message });
    return 'waits';
  }

  take(): readonly [message: unknown] | readonly [] {
    if (this.#box.queued === 0) return [];
    const message = this.#box.headPayload;
    this.#box.take();
    return [message];
  }

  release(): void {
    // What a cell keeps: it releases what it took, once.
    if (this.#box.held === 0) throw new Error('nothing is in hand');
    this.#box.release();
    this.#admit();
  }

  lend(count: number): void {
    this.#box.lend(count);
  }

  takeBack(count: number): void {
    this.#box.takeBack(count);
    this.#admit();
  }

  queueLent(message: unknown): void {
    this.#box.pushLent(null, message, null, 0);
  }

  evictOldest(): readonly [message: unknown] | readonly [] {
    const taken = this.take();
    if (taken.length > 0) this.release();
    return taken;
  }

  putBack(message: unknown): void {
    this.#box.putBack(null, message, null, 0);
  }

  #admit(): void {
    while (this.#box.free > 0) {
      const entry = this.#line.next();
      if (entry === undefined) return;
      this.#box.push(null, entry.message, null, 0);
    }
  }
}

const OWN_MAILBOX: MailboxSubject = {
  make: (capacity) => new OwnMailbox(capacity),
  fairBetweenSenders: true,
};

const NO_SOURCE = {
  ref: (): never => {
    throw new Error('no refs here');
  },
  transferred: (): never => {
    throw new Error('no transfers here');
  },
};

/** Millrace's link through a ring of the smallest size. */
class OwnTransport implements TransportUnderTest {
  readonly #memory = createLinkMemory(4_096);
  #writer = this.#newWriter();
  #reader = this.#newReader();

  send(message: unknown): boolean {
    return this.#writer.append(1, 0, 0, 0, 0, message);
  }

  flush(): void {
    this.#writer.flush();
  }

  receive(): readonly unknown[] {
    const received: unknown[] = [];
    for (let batch = this.#reader.take(); batch !== undefined; batch = this.#reader.take()) {
      received.push(...batch.payloads.slice(0, batch.count));
    }
    return received;
  }

  restartSender(): void {
    this.#writer = this.#newWriter();
  }

  restartReceiver(): void {
    this.#reader = this.#newReader();
  }

  #newWriter(): LinkWriter {
    return new LinkWriter({ memory: this.#memory, wake: () => undefined, messageMaxBytes: 8_000_000 });
  }

  #newReader(): LinkReader {
    return new LinkReader({
      memory: this.#memory,
      wakeWriter: () => undefined,
      messageMaxBytes: 8_000_000,
      source: NO_SOURCE,
    });
  }
}

const OWN_TRANSPORT: TransportSubject = { open: () => new OwnTransport(), seeds: 20 };

for (const { name, applies, check } of [...mailboxRules(OWN_MAILBOX), ...transportRules(OWN_TRANSPORT)]) {
  test(name, () => {
    assert.ok(applies, 'the own mailbox and transport have everything that a rule is about');
    check();
  });
}

/** Names of the rules that are broken. */
const broken = (rules: readonly Rule[]): string[] =>
  runRules(rules)
    .filter(({ outcome }) => outcome === 'broken')
    .map(({ rule }) => rule.name);

/** Mailboxes with one thing wrong each, and a rule that must find it. */
const BAD_MAILBOXES: readonly [what: string, rule: string, make: (capacity: number) => MailboxUnderTest][] = [
  ['one slot too many', '102_holdsItsCapacityAndNoMore', (capacity) => new OwnMailbox(capacity + 1)],
  [
    'the newest first',
    '103_keepsTheOrderOfEachSender',
    (capacity) => {
      const queue: unknown[] = [];
      let held = 0;
      return {
        get free() {
          return capacity - queue.length - held;
        },
        get depth() {
          return queue.length + held;
        },
        offer: (_sender, message) =>
          queue.length + held < capacity ? (queue.push(message), 'queued') : 'refused',
        take: () => {
          if (queue.length === 0) return [];
          held += 1;
          return [queue.pop()];
        },
        release: () => {
          held = Math.max(held - 1, 0);
        },
      };
    },
  ],
  [
    'a slot freed when its message is taken',
    '104_aMessageInHandKeepsItsSlot',
    (capacity) => {
      const box = new OwnMailbox(capacity);
      const take = box.take.bind(box);
      const release = box.release.bind(box);
      box.take = () => {
        const taken = take();
        if (taken.length > 0) release();
        return taken;
      };
      box.release = () => undefined;
      return box;
    },
  ],
  [
    'an evicted message whose slot is not freed',
    '204_theOldestGoesFirst',
    (capacity) => {
      const box = new OwnMailbox(capacity);
      box.evictOldest = () => box.take();
      return box;
    },
  ],
  [
    'a lent slot that never comes back',
    '203_lentSlotsComeBack',
    (capacity) => {
      const box = new OwnMailbox(capacity);
      box.takeBack = () => undefined;
      return box;
    },
  ],
  [
    'every hundredth message forgotten',
    '301_nothingIsLostOrDoubled',
    (capacity) => {
      const box = new OwnMailbox(capacity);
      const take = box.take.bind(box);
      let count = 0;
      box.take = () => {
        count += 1;
        const taken = take();
        if (taken.length === 0 || count % 100 !== 0) return taken;
        box.release();
        return [];
      };
      return box;
    },
  ],
];

for (const [what, rule, make] of BAD_MAILBOXES) {
  test(`a mailbox with ${what} is found`, () => {
    const names = broken(mailboxRules({ make, fairBetweenSenders: true, seeds: 20 }));
    assert.ok(
      names.some((name) => name.endsWith(rule)),
      names.join(),
    );
  });
}

/** Transports with one thing wrong each, and a rule that must find it. */
const BAD_TRANSPORTS: readonly [what: string, rule: string, spoil: (way: OwnTransport) => void][] = [
  [
    'its messages in another order',
    '102_keepsTheOrder',
    (way) => {
      const receive = way.receive.bind(way);
      way.receive = () => [...receive()].reverse();
    },
  ],
  [
    'no sign before a zero',
    '103_carries_minusZero',
    (way) => {
      const receive = way.receive.bind(way);
      way.receive = () => receive().map((one) => (one === 0 ? 0 : one));
    },
  ],
  [
    'silence about what cannot travel',
    '104_refusesWhatIsNotData',
    (way) => {
      const send = way.send.bind(way);
      way.send = (message) => {
        try {
          return send(message);
        } catch {
          return true;
        }
      };
    },
  ],
  [
    'a bound past which it drops',
    '105_holdsBackAndLosesNothing',
    (way) => {
      const send = way.send.bind(way);
      const receive = way.receive.bind(way);
      let held = 0;
      way.send = (message) => (held++ < 500 ? send(message) : true);
      way.receive = () => {
        held = 0;
        return receive();
      };
    },
  ],
  [
    'a limit on the size of messages',
    '106_carriesLargeMessagesInPlace',
    (way) => {
      const send = way.send.bind(way);
      way.send = (message) => (JSON.stringify(message)?.length > 100_000 ? true : send(message));
    },
  ],
  [
    'a receiver whose successor reads again',
    '202_aSuccessorOfTheReceiverGoesOn',
    (way) => {
      const receive = way.receive.bind(way);
      let last: readonly unknown[] = [];
      let again = false;
      way.receive = () => {
        const received = again ? [...last, ...receive()] : receive();
        if (received.length > 0) last = received;
        again = false;
        return received;
      };
      way.restartReceiver = () => {
        again = true;
      };
    },
  ],
];

for (const [what, rule, spoil] of BAD_TRANSPORTS) {
  test(`a transport with ${what} is found`, () => {
    const open = (): TransportUnderTest => {
      const way = new OwnTransport();
      spoil(way);
      return way;
    };
    const names = broken(transportRules({ open, seeds: 3, messageMaxChars: 200_000 }));
    assert.ok(
      names.some((name) => name.endsWith(rule)),
      names.join(),
    );
  });
}

test('a rule about what a subject does not have is left out, not kept', () => {
  const make = (capacity: number): MailboxUnderTest => {
    const { free, depth } = new OwnMailbox(capacity);
    return { free, depth, offer: () => 'refused', take: () => [], release: () => undefined };
  };
  const outcomes = new Map(runRules(mailboxRules({ make })).map(({ rule, outcome }) => [rule.name, outcome]));
  assert.is(outcomes.get('optional_202_lentSlotsCount'), 'left out');
  assert.is(outcomes.get('required_102_holdsItsCapacityAndNoMore'), 'broken');
});

test.run();
