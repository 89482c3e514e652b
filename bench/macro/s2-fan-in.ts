/**
 * S2, fan-in: many senders, one receiver. Each sender sends 0, 1, 2 … as fast as it is allowed to;
 * the receiver counts by sender. Fairness is read when half of the messages have arrived, because in
 * the end every sender has sent the same.
 */
import { jainIndex, sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell, type Sample } from '../harness/cell.ts';
import { floodMeasures, floorShare, type Measure } from '../harness/metrics.ts';
import { CAPACITY_MESSAGES } from './tally.ts';

export type FanInParams = {
  /** Whether the senders live on the receiver's thread or on others. */
  readonly placement: 'same' | 'other';
  readonly senders: number;
  readonly workers: number;
  readonly capacity: number;
};

/** What the receiver saw. Every sender sends `offered / senders` messages. */
export interface FanInSample extends Sample {
  /** Messages by sender. */
  readonly received: ArrayLike<number>;
  /** Messages by sender when half of all had arrived; undefined where the system is given one sender. */
  readonly receivedAtHalf: ArrayLike<number> | undefined;
  /** Σ of the values, modulo 2³². */
  readonly sum: number;
}

/** Messages of one sender when at least `messages` are asked of all. */
export function messagesPerSender(params: FanInParams, messages: number): number {
  return Math.ceil(messages / params.senders);
}

export const cell: Cell<FanInParams, FanInSample> = {
  id: 'S2',
  name: 'fan-in',
  question: 'how many messages a second does one actor take from many senders, and does each get its share?',
  pace: { kind: 'timed', firstMessages: 2_000 },
  headline: 'throughput',
  points: ({ mode, workers }) =>
    (['same', 'other'] as const).flatMap((placement) =>
      (mode === 'full' ? [1, 7, 15, 1_000] : placement === 'same' ? [1_000] : [1]).map((senders) => ({
        placement,
        senders,
        workers: placement === 'same' ? 1 : workers,
        capacity: CAPACITY_MESSAGES,
      })),
    ),
  verify: ({ senders }, { offered, received, sum }) => {
    const perSender = offered / senders;
    let wrongSenders = 0;
    for (let sender = 0; sender < senders; sender += 1) if (received[sender] !== perSender) wrongSenders += 1;
    let total = 0;
    for (let sender = 0; sender < received.length; sender += 1) total += received[sender] as number;
    return verdictOf([
      { what: 'messages', expected: offered, found: total },
      { what: 'senders whose messages do not add up', expected: 0, found: wrongSenders },
      { what: 'sum', expected: Math.imul(sumOfSequence(perSender), senders), found: sum | 0 },
    ]);
  },
  measure: (_params, sample) => [...floodMeasures(sample.offered, sample.elapsedMs), ...jain(sample)],
  relate: ({ placement }, own, neighbour) =>
    floorShare(
      own('throughput'),
      neighbour(placement === 'other' ? 'floor:link' : 'floor:one-thread', 'throughput'),
    ),
};

/** Of so few messages of each sender, what it may send at once is too large a part to tell a share from. */
const MESSAGES_MIN_PER_SENDER = 32;

function jain({ offered, received, receivedAtHalf }: FanInSample): Measure[] {
  if (receivedAtHalf === undefined || offered / received.length < MESSAGES_MIN_PER_SENDER) return [];
  return [{ metric: 'jain', value: jainIndex(receivedAtHalf) }];
}
