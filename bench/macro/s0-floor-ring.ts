/**
 * S0, the floor for everything that crosses threads: one writer, one reader, both spinning, nothing else
 * going on. The ring alone moves words, the codec alone packs and unpacks on one thread, and the link does
 * both together. What a system reaches beyond a thread is to be read against these.
 */
import { sumOfSequence } from '@millrace/testkit/bench';
import { verdictOf, type Cell } from '../harness/cell.ts';
import { floodMeasures } from '../harness/metrics.ts';
import type { TallySample } from './tally.ts';

export type FloorRingParams = {
  /** 4: a number. More: an object with an id and a text, of about that size when packed. */
  readonly payloadBytes: 4 | 16 | 64 | 256;
  /** Messages of a frame. */
  readonly batch: 1 | 16 | 256;
};

/** `sum` is Σ of the values; `extra` is what else a payload of that size holds, summed too. */
export interface FloorRingSample extends TallySample {
  /** Words or characters beyond the value, of all messages. */
  readonly extra: number;
}

/** Characters, or bytes in words, that a payload carries beside its value. */
export function extraOf({ payloadBytes }: FloorRingParams): number {
  return payloadBytes - 4;
}

export const cell: Cell<FloorRingParams, FloorRingSample> = {
  id: 'S0',
  name: 'floor-ring',
  question: 'how many messages a second can cross from one thread to another at most?',
  pace: { kind: 'timed', firstMessages: 4_096 },
  headline: 'throughput',
  points: ({ mode }) => {
    if (mode === 'quick') return [{ payloadBytes: 64, batch: 16 }];
    const points: FloorRingParams[] = [];
    for (const payloadBytes of [4, 16, 64, 256] as const) {
      for (const batch of [1, 16, 256] as const) points.push({ payloadBytes, batch });
    }
    return points;
  },
  verify: (params, { offered, received, sum, extra }) =>
    verdictOf([
      { what: 'messages', expected: offered, found: received },
      { what: 'sum', expected: sumOfSequence(offered), found: sum | 0 },
      { what: 'size', expected: extraOf(params) * offered, found: extra },
    ]),
  measure: (_params, sample) => floodMeasures(sample.offered, sample.elapsedMs),
};
