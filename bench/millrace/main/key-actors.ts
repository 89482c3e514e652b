/**
 * The actors of S6 and S7: ten thousand keys that count, and a producer on each worker. A producer goes on with
 * other keys while a few of its sends wait for a hot one; once as many wait as it may park, its turn ends
 * and the runtime gives it the next when they are through.
 */
import { defineActor, type ActorRef } from 'millrace';
import { nowMs, SharedHistogram } from '@millrace/testkit/bench';
import { busyWork } from '../../load/busy-work.ts';
import { keyStream } from '../../load/keyed-load.ts';
import { CAPACITY_MESSAGES } from '../../macro/tally.ts';
import type { CollectorRef } from './collector.ts';
import { NEVER_IDLE_MS, ROOMY_CAPACITY_MESSAGES } from './limits.ts';

/** Sends of one turn of a producer. */
const TURN_SENDS = 256;
/** Sends that wait before a producer stops: below the sixteen that an actor may park. */
const PARKED_BEFORE_STOP = 12;

/** What this thread has handled: keys that live on it count here, so that one of them notices the end. */
const here = {
  handled: 0,
  expected: 0,
  sink: 0,
  collector: undefined as CollectorRef | undefined,
  pace: undefined as Pace | undefined,
  all: new SharedHistogram(),
  cold: new SharedHistogram(),
  isHot: new Set<number>(),
  /** The states of all keys of this thread: read by the meter, which saves a question to each of them. */
  states: [] as KeyState[],
};

/** When message i of every producer is due. */
export interface Pace {
  readonly startMs: number;
  readonly gapMs: number;
}

/** What a worker is to see in a pass. */
export interface Expectation {
  readonly messages: number;
  readonly pace?: Pace;
  /** Every key in turn instead of the stream: so that each producer has met each key before a pass counts. */
  readonly sweep?: boolean;
}

/** What the keys of one worker have seen, in three columns. */
export interface Tallies {
  readonly keys: Int32Array;
  readonly counts: Int32Array;
  readonly sums: Int32Array;
}

/** What one key has seen. */
interface KeyState {
  readonly key: number;
  readonly workSteps: number;
  count: number;
  sum: number;
}

/** What a key starts with. */
export interface KeyArgs {
  readonly key: number;
  readonly workSteps: number;
}

/** Counts, sums and works; in an open loop it also notes how late a message is. */
const keyHandlers = {
  add(state: KeyState, value: number): void {
    if (here.pace !== undefined) noteLatency(state.key, value, here.pace);
    state.count += 1;
    state.sum = (state.sum + value) | 0;
    if (state.workSteps > 0) here.sink ^= busyWork(state.workSteps, value);
    here.handled += 1;
    if (here.handled === here.expected) void here.collector?.tell('done');
  },
};

/** A key that is spawned where its number says. */
export const Key = defineActor({
  name: 'key',
  mailbox: { capacity: CAPACITY_MESSAGES },
  init: makeState,
  handlers: keyHandlers,
});

/** A key whose senders hardly ever wait. */
export const RoomyKey = defineActor({
  name: 'roomy-key',
  mailbox: { capacity: ROOMY_CAPACITY_MESSAGES },
  init: makeState,
  handlers: keyHandlers,
});

/** A key that the runtime places. Its name is what {@link nameOf} makes. */
export const NamedKey = defineActor({
  name: 'named-key',
  mailbox: { capacity: CAPACITY_MESSAGES },
  keyed: { idleMs: NEVER_IDLE_MS },
  init: (name: string): KeyState => {
    const [key, workSteps] = name.split('/').map(Number) as [number, number];
    return makeState({ key, workSteps });
  },
  handlers: keyHandlers,
});

/** The key of a {@link NamedKey}: all that its `init` is given. */
export function nameOf({ key, workSteps }: KeyArgs): string {
  return `${key}/${workSteps}`;
}

function makeState({ key, workSteps }: KeyArgs): KeyState {
  const state = { key, workSteps, count: 0, sum: 0 };
  here.states.push(state);
  return state;
}

/** Refs of {@link Key}. */
export type KeyRef = ActorRef<typeof Key>;

/** Knows what the keys of its worker are to see in a pass. */
export const Meter = defineActor({
  name: 'meter',
  init: (collector: CollectorRef) => ({ collector }),
  handlers: {
    expect({ collector }, { messages, pace }: Expectation) {
      here.collector = collector;
      here.handled = 0;
      here.expected = messages;
      here.pace = pace;
      here.all.clear();
      here.cold.clear();
    },
    heat(_state, keys: Int32Array) {
      here.isHot = new Set(keys);
    },
    handled: () => here.handled,
    /** What every key of this worker has seen since it was asked last. */
    tallies(): Tallies {
      const column = (value: (state: KeyState) => number): Int32Array => Int32Array.from(here.states, value);
      const tallies = {
        keys: column(({ key }) => key),
        counts: column(({ count }) => count),
        sums: column(({ sum }) => sum),
      };
      for (const state of here.states) {
        state.count = 0;
        state.sum = 0;
      }
      return tallies;
    },
    latencies: () => ({ all: here.all.buckets.slice(), cold: here.cold.buckets.slice() }),
  },
});

/** What a producer starts with. */
export interface ProducerArgs {
  readonly keys: readonly KeyRef[];
  readonly theta: number;
  readonly producer: number;
}

/** Sends its stream of keys. */
export const Producer = defineActor({
  name: 'producer',
  init: ({ keys, theta, producer }: ProducerArgs) => ({
    keys,
    stream: keyStream({ keys: keys.length, theta, producer }),
    sent: 0,
    count: 0,
    pace: undefined as Pace | undefined,
    sweep: false,
  }),
  handlers: {
    prepare(state, { messages, pace, sweep = false }: Expectation) {
      state.sent = 0;
      state.count = messages;
      state.pace = pace;
      state.sweep = sweep;
    },
    go(state, _: undefined, ctx) {
      const { keys, stream, pace, sweep } = state;
      const mask = stream.length - 1;
      const due = pace === undefined ? state.count : Math.floor((nowMs() - pace.startMs) / pace.gapMs) + 1;
      const end = Math.min(state.count, due, state.sent + TURN_SENDS);
      let parked = 0;
      while (state.sent < end && parked < PARKED_BEFORE_STOP) {
        const number = sweep ? state.sent : (stream[state.sent & mask] as number);
        const key = keys[number] as KeyRef;
        if (key.tryTell('add', state.sent) !== 'sent') {
          void key.tell('add', state.sent);
          parked += 1;
        }
        state.sent += 1;
      }
      if (state.sent < state.count) void ctx.self.tell('go', undefined);
    },
  },
});

function noteLatency(key: number, value: number, { startMs, gapMs }: Pace): void {
  const lateMs = nowMs() - (startMs + value * gapMs);
  here.all.record(lateMs);
  if (!here.isHot.has(key)) here.cold.record(lateMs);
}
