/**
 * What every transport between two threads must do, as rules that any transport can be run against. Owns the rules
 * and a table of payloads that must arrive as they were sent; holds nothing of how a transport works. Called by tests:
 * `for (const { name, check } of transportRules(subject)) test(name, check)`.
 */
import type { Random } from '../random.ts';
import { hold, type Rule, rule, same, withSeeds } from './rule.ts';

/** One way between two threads, as the rules see it. Both ends may live on one thread. */
export interface TransportUnderTest {
  /**
   * Sends a message. Throws when it cannot travel.
   *
   * @returns false when so much is held back that it was not taken
   */
  send(message: unknown): boolean;
  /** Moves what was sent on as far as there is room. */
  flush(): void;
  /** Takes everything that has arrived, oldest first. */
  receive(): readonly unknown[];
  /** Optional. The sending thread died, and what it had not flushed with it; another one takes its place. */
  restartSender?(): void;
  /** Optional. The receiving thread died; another one takes its place. */
  restartReceiver?(): void;
}

/** What is tested. */
export interface TransportSubject {
  /** Makes a transport with nothing in it. */
  readonly open: () => TransportUnderTest;
  /** Largest message, in characters of text, that must arrive. Default 1,000,000. */
  readonly messageMaxChars?: number;
  /** Messages that a receiver which does not read must not stop the sender from sending. Default 1,000. */
  readonly heldBackMessages?: number;
  /** Seeds for each stochastic rule. Default 50. */
  readonly seeds?: number;
}

const SEEDS_DEFAULT = 50;
const LARGE_DEFAULT_CHARS = 1_000_000;
const HELD_BACK_DEFAULT = 1_000;
const ORDER_MESSAGES = 5_000;
/** Looks at a transport with nothing new after which nothing more is expected. */
const LOOKS_MAX = 10_000;

/** Payloads that must arrive as they were sent, by name. */
export const PAYLOADS: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  true: true,
  zero: 0,
  'minus zero': -0,
  'not a number': Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  'small integer': -1,
  'large integer': Number.MAX_SAFE_INTEGER,
  fraction: 0.1,
  'smallest fraction': Number.MIN_VALUE,
  'bigint past 64 bits': 2n ** 70n,
  'empty text': '',
  text: 'a ß 漢字 🜁',
  'half a pair of units': '\ud800',
  'empty object': {},
  object: { a: 1, b: { c: [1, 'two', null] } },
  'undefined inside': { a: undefined },
  'keys that look like numbers': { 2: 'b', 1: 'a' },
  'empty list': [],
  list: [1, [2, [3]], undefined],
  date: new Date(86_400_000),
  map: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, [2]],
  ]),
  set: new Set<unknown>([1, 'a', null]),
  bytes: new Uint8Array([0, 127, 255]),
  floats: new Float64Array([0.5, -1]),
};

/** Payloads that cannot travel. */
const NOT_DATA: Readonly<Record<string, unknown>> = {
  function: () => undefined,
  symbol: Symbol('s'),
  promise: Promise.resolve(),
  'function inside': { a: [{ run: () => undefined }] },
};

/** The rules of a transport. */
export function transportRules({
  open,
  messageMaxChars = LARGE_DEFAULT_CHARS,
  heldBackMessages = HELD_BACK_DEFAULT,
  seeds = SEEDS_DEFAULT,
}: TransportSubject): Rule[] {
  const sample = open();
  return [
    rule('required', '101_beginsEmpty', 'a new transport has nothing to receive', () => {
      same(open().receive(), [], 'received');
    }),
    rule('required', '102_keepsTheOrder', 'messages arrive in the order sent, each once', () => {
      const way = open();
      const sent = Array.from({ length: ORDER_MESSAGES }, (_, n) => n);
      same(carry(way, sent), sent, 'received');
    }),
    ...Object.entries(PAYLOADS).map(([name, payload]) =>
      rule(
        'required',
        `103_carries_${name.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
        `${name} arrives as it was sent, alone and inside others`,
        () => {
          same(carry(open(), [payload]), [payload], 'alone');
          const inside = { list: [payload], deeper: { payload } };
          same(carry(open(), [inside]), [inside], 'inside');
        },
      ),
    ),
    rule(
      'required',
      '104_refusesWhatIsNotData',
      'what cannot travel is refused, and its neighbours arrive',
      () => {
        for (const [name, payload] of Object.entries(NOT_DATA)) {
          const way = open();
          way.send('before');
          let refused = false;
          try {
            way.send(payload);
          } catch {
            refused = true;
          }
          hold(refused, `${name} was taken`);
          way.send('after');
          same(carry(way, []), ['before', 'after'], `neighbours of a ${name}`);
        }
      },
    ),
    rule(
      'required',
      '105_holdsBackAndLosesNothing',
      'a receiver that does not read for a while loses nothing',
      () => {
        const way = open();
        let sent = 0;
        while (sent < heldBackMessages && way.send({ n: sent, text: 'x'.repeat(200) })) {
          sent += 1;
          way.flush();
        }
        hold(sent > 0, 'nothing could be sent at all');
        const received = carry(way, []).map((message) => (message as { n: number }).n);
        same(
          received,
          Array.from({ length: sent }, (_, n) => n),
          'received',
        );
      },
    ),
    rule(
      'required',
      '106_carriesLargeMessagesInPlace',
      'a message larger than any buffer arrives whole, and in its place',
      () => {
        const large = 'ab'.repeat(messageMaxChars / 2);
        const sent = ['before', large, 'after', { large }, 'last'];
        same(carry(open(), sent), sent, 'received');
      },
    ),
    rule('required', '107_sharesNothing', 'what is received has nothing in common with what was sent', () => {
      const sent = { list: [1], bytes: new Uint8Array([1]) };
      const [received] = carry(open(), [sent]) as [typeof sent];
      hold(received !== sent && received.list !== sent.list, 'the receiver got the object of the sender');
      received.list.push(2);
      received.bytes[0] = 9;
      same(sent, { list: [1], bytes: new Uint8Array([1]) }, "the sender's object");
    }),
    rule(
      'optional',
      '201_aSuccessorOfTheSenderGoesOn',
      'what a dead sender had flushed arrives once, and its successor goes on behind it',
      () => {
        const way = open();
        for (const n of [1, 2, 3]) way.send(n);
        way.flush();
        way.restartSender?.();
        same(carry(way, [4, 5]), [1, 2, 3, 4, 5], 'received');
      },
      sample.restartSender !== undefined,
    ),
    rule(
      'optional',
      '202_aSuccessorOfTheReceiverGoesOn',
      'a successor of the receiver gets what its predecessor had not taken, and nothing twice',
      () => {
        const way = open();
        const received = [...carry(way, ['taken'])];
        way.send('left');
        way.flush();
        way.restartReceiver?.();
        received.push(...carry(way, ['new']));
        same(received, ['taken', 'left', 'new'], 'received');
      },
      sample.restartReceiver !== undefined,
    ),
    rule(
      'stochastic',
      '301_anyTrafficArrives',
      'bursts of messages of any shape and size arrive whole and in order, however seldom the receiver looks',
      () => withSeeds(seeds, (random) => traffic(open(), random)),
    ),
  ];
}

/** Sends, and receives until everything sent before has had its chance to arrive. */
function carry(way: TransportUnderTest, messages: readonly unknown[]): readonly unknown[] {
  const received: unknown[] = [];
  for (const message of messages) {
    for (let looks = 0; !way.send(message); looks += 1) {
      hold(looks < LOOKS_MAX, 'a message was not taken though the receiver reads');
      way.flush();
      received.push(...way.receive());
    }
  }
  // A large message may take many rounds in which nothing is complete.
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet += 1) {
    way.flush();
    const arrived = way.receive();
    received.push(...arrived);
    if (arrived.length > 0) quiet = 0;
  }
  return received;
}

const QUIET_LOOKS = 1_000;

function traffic(way: TransportUnderTest, random: Random): void {
  const names = Object.keys(PAYLOADS);
  const sent: unknown[] = [];
  const received: unknown[] = [];
  for (let n = 0; n < 300; n += 1) {
    const message = [
      n,
      PAYLOADS[random.pick(names)],
      'x'.repeat(random.chance(50) ? random.next(20_000) : random.next(40)),
    ];
    if (way.send(message)) sent.push(message);
    if (random.chance(300)) way.flush();
    if (random.chance(100)) received.push(...way.receive());
  }
  received.push(...carry(way, []));
  same(received.length, sent.length, 'messages');
  for (const [i, message] of sent.entries()) same(received[i], message, `message ${i}`);
}
