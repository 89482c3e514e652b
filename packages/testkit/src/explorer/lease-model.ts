/**
 * The lease between a few sending hosts and one mailbox, small enough to try every order of accesses: the
 * real lease, outbound line and lender, with signals and frames reduced to words. One sender may die, and the
 * owner may take all unspent credit back, at any moment. Called by tests and the mutant run.
 */
import {
  attach,
  type CreditPort,
  demandAt,
  directoryAt,
  type Lender,
  LenderTable,
  leaseAt,
  LeaseTable,
  refund,
  sendsOf,
  type SharedWords,
  tryPay,
  unspentOf,
} from '@millrace/core/credit';
import type { Model } from './explore.ts';
import { LinedWay } from './lined-way.ts';
import type { ExploredMemory, Program } from './memory.ts';
import { CountedSlots } from './counted-slots.ts';

/** Sizes of the model. */
export interface LeaseModelOptions {
  /** Sending hosts. */
  readonly senders: number;
  /** Slots of the mailbox. */
  readonly capacity: number;
  /** Messages that each sender sends. */
  readonly messages: number;
  /** The first sender may die. */
  readonly crash: boolean;
  /** The owner once takes back all unspent credit, whenever it likes. */
  readonly revoke: boolean;
  /** A sender may refund a payment instead of sending its message. */
  readonly refund: boolean;
  /** The owner reads signals, reads frames and handles in this order; else in any order. */
  readonly orderly: boolean;
  /** The owner closes the slot, whenever it likes. */
  readonly close: boolean;
  /** A sender may end its pass after any message, not only after the last. */
  readonly passes: boolean;
}

// After the words of slot 0 come, for each host, flags and counts of the model's own.
const DEMAND_SIGNAL = 0;
const GRANT_SIGNAL = 1;
const SENT = 2;
const DEAD = 3;
/** Ghosts: sends that wait on the host, and whether it has made all its sends. */
const WAITING = 4;
const DONE = 5;
const WORDS_PER_HOST = 6;

/** The model. Host 0 is the owner, hosts 1 and up send. */
export function leaseModel(options: LeaseModelOptions): Model {
  const hosts = options.senders + 1;
  const slotWords = WORDS_PER_PAIR * hosts;
  const at = (host: number, what: number): number => slotWords + host * WORDS_PER_HOST + what;
  const freeAt = at(hosts, 0);
  const retiredAt = freeAt + 1;
  const readyAt = freeAt + 2;
  const threads: Program[] = [ownerProgram(options, hosts, at, freeAt, retiredAt, readyAt)];
  for (let host = 1; host < hosts; host += 1) threads.push(senderProgram(options, host, at, readyAt));
  const all = threads.map((_, thread) => thread);
  const pairs = all.map((thread) => [0, thread]);
  // Every word is for one pair, the owner and the host that it is about.
  const pairOf = (index: number): readonly number[] => {
    const host =
      index < slotWords
        ? Math.floor(index / WORDS_PER_PAIR)
        : Math.floor((index - slotWords) / WORDS_PER_HOST);
    return pairs[host] ?? all;
  };
  return {
    lengthWords: readyAt + 1,
    threads,
    accessors: pairOf,
    writers: (index) => (isDirectory(index) && index < slotWords ? [0] : pairOf(index)),
    mortal: options.crash ? [1] : [],
    died: (words, thread) => {
      words[at(thread, DEAD)] = 1;
    },
    atRest: (words, alive) => {
      let unspent = 0;
      for (let host = 1; host < hosts; host += 1) {
        const demand = words[compact(demandAt(0, host))] as number;
        expect(sendsOf(demand) === 0, `host ${host} left a demand`);
        if (alive(host)) {
          expect(
            words[at(host, DONE)] === 1 && words[at(host, WAITING)] === 0,
            `host ${host} waits for ever`,
          );
          expect(words[at(host, DEMAND_SIGNAL)] === 0, `host ${host}'s demand was not looked at`);
          expect(words[at(host, GRANT_SIGNAL)] === 0, `host ${host} did not look at its credit`);
        }
        unspent += unspentOf(words[compact(leaseAt(0, host))] as number);
      }
      const free = words[freeAt] as number;
      expect(free + unspent === options.capacity, `free ${free} + unspent ${unspent} = capacity`);
      if (options.close) expect(words[retiredAt] === 1, 'a closed slot retires');
    },
  };
}

/** Words of slot 0 for one host, as they lie in the model: lease, directory, demand. */
const WORDS_PER_PAIR = 3;

/** True for the index of a directory word: only the owner writes it. */
function isDirectory(index: number): boolean {
  return index % WORDS_PER_PAIR === 1;
}

/** Words of one host in a page. */
const COLUMN_WORDS = leaseAt(0, 1);
/** Words of slot 0 in a column, in the order in which they lie in the model. */
const SLOT_WORDS: readonly number[] = [leaseAt(0, 0), directoryAt(0, 0), demandAt(0, 0)];

/** Index in the model of a word of slot 0's page, or undefined: the other slots are left out. */
function modelled(index: number): number | undefined {
  const word = SLOT_WORDS.indexOf(index % COLUMN_WORDS);
  return word === -1 ? undefined : Math.floor(index / COLUMN_WORDS) * WORDS_PER_PAIR + word;
}

/** The same for a word of slot 0. */
function compact(index: number): number {
  return modelled(index) as number;
}

function compactWords(memory: ExploredMemory): SharedWords {
  return {
    load: (index) => memory.load(compact(index)),
    store: (index, value) => {
      // The owner clears the whole page before anybody knows of it.
      const at = modelled(index);
      if (at !== undefined) memory.store(at, value);
    },
    compareExchange: (index, expected, replacement) =>
      memory.compareExchange(compact(index), expected, replacement),
    add: (index, delta) => memory.add(compact(index), delta),
  };
}

function senderProgram(
  options: LeaseModelOptions,
  host: number,
  at: (host: number, what: number) => number,
  readyAt: number,
): Program {
  return (memory) => {
    // A slot is used after its owner has given it, not before.
    memory.waitUntil(readyAt, (words) => words[readyAt] === 1);
    let sent = 0;
    let closed = false;
    const commit = (): void => {
      sent += 1;
      memory.store(at(host, SENT), sent);
    };
    const table = new LeaseTable(
      host,
      signalPort(memory, () => at(host, DEMAND_SIGNAL)),
      () => compactWords(memory),
    );
    const sender = {};
    class ModelWay extends LinedWay<object, { readonly sender: object }> {
      override ship(): boolean {
        commit();
        return true;
      }

      override closed(): void {
        closed = true;
        this.line.clear();
      }
    }
    const way = new ModelWay();
    attach(way, table.open(0, 0, 1, way));
    for (let message = 0; message < options.messages && !closed; message += 1) {
      memory.checkpoint(() => `${message} ${sent} ${way.line.size}`);
      const payment = tryPay(way);
      if (payment === 'dry') way.park({ sender });
      else if (payment === 'paid') {
        if (options.refund && memory.choose(2) === 1) refund(way);
        else commit();
      }
      if (options.passes && memory.choose(2) === 1) table.endOfPass();
    }
    table.endOfPass();
    // A host goes on looking at its signals also when nothing of its own waits.
    memory.ghost(at(host, DONE), 1);
    for (;;) {
      memory.ghost(at(host, WAITING), way.line.size);
      memory.checkpoint(() => `done ${sent} ${way.line.size} ${closed}`);
      memory.waitUntil(at(host, GRANT_SIGNAL), (words) => words[at(host, GRANT_SIGNAL)] === 1);
      memory.store(at(host, GRANT_SIGNAL), 0);
      table.granted(0, 0);
      table.endOfPass();
    }
  };
}

function ownerProgram(
  options: LeaseModelOptions,
  hosts: number,
  at: (host: number, what: number) => number,
  freeAt: number,
  retiredAt: number,
  readyAt: number,
): Program {
  return (memory) => {
    const pool = new CountedSlots(options.capacity);
    const words = compactWords(memory);
    const port = signalPort(memory, (to) => at(to, GRANT_SIGNAL));
    const lenders = new LenderTable(0, hosts, port, () => words);
    const lender = lenders.open(pool, pool);
    for (let host = 1; host < hosts; host += 1) lender.attach(host);
    memory.store(readyAt, 1);
    const taken = new Array<number>(hosts).fill(0);
    const reaped = new Array<boolean>(hosts).fill(false);
    let revoked = !options.revoke;
    let closed = !options.close;

    const receiveOne = (host: number): boolean => {
      if (memory.load(at(host, SENT)) === taken[host]) return false;
      taken[host] = (taken[host] as number) + 1;
      const receipt = lenders.receive(host, 0);
      expect(receipt !== 'unpaid', 'what was paid for is received');
      if (receipt === 'admit') pool.take();
      return true;
    };

    const readSignals = (): void => {
      for (let host = 1; host < hosts; host += 1) {
        memory.checkpoint(() => `signals ${host} ${describe()}`);
        if (memory.load(at(host, DEMAND_SIGNAL)) === 0) continue;
        memory.store(at(host, DEMAND_SIGNAL), 0);
        lenders.look(host, 0);
      }
    };
    const readFrames = (): void => {
      for (let host = 1; host < hosts; host += 1) {
        memory.checkpoint(() => `frames ${host} ${describe()}`);
        receiveOne(host);
        if (reaped[host] === true || memory.load(at(host, DEAD)) === 0) continue;
        while (receiveOne(host)) continue;
        lenders.reclaim(host);
        reaped[host] = true;
      }
      lenders.endOfBatch();
    };
    const handleOne = (): void => {
      if (pool.depth === 0) return;
      pool.finish();
      lender.released();
      lenders.endOfBatch();
    };
    const describe = (): string =>
      [pool.free, pool.depth, taken, reaped, revoked, closed, JSON.stringify(lender.inspect())].join(' ');
    for (;;) {
      memory.unwatched(() => check(lender, options));
      memory.ghost(freeAt, pool.free);
      memory.checkpoint(() => `awake ${describe()}`);
      const idle = pool.depth === 0;
      if (idle) {
        lenders.beforeSleep();
        memory.ghost(freeAt, pool.free);
        memory.checkpoint(() => `asleep ${describe()}`);
        memory.waitUntil(-1, (all) => !revoked || !closed || somethingCame(all, hosts, at, taken, reaped));
      }
      const actions: OwnerAction[] = options.orderly ? ['round'] : ['signals', 'frames'];
      if (!options.orderly && pool.depth > 0) actions.push('handle');
      if (!revoked) actions.push('revoke', 'never revoke');
      if (!closed) actions.push('close', 'never close');
      const action = actions[memory.choose(actions.length)] as OwnerAction;
      switch (action) {
        case 'round':
          readSignals();
          memory.checkpoint(() => `frames ${describe()}`);
          readFrames();
          memory.checkpoint(() => `handle ${describe()}`);
          handleOne();
          break;
        case 'signals':
          readSignals();
          break;
        case 'frames':
          readFrames();
          break;
        case 'handle':
          handleOne();
          break;
        case 'revoke':
          revoked = true;
          if (lender.state !== 'open') break;
          lender.freeze(() => undefined);
          lender.thaw();
          break;
        case 'never revoke':
          revoked = true;
          break;
        case 'close':
          closed = true;
          lenders.close(lender, () => memory.ghost(retiredAt, 1));
          break;
        case 'never close':
          closed = true;
          memory.ghost(retiredAt, 1);
      }
    }
  };
}

/** What the owner may do next; the explorer tries each. */
type OwnerAction =
  | 'round'
  | 'signals'
  | 'frames'
  | 'handle'
  | 'revoke'
  | 'never revoke'
  | 'close'
  | 'never close';

function somethingCame(
  words: Int32Array,
  hosts: number,
  at: (host: number, what: number) => number,
  taken: readonly number[],
  reaped: readonly boolean[],
): boolean {
  for (let host = 1; host < hosts; host += 1) {
    if (words[at(host, DEMAND_SIGNAL)] === 1 || words[at(host, SENT)] !== taken[host]) return true;
    if (words[at(host, DEAD)] === 1 && reaped[host] !== true) return true;
  }
  return false;
}

/** Signals are flags: the protocol promises that a signal is not posted before the last one was seen. */
function signalPort(memory: ExploredMemory, flagOf: (to: number) => number): CreditPort {
  return {
    post: (to) => {
      expect(memory.add(flagOf(to), 1) === 0, 'one signal of a kind is under way at a time');
    },
  };
}

function check(lender: Lender, options: LeaseModelOptions): void {
  if (lender.state !== 'closed') lender.verify();
  expect(lender.pool.depth + lender.pool.lent <= options.capacity, 'depth + lent ≤ capacity');
}

function expect(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
